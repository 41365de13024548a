"""From a micrograph to the image that the models see: crop and keep every k-th pixel."""

import numpy as np

from zeroshot_em.errors import InputError


def crop(image: np.ndarray, x: int, y: int, width: int, height: int) -> np.ndarray:
    """Return a rectangle of an image.

    Parameters
    ----------
    image : ndarray of shape (..., height, width)
    x, y : int
        Left and upper edge in pixels.
    width, height : int
        Size in pixels.

    Returns
    -------
    ndarray of shape (..., height, width)

    Raises
    ------
    InputError
        If the rectangle is empty or not inside the image.
    """
    check_crop(image.shape[-2:], x, y, width, height)
    return image[..., y : y + height, x : x + width]


def check_crop(shape: tuple[int, ...], x: int, y: int, width: int, height: int) -> None:
    """Refuse a rectangle that is empty or not inside an image of this height and width.

    Raises
    ------
    InputError
    """
    is_inside = x >= 0 and y >= 0 and x + width <= shape[1] and y + height <= shape[0]
    if min(width, height) < 1 or not is_inside:
        raise InputError(
            f"the crop of {width} x {height} pixels at x = {x}, y = {y} is not inside the image, "
            f"which has {shape[1]} x {shape[0]} pixels; choose another rectangle"
        )


def subsample(image: np.ndarray, step: int) -> np.ndarray:
    """Keep every `step`-th pixel in both directions, beginning with the first.

    Unlike an interpolation this leaves the statistics of the noise as they are.

    Raises
    ------
    InputError
        If `step` is less than 1.
    """
    if step < 1:
        raise InputError(f"every k-th pixel is kept, so k must be at least 1, got {step}")
    return image[..., ::step, ::step]
