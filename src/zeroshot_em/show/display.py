"""How values become grey: the one stretch of figures, exported pictures, previews and viewer.

It is for the eye alone: nothing that is computed with passes through it.
"""

from collections.abc import Sequence

import numpy as np

PERCENTILES = (0.5, 99.5)


def display_limits(
    images: Sequence[np.ndarray],
    border: int = 0,
    percentiles: tuple[float, float] = PERCENTILES,
) -> tuple[float, float]:
    """Return grey values to be shown as black and white, common to several images.

    Parameters
    ----------
    images : sequence of ndarray of shape (height, width)
    border : int
        Width in pixels of a margin that takes no part; patch_size - 1 for what is made from
        patches, where few of them overlap.
    percentiles : (float, float)
        Of all the images' grey values together.

    Returns
    -------
    (float, float)
        Distinct, in rising order.
    """
    inner = np.concatenate([_without_border(image, border).ravel() for image in images])
    low, high = (float(limit) for limit in np.percentile(inner, percentiles, overwrite_input=True))
    if high > low:
        return low, high
    return low - 0.5, low + 0.5


def _without_border(image: np.ndarray, border: int) -> np.ndarray:
    if 2 * border >= min(image.shape):
        return image
    return image[border : image.shape[0] - border, border : image.shape[1] - border]


def stretch(image: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Return display values: 0 at the lower limit, 1 at the upper, linear between, clipped."""
    low, high = limits
    return np.clip((np.asarray(image, dtype=np.float64) - low) / (high - low), 0, 1)


def to_bytes(display: np.ndarray) -> np.ndarray:
    """Return display values from 0 to 1 as 8-bit ones."""
    return np.rint(255 * display).astype(np.uint8)
