"""Compiled kernels of the search: which patches of a window are most similar to its middle one."""

from typing import NamedTuple

import numpy as np

from zeroshot_em.core.parallel import kernel as owning_kernel
from zeroshot_em.core.parallel import vectorised_kernel as kernel
from zeroshot_em.core.selection import nth_smallest

OUTSIDE = np.float32(1e30)
"""Distance to a patch that is not wholly in the image; no other is as far."""


class Groups(NamedTuple):
    """How groups are formed, and how uncertain the pilot is taken to be.

    Attributes
    ----------
    patch_size, n_similar, radius : int
        Edge of a patch, patches in a group, largest shift in pixels of a patch of the group.
    uncertainty : float
        Share of the posterior covariance that is added to the pilot's (R2).
    ridge : float
        Added to the diagonal of what is inverted: the noise variance, or what stands for it (R6).
    across : bool
        Whether the patches are each other's prior as well (R7).
    reach : float
        Mean squared difference to the reference, in noise variances, at which the weight of an
        estimate has fallen to 1 / e (R5).
    noise : float
        Deviation of the noise that is inferred, as a share of the image's.
    """

    patch_size: int
    n_similar: int
    radius: int
    uncertainty: float
    ridge: float
    across: bool
    reach: float
    noise: float = 1.0


class Search(NamedTuple):
    """Buffers of the search: distances of all shifts for one row of reference patches."""

    columns: np.ndarray
    distances: np.ndarray
    keys: np.ndarray


@owning_kernel
def make_search(groups, width, n_columns):
    """Return the buffers for reference patches at `n_columns` places of a row."""
    n_shifts = (2 * groups.radius + 1) ** 2
    f = np.float32
    return Search(np.empty(width, f), np.empty((n_shifts, n_columns), f), np.empty(n_shifts, f))


@kernel
def sum_columns(image, row, other_row, shift, patch_size, sums):
    """Square the differences between two rows of patches, and add them down the patch."""
    width = image.shape[1]
    first, last = max(0, -shift), min(width, width - shift)
    sums[:] = OUTSIDE
    sums[first:last] = 0.0
    for a in range(patch_size):
        here, there = image[row + a], image[other_row + a]
        for j in range(first, last):
            difference = here[j] - there[j + shift]
            sums[j] += difference * difference


@kernel
def measure_shift(columns, references, patch_size, distances):
    """Add along the patch what `sum_columns` has added down it, for every reference patch."""
    for c in range(len(references)):
        distance = np.float32(0.0)
        for b in range(patch_size):
            distance += columns[references[c] + b]
        distances[c] = distance


@kernel
def measure_row(image, row, references, groups, search):
    """Measure the distances of a row of reference patches to all patches in their windows."""
    side = 2 * groups.radius + 1
    for m in range(side * side):
        other_row, shift = row + m // side - groups.radius, m % side - groups.radius
        if other_row < 0 or other_row + groups.patch_size > len(image):
            search.distances[m] = OUTSIDE
            continue
        sum_columns(image, row, other_row, shift, groups.patch_size, search.columns)
        measure_shift(search.columns, references, groups.patch_size, search.distances[m])


@kernel
def nearest_distance(distances, n_similar, keys):
    """Return the distance of the n-th nearest patch, and how many there are up to n."""
    n = 0
    for m in range(len(distances)):
        if distances[m] < OUTSIDE:
            keys[n] = distances[m]
            n += 1
    n_similar = min(n_similar, n)
    return nth_smallest(keys[:n], n_similar - 1), n_similar


@kernel
def choose_similar(reference, distances, groups, search, group):
    """List the nearest patches, in the order of their shifts; return how many there are."""
    side, n_pixels = 2 * groups.radius + 1, groups.patch_size**2
    limit, n_similar = nearest_distance(distances, groups.n_similar, search.keys)
    n_equal = n_similar
    for m in range(len(distances)):
        n_equal -= distances[m] < limit
    found = 0
    for m in range(len(distances)):
        if distances[m] < limit or (distances[m] == limit and n_equal > 0):
            n_equal -= distances[m] == limit
            group.corners[found, 0] = reference[0] + m // side - groups.radius
            group.corners[found, 1] = reference[1] + m % side - groups.radius
            group.distances[found] = distances[m] / n_pixels
            found += 1
    return n_similar
