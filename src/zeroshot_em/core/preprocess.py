"""From a micrograph to the image that the models see: crop and keep every k-th pixel."""

import numpy as np

from zeroshot_em.errors import InputError


def crop(image: np.ndarray, x: int, y: int, width: int, height: int) -> np.ndarray:
    """Return a rectangle of an image.

    Parameters
    ----------
    image : ndarray of shape (height, width)
    x, y : int
        Left and upper edge in pixels.
    width, height : int
        Size in pixels.

    Returns
    -------
    ndarray of shape (height, width)

    Raises
    ------
    InputError
        If the rectangle is empty or not inside the image.
    """
    image_height, image_width = image.shape
    if (
        min(width, height) < 1
        or min(x, y) < 0
        or x + width > image_width
        or y + height > image_height
    ):
        raise InputError(
            f"the crop of {width} x {height} pixels at x = {x}, y = {y} is not inside the image, "
            f"which has {image_width} x {image_height} pixels; choose another rectangle"
        )
    return image[y : y + height, x : x + width]


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
    return image[::step, ::step]
