"""The estimates of a pixel by its place in the patch, and what their disagreement says by place."""

import numpy as np

from zeroshot_em.core.models.protocol import PatchModel
from zeroshot_em.core.patches import extract_patches, patch_grid


def estimates_by_position(model: PatchModel, image: np.ndarray) -> np.ndarray:
    """Return the estimates of every pixel, by its place in the patch that makes the estimate.

    Parameters
    ----------
    model : SSSC or GPMM
        Fitted.
    image : ndarray of shape (height, width)

    Returns
    -------
    ndarray of float32, shape (patch_size, patch_size, height, width)
        NaN where the pixel has that place in no patch, at the image's border.
    """
    size = int(np.sqrt(model.components_.shape[1]))
    rows, columns = patch_grid(image.shape, size)
    estimates, _ = model.reconstruct(extract_patches(image, size, dtype=np.float32))
    by_patch = estimates.reshape(rows, columns, size, size)
    by_pixel = np.full((size, size, *image.shape), np.nan, np.float32)
    for i, j in np.ndindex(size, size):
        by_pixel[i, j, i : i + rows, j : j + columns] = by_patch[:, :, i, j]
    return by_pixel


def position_corrected(by_pixel: np.ndarray) -> np.ndarray:
    """Return the variance of the estimates with each place in the patch weighted alike.

    At the rim of a patch a pixel has neighbours on one side alone and its estimate strays more, so
    that the plain variance is mostly that of the rim. Here the squared deviations of a place are
    taken in units of their mean over the image.

    Returns
    -------
    ndarray of shape (height, width)
        Dimensionless, 1 on average.
    """
    squares = squared_deviations(by_pixel)
    typical = np.nanmean(squares, axis=(2, 3), keepdims=True)
    return np.nanmean(squares / np.maximum(typical, np.finfo(np.float32).tiny), axis=(0, 1))


def squared_deviations(by_pixel: np.ndarray) -> np.ndarray:
    """Return the squared deviation of each estimate from the mean of its pixel's."""
    return (by_pixel - np.nanmean(by_pixel, axis=(0, 1))) ** 2


def central_and_outer(by_pixel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the variance among the estimates of the patch's middle and among those of its rim.

    The middle is what lies at least a quarter of the patch from its edge. Where a pixel has no
    estimate of a kind, at the image's border, the variance is 0.
    """
    size = by_pixel.shape[0]
    inside = slice(size // 4, size - size // 4)
    rim = by_pixel.copy()
    rim[inside, inside] = np.nan
    middle = by_pixel[inside, inside]
    return _variance(middle), _variance(rim)


def _variance(by_pixel: np.ndarray) -> np.ndarray:
    n = np.sum(np.isfinite(by_pixel), axis=(0, 1))
    total = np.nansum(by_pixel.astype(np.float64), axis=(0, 1))
    squares = np.nansum(by_pixel.astype(np.float64) ** 2, axis=(0, 1))
    mean = total / np.maximum(n, 1)
    return np.maximum(squares / np.maximum(n, 1) - mean**2, 0)
