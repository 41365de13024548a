"""Denoise an image with added white Gaussian noise: SSSC, which is not told sigma, beside BM3D.

Prints PSNR (unclipped, peak 255) as mean and spread over noise seeds, seconds and peak memory, next
to published figures.

    python benchmarks/denoise_house.py ../shared/data/house.png
"""

import argparse
import resource
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from skimage.restoration import estimate_sigma
from sklearn.exceptions import ConvergenceWarning

from zeroshot_em.core.learning import apply_model, fit_model
from zeroshot_em.core.models.bm3d import denoise
from zeroshot_em.data.images import read_image
from zeroshot_em.data.metrics import psnr

PUBLISHED = {
    "LIChI, told sigma": {15: 35.21, 25: 33.16, 50: 29.97},
    "NL-Ridge, told sigma": {15: 34.89, 25: 32.82, 50: 29.49},
    "ES3C = SSSC, 2000 iterations": {50: 29.74},
}


def patch_size_for(noisy: np.ndarray) -> int:
    """Patches that grow with the noise relative to the contrast, as docs/sssc-settings.md says."""
    sigma = estimate_sigma(noisy)
    contrast = np.sqrt(max(noisy.var() - sigma**2, 1e-2 * noisy.var()))
    return int(np.clip(2 * round(2.5 + 5 * sigma / contrast), 4, 16))


def run_sssc(noisy: np.ndarray, sigma: int, options: argparse.Namespace) -> np.ndarray:
    """Learn from the noisy image alone, and merge by the median."""
    model = fit_model(
        noisy,
        "sssc",
        options.patch_size or patch_size_for(noisy),
        n_components=options.n_components,
        n_states=options.n_states,
        max_iter=options.max_iter,
        n_rounds=options.n_rounds,
        random_state=options.seed,
    )
    return apply_model(model, noisy, merge="median").denoised


def run_bm3d(noisy: np.ndarray, sigma: int, options: argparse.Namespace) -> np.ndarray:
    return denoise(noisy, sigma, n_threads=2)


METHODS: dict[str, Callable[[np.ndarray, int, argparse.Namespace], np.ndarray]] = {
    "SSSC": run_sssc,
    "BM3D, told sigma": run_bm3d,
}


def measure(
    clean: np.ndarray, sigma: int, method: str, options: argparse.Namespace
) -> tuple[list[float], list[float]]:
    """Return PSNR and seconds for every noise seed."""
    levels, seconds = [], []
    for noise_seed in range(options.noise_seeds):
        noise = np.random.default_rng(noise_seed).normal(0.0, sigma, clean.shape)
        start = time.perf_counter()
        denoised = METHODS[method](clean + noise, sigma, options)
        seconds.append(time.perf_counter() - start)
        levels.append(psnr(clean, denoised))
    return levels, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=Path)
    parser.add_argument("--sigmas", type=int, nargs="+", default=[15, 25, 50])
    parser.add_argument("--noise-seeds", type=int, default=3)
    parser.add_argument("--patch-size", type=int, help="by default chosen for the noise")
    parser.add_argument("--n-components", type=int, default=1000)
    parser.add_argument("--n-states", type=int, default=30)
    parser.add_argument("--max-iter", type=int, default=6)
    parser.add_argument("--n-rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0, help="of the method")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    clean = read_image(options.image).pixels
    print(f"{options.image.name}: {clean.shape[1]} x {clean.shape[0]}, PSNR in dB (peak 255)")
    print(f"{'sigma':>5}  {'method':30} {'PSNR':>7} {'spread':>6} {'s':>6} {'peak MB':>8}")
    for sigma in options.sigmas:
        for method in METHODS:
            levels, seconds = measure(clean, sigma, method, options)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{sigma:5}  {method:30} {np.mean(levels):7.3f} {np.ptp(levels):6.3f} "
                f"{np.mean(seconds):6.1f} {peak:8.0f}",
                flush=True,
            )
        if options.image.stem == "house":
            for method, figures in PUBLISHED.items():
                if sigma in figures:
                    print(f"{sigma:5}  {method:30} {figures[sigma]:7.2f}      (published)")


if __name__ == "__main__":
    main()
