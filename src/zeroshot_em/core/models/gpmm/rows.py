"""Patches as rows of counts, read some at a time and never copied as a whole."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from zeroshot_em.core.models.parameters import as_array
from zeroshot_em.core.parallel import map_blocks, row_blocks
from zeroshot_em.errors import InputError

BLOCK_ROWS = 1024
"""Patches in one unit of work. Fixed, so that sums over blocks do not depend on the threads."""

LARGEST_COUNT = 1e15

Result = TypeVar("Result")


def as_rows(patches: ArrayLike) -> Any:
    """Return `patches` as something with rows, not copied if it has a shape already.

    Raises
    ------
    InputError
        If it is no matrix of real numbers, or empty.
    """
    rows: Any = patches
    if isinstance(patches, np.ma.MaskedArray) or not hasattr(patches, "dtype"):
        rows = as_array("patches", patches)
    if len(rows.shape) != 2 or 0 in rows.shape:
        raise InputError(
            f"patches must have shape (n_patches, n_pixels), not empty; got {rows.shape}"
        )
    if not (np.issubdtype(rows.dtype, np.integer) or np.issubdtype(rows.dtype, np.floating)):
        raise InputError(f"patches must be real numbers, got {rows.dtype}")
    return rows


def checked_counts(patches: Any, rows: slice) -> np.ndarray:
    """Return a block of patches in double precision.

    Raises
    ------
    InputError
        If a value is negative, not finite or beyond what can be summed.
    """
    counts = np.asarray(patches[rows], dtype=np.float64)
    if not np.isfinite(counts).all():
        raise InputError("patches must be finite; found NaN or infinity")
    if counts.max() > LARGEST_COUNT:
        raise InputError(
            f"the patches have values as large as {counts.max():g}; remove the outliers"
        )
    if counts.min() < 0:
        raise InputError(
            f"GPMM takes grey values for counts, which cannot be negative; found {counts.min():g}. "
            "Subtract the camera's offset, or use SSSC"
        )
    return counts


def checked_guides(guides: ArrayLike, n_pixels: int, n_threads: int | None) -> Any:
    """Return guides as rows.

    Raises
    ------
    InputError
        If they are no finite patches of `n_pixels`.
    """
    rows = as_rows(guides)
    if rows.shape[1] != n_pixels:
        raise InputError(f"guides have {rows.shape[1]} pixels, patches have {n_pixels}")
    if not all(map_rows(lambda block: np.isfinite(rows[block]).all(), len(rows), n_threads)):
        raise InputError("guides must be finite; found NaN or infinity")
    return rows


def take(patches: Any, rows: np.ndarray, n_threads: int | None) -> np.ndarray:
    """Return the patches at `rows`, in rising order, in double precision."""

    def take_block(block: slice) -> np.ndarray:
        first, stop = np.searchsorted(rows, (block.start, block.stop))
        return np.asarray(patches[block], dtype=np.float64)[rows[first:stop] - block.start]

    return np.concatenate(list(map_rows(take_block, len(patches), n_threads)))


def map_rows(
    function: Callable[[slice], Result], n_rows: int, n_threads: int | None
) -> Iterator[Result]:
    """Yield ``function(rows)`` of each block of rows, in their order, computed by threads."""
    return map_blocks(function, row_blocks(n_rows, BLOCK_ROWS), n_threads)
