"""An image at a smaller size, for one that holds no fine detail, and its maps at their own again.

The cosine transform of the image is cut off, or filled up with zeros: nothing below the new limit
is lost, nothing above it is made up, and the borders are mirrored.
"""

import numpy as np
from scipy import fft, ndimage


def shape_at(shape: tuple[int, ...], size: float) -> tuple[int, ...]:
    """Return height and width at a share of the size."""
    return tuple(round(length * size) for length in shape)


def at_size(image: np.ndarray, size: float) -> np.ndarray:
    """Return an image at a share of its size, without what is finer than its pixels then."""
    return image if size == 1 else resized(image, shape_at(image.shape, size))


def resized(image: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return an image of another height and width, both larger or both smaller."""
    kept = tuple(slice(min(lengths)) for lengths in zip(image.shape, shape, strict=True))
    coefficients = np.zeros(shape)
    coefficients[kept] = fft.dctn(image, norm="ortho")[kept]
    return fft.idctn(coefficients, norm="ortho") * np.sqrt(coefficients.size / image.size)


def interpolated(variance: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a map of another height and width, linear between its pixels: never below 0."""
    zoom = np.divide(shape, variance.shape)
    return ndimage.zoom(variance, zoom, order=1, mode="nearest", grid_mode=True)
