"""Denoise images of known truth: `zeroshot_em.enhance` without options beside BM3D told the noise.

Prints PSNR (peak 255 for Gaussian noise, the truth's range for counts) as a row an image and noise,
then mean and worst difference. BM3D is told sigma, or works behind an Anscombe transform told the
gain. The settings were chosen on some of the images, marked "tuned on"; the others report.

    python benchmarks/denoise.py                                  # images of scikit-image
    python benchmarks/denoise.py --folder ../shared/data --noise gaussian:25 poisson:20
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from skimage import data

from zeroshot_em import enhance
from zeroshot_em.core.models.bm3d import denoise
from zeroshot_em.core.noise.stabilise import Stabiliser
from zeroshot_em.data.metrics import psnr
from zeroshot_em.images import read_image, to_gray

SHIPPED = ("camera", "coins", "brick", "grass", "gravel", "moon", "text")
TUNED_ON = {"house", "peppers", "niaid_sarscov2_49597020853", "coins", "brick", "moon"}
HALVED = "niaid"


def clean_images(folder: Path | None) -> Iterator[tuple[str, np.ndarray]]:
    """Yield names and middles of 256 x 256 pixels, micrographs at half their scale."""
    for name in SHIPPED:
        yield name, middle(to_gray(getattr(data, name)()))
    if folder is not None:
        for path in sorted(folder.glob("*.*")):
            if path.suffix in (".png", ".jpg") or path.stem == "sem_clean":
                yield path.stem, middle(halved(path.stem, read_image(path).pixels))


def halved(name: str, image: np.ndarray) -> np.ndarray:
    if not name.startswith(HALVED):
        return image
    height, width = (length // 2 for length in image.shape)
    return image[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean(axis=(1, 3))


def middle(image: np.ndarray, size: int = 256) -> np.ndarray:
    corner = [max(0, (length - size) // 2) for length in image.shape]
    return np.asarray(image, float)[corner[0] : corner[0] + size, corner[1] : corner[1] + size]


def gaussian(clean: np.ndarray, sigma: float, seed: int) -> tuple[np.ndarray, np.ndarray, Callable]:
    noisy = clean + np.random.default_rng(seed).normal(0.0, sigma, clean.shape)
    return clean, noisy, lambda image: denoise(image, sigma, n_threads=2)


def poisson(clean: np.ndarray, peak: float, seed: int) -> tuple[np.ndarray, np.ndarray, Callable]:
    counts = clean * peak / clean.max()
    noisy = np.random.default_rng(seed).poisson(counts).astype(float)
    told = Stabiliser(gain=1.0, intercept=0.0)

    def behind_anscombe(image: np.ndarray) -> np.ndarray:
        return told.inverse(denoise(20 * told.forward(image), 20, n_threads=2) / 20)

    return counts, noisy, behind_anscombe


KINDS = {"gaussian": gaussian, "poisson": poisson}


def measure(clean: np.ndarray, noise: str, seed: int, options: argparse.Namespace) -> list[float]:
    """Return PSNR of BM3D and of ours, and our seconds."""
    kind, strength = noise.split(":")
    truth, noisy, bm3d = KINDS[kind](clean, float(strength), seed)
    peak = 255.0 if kind == "gaussian" else float(np.ptp(truth))
    start = time.perf_counter()
    ours = enhance(noisy, options.model, effort=options.effort).denoised
    seconds = time.perf_counter() - start
    return [psnr(truth, bm3d(noisy), peak), psnr(truth, ours, peak), seconds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="more images: PNG, JPEG and sem_clean.tif")
    parser.add_argument("--only", nargs="+", help="names of images")
    parser.add_argument("--noise", nargs="+", default=["gaussian:15", "gaussian:25", "gaussian:50"])
    parser.add_argument("--noise-seeds", type=int, default=3)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--effort", default="normal")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{'image':28} {'noise':12}  BM3D   ours  difference  seconds")
    for noise in options.noise:
        differences = []
        for name, clean in clean_images(options.folder):
            if options.only and name not in options.only:
                continue
            seeds = range(options.noise_seeds)
            rows = np.array([measure(clean, noise, seed, options) for seed in seeds])
            bm3d, ours, seconds = rows.mean(axis=0)
            each = rows[:, 1] - rows[:, 0]
            differences.append(each.mean())
            marked = "tuned on" if name in TUNED_ON else ""
            print(
                f"{name:28} {noise:12} {bm3d:6.2f} {ours:6.2f} {each.mean():+6.2f} "
                f"+-{each.std():.2f} {seconds:6.1f}  {marked}",
                flush=True,
            )
        print(f"{noise}: mean {np.mean(differences):+.2f}, worst {np.min(differences):+.2f} dB")


if __name__ == "__main__":
    main()
