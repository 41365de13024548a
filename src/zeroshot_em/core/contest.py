"""Which patch size suits an image: models learned quickly, judged without the truth.

Noise z of the image's own deviation is added in two ways. Models learn from ``y + z / 2`` and
estimate it; the estimates are judged on ``y - 2 z``, whose noise is independent of theirs, so that
the mean squared difference is their error plus a constant (recorruption: Pang, Zheng, Quan and Ji,
2021, CVPR). What is judged is their mean with local priors, as it is what becomes of them: a model
of large patches, alone the worse, may have the better mean, since its errors are others.
"""

import warnings
from functools import cache
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from zeroshot_em.core.learning import apply_model, fit_model
from zeroshot_em.core.patches import patch_grid
from zeroshot_em.core.progress import part
from zeroshot_em.core.refine import denoise_locally

EDGE = 256
"""Only the middle of a larger image is judged."""

N_PATCHES = 20_000
PATCHES_PER_COMPONENT = 60
NOISE_VARIANCE = 1.25
"""That of ``y + z / 2``: 1 + 1/4."""

LEARNED_BY: dict[str, Any] = {
    "n_rounds": 1, "n_states": 16, "max_iter": 3, "noise_variance": NOISE_VARIANCE,
}  # fmt: skip

DOUBT = 0.001
"""By so many noise variances the risk of a larger patch may be higher: where noise is not quite
white, what a model of small patches keeps of it goes partly unseen."""

STREAM = 0x5EED
"""Keeps the noise from being that which somebody simulated from the same seed."""

FEWEST_PATCHES_ACROSS = 3


def best_patch_size(
    noisy: np.ndarray,
    denoised: np.ndarray,
    sizes: tuple[int, ...],
    first: int,
    random_state: int = 0,
    n_threads: int | None = None,
) -> int:
    """Return the patch size of least risk, going from the first while its neighbours are better.

    Parameters
    ----------
    noisy : ndarray of shape (height, width)
        With white noise of standard deviation 1.
    denoised : ndarray of shape (height, width)
        The image as denoised otherwise, at whose patches learning begins.
    sizes : tuple of int
        Edges of patches in pixels to choose from, in rising order.
    first : int
        The one of them to begin with.
    random_state : int
    n_threads : int, optional
    """
    noisy, denoised = middle(noisy), middle(denoised)
    sizes = tuple(size for size in sizes if size * FEWEST_PATCHES_ACROSS <= min(noisy.shape))
    if first not in sizes:
        return first
    noise = np.random.default_rng((random_state, STREAM)).normal(size=noisy.shape)
    shown, judge = noisy + noise / 2, noisy - 2 * noise
    deviation = NOISE_VARIANCE**0.5
    local = deviation * denoise_locally(shown / deviation, n_threads=n_threads)

    @cache
    def risk(place: int) -> float:
        estimate = _estimate(shown, denoised, sizes[place], random_state, n_threads)
        return float(np.mean(((estimate + local) / 2 - judge) ** 2))

    place = sizes.index(first)
    while place > 0 and risk(place - 1) < risk(place) - DOUBT:
        place -= 1
    while place + 1 < len(sizes) and risk(place + 1) < risk(place) + DOUBT:
        place += 1
    return sizes[place]


def middle(image: np.ndarray) -> np.ndarray:
    """Return the middle of an image, `EDGE` pixels high and wide."""
    top, left = (max(0, (length - EDGE) // 2) for length in image.shape)
    return image[top : top + EDGE, left : left + EDGE]


def _estimate(
    shown: np.ndarray,
    denoised: np.ndarray,
    patch_size: int,
    random_state: int,
    n_threads: int | None,
) -> np.ndarray:
    """Return the image as a quickly learned model estimates it."""
    n_patches = min(N_PATCHES, int(np.prod(patch_grid(shown.shape, patch_size))))
    with warnings.catch_warnings(), part(0.0, 0.5):
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = fit_model(
            shown, "sssc", patch_size, guide=denoised, n_patches=N_PATCHES,
            random_state=random_state, n_threads=n_threads,
            n_components=max(1, n_patches // PATCHES_PER_COMPONENT), **LEARNED_BY,
        )  # fmt: skip
    with part(0.5, 1.0):
        return apply_model(model, shown, merge="median", n_threads=n_threads).denoised
