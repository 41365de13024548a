"""An image as overlapping patches, and overlapping patches as an image.

All patches are taken at stride 1 without padding, in row-major order, so that an image of shape
``(height, width)`` has ``(height - p + 1) * (width - p + 1)`` patches of ``p * p`` pixels.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from zeroshot_em.core.models.parameters import check_choice, check_whole_number
from zeroshot_em.core.parallel import kernel, map_blocks, row_blocks
from zeroshot_em.core.selection import median
from zeroshot_em.errors import InputError

MERGES = ("mean", "median")

BAND_ROWS = 32
"""Rows of pixels that one thread merges at a time."""


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
    denoised : ndarray
        Mean or median of the estimates (M1).
    variance : ndarray
        Variance of the estimates about their mean, divided by their number (M2): the paper's
        variance image.
    within_variance : ndarray
        Mean of the variances that came with the estimates.
    """

    denoised: np.ndarray
    variance: np.ndarray
    within_variance: np.ndarray

    @property
    def total_variance(self) -> np.ndarray:
        """Law of total variance: within + between."""
        return self.within_variance + self.variance


class _HeldRows(NamedTuple):
    """Estimates of some rows of the patch grid, each of shape (rows, columns, size, size)."""

    estimates: np.ndarray
    variances: np.ndarray
    first: int


class _Window:
    """The last rows of the patch grid, held in one place.

    Blocks of a wide image are of few rows: to copy those before for each would take as long as
    merging.
    """

    def __init__(self, n_columns: int, patch_size: int) -> None:
        self._row = (n_columns, patch_size, patch_size)
        self._n_before = patch_size - 1
        self._place = np.empty((2, 0, *self._row))
        self._end = self._n_seen = 0

    def moved_on(self, estimates: np.ndarray, variances: np.ndarray) -> _HeldRows:
        """Return a block of rows with those before it that share pixels with it."""
        block = [values.reshape(-1, *self._row) for values in (estimates, variances)]
        n_new, n_before = len(block[0]), min(self._n_before, self._n_seen)
        if self._end + n_new > self._place.shape[1]:
            self._begin_anew(n_before, n_new, np.result_type(*block))
        first, begin, middle = self._n_seen - n_before, self._end - n_before, self._end
        self._end += n_new
        self._n_seen += n_new
        self._place[0, middle : self._end], self._place[1, middle : self._end] = block
        held = self._place[:, begin : self._end]
        return _HeldRows(held[0], held[1], first)

    def _begin_anew(self, n_before: int, n_new: int, dtype: np.dtype) -> None:
        """Move the rows before to the beginning, of a place for twice as many if need be."""
        before = self._place[:, self._end - n_before : self._end]
        if n_before + n_new > self._place.shape[1]:
            self._place = np.empty((2, 2 * (self._n_before + n_new), *self._row), dtype)
        self._place[:, :n_before] = before
        self._end = n_before


class _Maps(NamedTuple):
    denoised: np.ndarray
    variance: np.ndarray
    within_variance: np.ndarray


def merge_patches(
    blocks: Iterable[tuple[np.ndarray, np.ndarray]],
    shape: tuple[int, int],
    patch_size: int,
    merge: str = "mean",
    n_threads: int | None = None,
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
    n_threads : int, optional
        All cores by default. Results do not depend on it.

    Returns
    -------
    MergedMaps
    """
    check_choice("merge", merge, MERGES)
    n_rows, n_columns = patch_grid(shape, patch_size)
    maps = _Maps(*(np.empty(shape) for _ in range(3)))
    window = _Window(n_columns, patch_size)
    n_merged = 0
    for block in blocks:
        held = window.moved_on(*block)
        n_seen = held.first + len(held.estimates)
        stop = shape[0] if n_seen == n_rows else n_seen
        _merge_bands(held, maps, slice(n_merged, stop), merge == "median", n_threads)
        n_merged = stop
    if n_merged != shape[0]:
        raise ValueError(f"the blocks end at row {n_merged} of {shape[0]}")
    return MergedMaps(*maps)


def _merge_bands(
    held: _HeldRows, maps: _Maps, rows: slice, use_median: bool, n_threads: int | None
) -> None:
    def merge_band(band: slice) -> None:
        start, stop = rows.start + band.start, rows.start + band.stop
        _merge_rows(held, maps, start, stop, use_median)

    for _ in map_blocks(merge_band, row_blocks(rows.stop - rows.start, BAND_ROWS), n_threads):
        pass


@kernel
def _merge_pixel(values, use_median):
    """Return estimate and variance of `values`; two passes, so that nothing cancels.

    `values` are put into another order.
    """
    mean = 0.0
    for value in values:
        mean += value
    mean /= len(values)
    variance = 0.0
    for value in values:
        variance += (value - mean) * (value - mean)
    variance /= len(values)
    return median(values) if use_median else mean, variance


@kernel
def _gather(held, row, column, values):
    """Collect the estimates of a pixel; return their number and the sum of their variances."""
    n_held, n_columns, patch_size, _ = held.estimates.shape
    n_values = 0
    variance_sum = 0.0
    for i in range(patch_size):
        held_row = row - i - held.first
        if held_row < 0 or held_row >= n_held:
            continue
        for j in range(max(0, column - n_columns + 1), min(patch_size, column + 1)):
            values[n_values] = held.estimates[held_row, column - j, i, j]
            variance_sum += held.variances[held_row, column - j, i, j]
            n_values += 1
    return n_values, variance_sum


@kernel
def _merge_rows(held, maps, start, stop, use_median):
    values = np.empty(held.estimates.shape[2] ** 2)
    for row in range(start, stop):
        for column in range(maps.denoised.shape[1]):
            n_values, variance_sum = _gather(held, row, column, values)
            merged = _merge_pixel(values[:n_values], use_median)
            maps.denoised[row, column] = merged[0]
            maps.variance[row, column] = merged[1]
            maps.within_variance[row, column] = variance_sum / n_values
