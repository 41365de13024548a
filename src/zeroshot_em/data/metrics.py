"""How close an image is to the truth, and how blurred it is.

The metrics of scikit-image are imported where they are asked for: they load much, and captions
need none of them.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from zeroshot_em.errors import InputError

SSIM_WINDOW = 7
SMALLEST, LARGEST = 1e-50, 1e50
"""Of ranges and of grey values, so that the squares of their ratios are finite."""
ROUNDING = 1e-12
EIGHT_BIT_PEAK = 255.0


def psnr_peak(truth: np.ndarray, dtype: str) -> float:
    """Return the range of grey values behind every PSNR and SSIM that this package states.

    Parameters
    ----------
    truth : ndarray of shape (height, width)
        The clean image.
    dtype : str
        Data type of its samples in the file, as `zeroshot_em.images.read_image` says it.

    Returns
    -------
    float
        255 for a clean image of 8 bit; else what its values span, largest less smallest.
    """
    return EIGHT_BIT_PEAK if dtype == "uint8" else float(np.ptp(truth))


def psnr(truth: np.ndarray, image: np.ndarray, data_range: float = 255.0) -> float:
    """Return the peak signal-to-noise ratio of unclipped grey values, in dB.

    Parameters
    ----------
    truth, image : ndarray of shape (height, width)
    data_range : float
        The peak.

    Returns
    -------
    float
        10 log10(data_range ** 2 / mean squared error); infinite for equal images.

    Raises
    ------
    InputError
        If the shapes differ, or values or range are too large or too small to be compared.
    """
    truth, image = _in_units_of(data_range, truth, image)
    if np.array_equal(truth, image):
        return float("inf")
    return float(-10 * np.log10(np.mean((truth - image) ** 2)))


def ssim(truth: np.ndarray, image: np.ndarray, data_range: float = 255.0) -> float:
    """Return the structural similarity, at most 1; arguments as for `psnr`.

    Raises
    ------
    InputError
        If the shapes differ, or the images are smaller than the window of 7 x 7 pixels.
    """
    truth, image = _in_units_of(data_range, truth, image)
    if min(truth.shape) < SSIM_WINDOW:
        raise InputError(
            f"the structural similarity needs at least {SSIM_WINDOW} x {SSIM_WINDOW} pixels, "
            f"got {truth.shape[1]} x {truth.shape[0]}"
        )
    from skimage.metrics import structural_similarity

    return float(structural_similarity(truth, image, data_range=1.0))


def blur(image: np.ndarray) -> float:
    """Return the blur effect of Crete et al. (2007): 0 for no blur, 1 for the most.

    Raises
    ------
    InputError
        If the image is constant, for which it is not defined.
    """
    image = np.asarray(image, dtype=np.float64)
    _check_size("the image", image)
    span = np.ptp(image)
    if not span > ROUNDING * np.abs(image).max():
        raise InputError("the blur of a constant image is not defined")
    from skimage.measure import blur_effect

    return float(blur_effect((image - image.min()) / span))


def compare(
    truth: np.ndarray, images: Mapping[str | Path, np.ndarray], data_range: float = 255.0
) -> list[dict[str, str | float]]:
    """Return one row per image: its name, and PSNR (dB), SSIM and blur."""
    return [
        {
            "image": str(name),
            "psnr": psnr(truth, image, data_range),
            "ssim": ssim(truth, image, data_range),
            "blur": blur(image),
        }
        for name, image in images.items()
    ]


def overlap(truth: np.ndarray, mask: np.ndarray) -> float:
    """Return the intersection over union of two masks; 1 if both are empty.

    Raises
    ------
    InputError
        If the shapes differ.
    """
    truth, mask = _pair(np.asarray(truth, dtype=bool), np.asarray(mask, dtype=bool))
    union = np.count_nonzero(truth + mask)
    return float(np.count_nonzero(truth * mask) / union) if union else 1.0


def _in_units_of(
    data_range: float, truth: np.ndarray, image: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return two images as multiples of the range, in which no square is too large or too small."""
    if not SMALLEST <= float(data_range) <= LARGEST:
        raise InputError(
            f"the range of grey values must be from {SMALLEST:g} to {LARGEST:g}, got {data_range:g}"
        )
    truth, image = _pair(truth, image)
    for name, values in (("the truth", truth), ("the image", image)):
        _check_size(name, values)
    return truth / data_range, image / data_range


def _check_size(name: str, values: np.ndarray) -> None:
    largest = float(np.abs(values).max(initial=0))
    if not largest <= LARGEST:
        raise InputError(
            f"{name} has values of {largest:g}, which cannot be compared; at most {LARGEST:g}"
        )


def _pair(truth: np.ndarray, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    truth, image = np.asarray(truth, dtype=np.float64), np.asarray(image, dtype=np.float64)
    if truth.shape != image.shape:
        raise InputError(
            f"the truth has {_size(truth)} pixels but the image {_size(image)}; "
            "compare images of one size"
        )
    return truth, image


def _size(image: np.ndarray) -> str:
    return " x ".join(str(edge) for edge in image.shape[::-1])
