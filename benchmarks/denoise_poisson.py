"""Denoising of Poisson noise: the patch models, and BM3D behind an Anscombe transform.

    python benchmarks/denoise_poisson.py ../shared/data/house.png
    python benchmarks/denoise_poisson.py IMAGE... --peaks 5 20 60 --seeds 3 --crop 256

Prints PSNR in dB. At peak P a pixel of grey value 255 has P counts on average. Estimates are
neither clipped nor rounded, and the peak of the PSNR is P. The noise is not known to the patch
models; BM3D is told that its standard deviation is 1 after the transform.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from zeroshot_em.core.enhancement import enhance
from zeroshot_em.core.models import bm3d
from zeroshot_em.data.images import read_image
from zeroshot_em.data.metrics import psnr

Denoise = Callable[[np.ndarray], np.ndarray]
BM3D_SCALE = 20.0  # grey values per standard deviation of the transformed noise


def by_patches(model: str, patch_size: int, **options: Any) -> Denoise:
    """Return a function that learns a model from an image and denoises the image by it."""
    return lambda noisy: enhance(noisy, model, patch_size, merge="median", **options).mean


def anscombe_bm3d(noisy: np.ndarray) -> np.ndarray:
    """Denoise by BM3D what the Anscombe transform has given unit noise."""
    smallest = 2 * np.sqrt(3 / 8)
    stabilised = 2 * np.sqrt(noisy + 3 / 8)
    smooth = bm3d.denoise(BM3D_SCALE * stabilised, sigma=BM3D_SCALE) / BM3D_SCALE
    return unbiased_inverse(np.maximum(smooth, smallest))


def unbiased_inverse(transformed: np.ndarray) -> np.ndarray:
    """Return counts by the closed form of the exact unbiased inverse (Mäkitalo and Foi 2011)."""
    powers = np.array([1 / transformed**power for power in (1, 2, 3)])
    series = np.tensordot([np.sqrt(1.5) / 4, -11 / 8, 5 * np.sqrt(1.5) / 8], powers, axes=1)
    return transformed**2 / 4 + series - 1 / 8


METHODS: dict[str, Denoise] = {
    "noisy": lambda noisy: noisy,
    "GPMM, 6 x 6": by_patches("gpmm", 6),
    "GPMM, 10 x 10": by_patches("gpmm", 10),
    "GPMM, 10 x 10, temperature 1": by_patches("gpmm", 10, temperature=1.0),
    "Poisson mixture, 10 x 10": by_patches("gpmm", 10, intensity="none"),
    "SSSC, 12 x 12": by_patches("sssc", 12),
    "Anscombe + BM3D": anscombe_bm3d,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    parser.add_argument("--peaks", nargs="+", type=float, default=[5, 20, 60], metavar="P")
    parser.add_argument("--seeds", type=int, default=3, help="noise realisations (default: 3)")
    parser.add_argument("--crop", type=int, help="take the centre of this many pixels squared")
    parser.add_argument("--methods", nargs="+", metavar="TEXT", help="only those that begin so")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    chosen = [
        name
        for name in METHODS
        if not options.methods or any(name.startswith(text) for text in options.methods)
    ]
    for path in options.images:
        pixels = read_image(path).pixels
        if options.crop:
            top, left = ((length - options.crop) // 2 for length in pixels.shape)
            pixels = pixels[top : top + options.crop, left : left + options.crop]
        print(f"\n{path.stem}, {pixels.shape[1]} x {pixels.shape[0]}, {options.seeds} noise seeds")
        print(f"{'':30}" + "".join(f"{f'peak {peak:g}':>18}" for peak in options.peaks))
        for name in chosen:
            print(f"{name:30}", end="", flush=True)
            for peak in options.peaks:
                print(f"{scores(METHODS[name], pixels / 255 * peak, peak, options.seeds):>18}",
                      end="", flush=True)  # fmt: skip
            print()


def scores(denoise: Denoise, rate: np.ndarray, peak: float, n_seeds: int) -> str:
    """Return mean PSNR and mean time over noise seeds, as a cell of the table."""
    started = time.perf_counter()
    decibels = [
        psnr(rate, denoise(np.random.default_rng(seed).poisson(rate).astype(float)), peak)
        for seed in range(n_seeds)
    ]
    seconds = (time.perf_counter() - started) / n_seeds
    return f"{np.mean(decibels):.2f} dB {seconds:4.0f} s"


if __name__ == "__main__":
    main()
