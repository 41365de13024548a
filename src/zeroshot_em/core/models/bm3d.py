"""The baseline BM3D, by its authors' package, which is licensed for non-commercial use only."""

import os

import numpy as np

from zeroshot_em.errors import InputError

SMALLEST_EDGE = 9
"""In pixels. An image of the size of the package's blocks, 8 x 8, ends its process."""

SMALLEST_SIGMA, LARGEST_SIGMA = 1e-6, 1e6
SMALLEST_VALUE, LARGEST_VALUE = 1e-6, 1e12
"""The package computes in single precision, where squares beyond these are 0 or infinite."""


def denoise(image: np.ndarray, sigma: float, n_threads: int = 1) -> np.ndarray:
    """Denoise an image by BM3D.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Grey values as they are: the package's output does not scale with its input.
    sigma : float
        Assumed standard deviation of the noise, in grey values.
    n_threads : int
        The output changes by a few hundredths of a grey value with it, and repeats at one number.

    Returns
    -------
    ndarray of float64, shape (height, width)

    Raises
    ------
    InputError
        If the image has fewer than 9 pixels on an edge, or pixels that are not finite, if its
        values or sigma are too small or too large, or if the package is not installed.
    """
    image = np.asarray(image, dtype=np.float64)
    if image.ndim != 2 or min(image.shape) < SMALLEST_EDGE:
        raise InputError(
            f"BM3D needs an image of at least {SMALLEST_EDGE} x {SMALLEST_EDGE} pixels, "
            f"got shape {image.shape}"
        )
    if not np.all(np.isfinite(image)):
        raise InputError("BM3D cannot use an image with NaN or infinite pixels; replace them")
    largest = np.abs(image).max()
    if not SMALLEST_VALUE <= largest <= LARGEST_VALUE:
        raise InputError(
            f"BM3D needs grey values of a size from {SMALLEST_VALUE:g} to {LARGEST_VALUE:g}, "
            f"the largest is {largest:g}; rescale the image"
        )
    if not SMALLEST_SIGMA <= sigma <= LARGEST_SIGMA:
        raise InputError(
            f"sigma of BM3D must be from {SMALLEST_SIGMA:g} to {LARGEST_SIGMA:g}, got {sigma}"
        )
    try:
        from bm3d import BM3DProfile, bm3d
    except ImportError as error:
        raise InputError(
            "the package bm3d is not installed (pip install bm3d; it runs on x86-64 Linux and is "
            "for non-commercial use only); bm3d.enabled: false leaves it out of the workflow"
        ) from error
    profile = BM3DProfile()
    profile.num_threads = min(n_threads, os.cpu_count() or 1)
    return np.asarray(bm3d(image, sigma, profile), dtype=np.float64)
