"""An image as overlapping patches, and overlapping patches as an image.

All patches are taken at stride 1 without padding, in row-major order, so that an image of shape
``(height, width)`` has ``(height - p + 1) * (width - p + 1)`` patches of ``p * p`` pixels.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numba
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from zeroshot_em.core.parallel import kernel, parallel_kernel
from zeroshot_em.errors import InputError, check_whole_number

MERGES = ("mean", "median")


def patch_grid(shape: tuple[int, int], patch_size: int) -> tuple[int, int]:
    """Return how many patches fit into an image, down and across.

    Raises
    ------
    InputError
        If the patch size is not a whole number of pixels, or the patch is empty or larger than the
        image.
    """
    height, width = shape
    check_whole_number("patch_size", patch_size, 1)
    if patch_size > min(height, width):
        raise InputError(
            f"a patch of {patch_size} x {patch_size} pixels is larger than the image "
            f"({width} x {height} pixels)"
        )
    return height - patch_size + 1, width - patch_size + 1


def extract_patches(
    image: np.ndarray, patch_size: int, rows: slice = slice(None), dtype: type = np.float64
) -> np.ndarray:
    """Return the overlapping patches of an image.

    Parameters
    ----------
    image : ndarray of shape (height, width)
    patch_size : int
        Edge of a patch in pixels.
    rows : slice, optional
        Which rows of the patch grid to take; all by default.
    dtype : type, optional
        Of the patches.

    Returns
    -------
    ndarray of shape (n_patches, patch_size ** 2)

    Raises
    ------
    InputError
        If the patch is larger than the image.
    """
    patch_grid(image.shape, patch_size)
    windows = sliding_window_view(image, (patch_size, patch_size))[rows]
    return windows.reshape(-1, patch_size**2).astype(dtype, copy=False)


def sample_patches(image: np.ndarray, patch_size: int, n_patches: int, seed: int) -> np.ndarray:
    """Return all patches of an image, or `n_patches` of them chosen at random.

    Parameters
    ----------
    image : ndarray of shape (height, width)
    patch_size : int
        Edge of a patch in pixels.
    n_patches : int
        The most patches to return.
    seed : int
        The same seed chooses the same places in all images of one size.

    Returns
    -------
    ndarray of shape (n, patch_size ** 2), float32

    Raises
    ------
    InputError
        If the patch is larger than the image.
    """
    n_rows, n_columns = patch_grid(image.shape, patch_size)
    if n_rows * n_columns <= n_patches:
        return extract_patches(image, patch_size, dtype=np.float32)
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(n_rows * n_columns, n_patches, replace=False))
    windows = sliding_window_view(image.astype(np.float32), (patch_size, patch_size))
    return windows[np.unravel_index(chosen, (n_rows, n_columns))].reshape(n_patches, -1)


@dataclass(frozen=True)
class MergedMaps:
    """What the overlapping estimates say about each pixel, all of shape (height, width).

    Attributes
    ----------
    estimate : ndarray
        Mean or median of the estimates (M1).
    between_variance : ndarray
        Variance of the estimates about their mean, divided by their number (M2): the paper's
        variance image.
    within_variance : ndarray
        Mean of the variances that came with the estimates.
    """

    estimate: np.ndarray
    between_variance: np.ndarray
    within_variance: np.ndarray

    @property
    def total_variance(self) -> np.ndarray:
        """Law of total variance: within + between."""
        return self.within_variance + self.between_variance


def merge_patches(
    blocks: Iterable[tuple[np.ndarray, np.ndarray]],
    shape: tuple[int, int],
    patch_size: int,
    merge: str = "mean",
) -> MergedMaps:
    """Merge the overlapping estimates of every pixel.

    Parameters
    ----------
    blocks : iterable of (estimates, variances)
        Whole rows of the patch grid, from the top down; each array of shape
        ``(n_rows * n_columns, patch_size ** 2)``. Only one block and the ``patch_size - 1`` rows
        before it are held in memory.
    shape : (int, int)
        Height and width of the image.
    patch_size : int
    merge : {"mean", "median"}
        How `estimate` is formed; the variances do not depend on it.

    Returns
    -------
    MergedMaps
    """
    if merge not in MERGES:
        raise InputError(f"merge must be one of {', '.join(MERGES)}; got {merge!r}")
    n_rows, n_columns = patch_grid(shape, patch_size)
    maps = MergedMaps(*(np.empty(shape) for _ in range(3)))
    held_shape = (-1, n_columns, patch_size, patch_size)
    estimates = variances = np.empty((0, n_columns, patch_size, patch_size))
    first_held = next_pixel_row = 0
    for block in blocks:
        estimates = np.concatenate([estimates, block[0].reshape(held_shape)])
        variances = np.concatenate([variances, block[1].reshape(held_shape)])
        n_seen = first_held + len(estimates)
        stop_pixel_row = shape[0] if n_seen == n_rows else n_seen
        _merge_rows(
            estimates, variances, first_held, next_pixel_row, stop_pixel_row, merge == "median",
            maps.estimate, maps.between_variance, maps.within_variance,
        )  # fmt: skip
        next_pixel_row = stop_pixel_row
        n_dropped = max(0, len(estimates) - (patch_size - 1))
        estimates, variances = estimates[n_dropped:], variances[n_dropped:]
        first_held += n_dropped
    if next_pixel_row != shape[0]:
        raise ValueError(f"the blocks end at row {next_pixel_row} of {shape[0]}")
    return maps


@kernel
def _merge_pixel(values, use_median):
    """Return estimate and variance of `values`; two passes, so that nothing cancels."""
    mean = values.mean()
    variance = ((values - mean) ** 2).mean()
    if use_median:
        return np.median(values), variance
    return mean, variance


@parallel_kernel
def _merge_rows(
    estimates, variances, first_held, start, stop, use_median, estimate, between, within
):
    n_held, n_columns, patch_size, _ = estimates.shape
    width = estimate.shape[1]
    for row in numba.prange(start, stop):
        values = np.empty(patch_size * patch_size)
        for column in range(width):
            n_values = 0
            variance_sum = 0.0
            for i in range(patch_size):
                held = row - i - first_held
                if held < 0 or held >= n_held:
                    continue
                for j in range(patch_size):
                    patch_column = column - j
                    if patch_column < 0 or patch_column >= n_columns:
                        continue
                    values[n_values] = estimates[held, patch_column, i, j]
                    variance_sum += variances[held, patch_column, i, j]
                    n_values += 1
            merged = _merge_pixel(values[:n_values], use_median)
            estimate[row, column] = merged[0]
            between[row, column] = merged[1]
            within[row, column] = variance_sum / n_values
