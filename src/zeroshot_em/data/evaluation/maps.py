"""Spatial impression in numbers: how well a map ranks boundaries, and how free it is of density."""

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_gradient_magnitude, uniform_filter
from sklearn.metrics import average_precision_score

from zeroshot_em.errors import InputError

PIXEL_GRADIENT_SIGMA = 0.7
"""In pixels: hardly more than the difference of neighbours."""


def average_precision(ranking: np.ndarray, mask: np.ndarray) -> float:
    """Return how well a map ranks the pixels of a mask above all others.

    Parameters
    ----------
    ranking : ndarray of shape (height, width)
        Larger where the map says that a pixel belongs to the mask.
    mask : ndarray of bool, shape (height, width)

    Returns
    -------
    float
        Area under the curve of precision against recall: 1 for a perfect ranking; a map that says
        nothing has the mask's share of the image.

    Raises
    ------
    InputError
        If the sizes differ, or the mask marks no pixel or all.
    """
    ranking, mask = np.asarray(ranking, dtype=np.float64), np.asarray(mask, dtype=bool)
    check_one_size(("the map", ranking), ("the mask", mask))
    if mask.all() or not mask.any():
        raise InputError(
            f"the mask marks {'every' if mask.all() else 'no'} pixel, so that there is nothing to "
            "rank; is there a membrane in the scene?"
        )
    return float(average_precision_score(mask.ravel(), ranking.ravel()))


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return Pearson's correlation of two images; 0 if one is constant.

    Raises
    ------
    InputError
        If the sizes differ.
    """
    check_one_size(("the first image", first), ("the second", second))
    first, second = (np.asarray(image, dtype=np.float64).ravel() for image in (first, second))
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def gradient(image: np.ndarray, sigma: float = PIXEL_GRADIENT_SIGMA) -> np.ndarray:
    """Return the magnitude of the gradient of an image smoothed by a Gaussian, per pixel."""
    return gaussian_gradient_magnitude(np.asarray(image, dtype=np.float64), sigma)


def local_deviation(image: np.ndarray, size: int) -> np.ndarray:
    """Return the standard deviation in the square of `size` pixels about each pixel."""
    image = np.asarray(image, dtype=np.float64)
    centred = image - image.mean()
    mean = uniform_filter(centred, size)
    return np.sqrt(np.maximum(uniform_filter(centred**2, size) - mean**2, 0))


def relative_to_surroundings(spread: np.ndarray, sigma: float) -> np.ndarray:
    """Return a map divided by its own mean over a Gaussian surrounding."""
    around = gaussian_filter(np.asarray(spread, dtype=np.float64), sigma)
    return spread / np.maximum(around, np.finfo(float).tiny)


def check_one_size(first: tuple[str, np.ndarray], second: tuple[str, np.ndarray]) -> None:
    """Refuse two images of different sizes.

    Raises
    ------
    InputError
    """
    sizes = [" x ".join(map(str, np.shape(image)[::-1])) for _, image in (first, second)]
    if sizes[0] != sizes[1]:
        raise InputError(f"{first[0]} has {sizes[0]} pixels but {second[0]} {sizes[1]}")
