"""Compiled kernels of the second step: similar patches as a local Gaussian prior of each other.

Images are in units of the noise's standard deviation, so that the noise variance is one. A group
holds the patches that are most similar, in the pilot, to the reference patch: row m is patch m.
Every loop over a group has a fixed order; a band of rows is worked on by one thread.

Labels refer to the equations of `refine`.
"""

from typing import NamedTuple

import numpy as np

from zeroshot_em.core.parallel import vectorised_kernel as kernel

OUTSIDE = np.float32(1e30)
"""Distance to a patch that is not wholly in the image; no other is as far."""

LANES = 4
"""Rows of a group that are summed at a time; groups are filled up with rows of zeros."""

ONE = np.float32(1.0)


class Groups(NamedTuple):
    """How groups are formed, and how uncertain the pilot is taken to be.

    Attributes
    ----------
    patch_size, n_similar, radius : int
        Edge of a patch, patches in a group, largest shift in pixels of a patch of the group.
    uncertainty : float
        Share of the posterior covariance that is added to the pilot's (R2).
    reach : float
        Mean squared difference to the reference, in noise variances, at which the weight of an
        estimate has fallen to 1 / e (R5).
    """

    patch_size: int
    n_similar: int
    radius: int
    uncertainty: float
    ridge: float
    reach: float


class Images(NamedTuple):
    """Noisy image and pilot, single precision, and the image that new estimates are compared to."""

    noisy: np.ndarray
    pilot: np.ndarray
    similar: np.ndarray


class Sums(NamedTuple):
    """Sums over the estimates of a pixel: of weights, and of weights times change.

    Their first row is row `top` of the image. Changes are relative to `Images.similar`, so that no
    digits are lost.
    """

    weights: np.ndarray
    changes: np.ndarray
    top: int


class Search(NamedTuple):
    """Buffers of the search: distances of all shifts for one row of reference patches."""

    columns: np.ndarray
    distances: np.ndarray
    keys: np.ndarray


class Group(NamedTuple):
    """One group: where its patches begin, how far they are from the reference, and its matrices."""

    corners: np.ndarray
    distances: np.ndarray
    prior: np.ndarray
    data: np.ndarray
    estimates: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    precision: np.ndarray
    pivot: np.ndarray


@kernel
def make_search(groups, width, n_columns):
    """Return the buffers for reference patches at `n_columns` places of a row."""
    n_shifts = (2 * groups.radius + 1) ** 2
    f = np.float32
    return Search(np.empty(width, f), np.empty((n_shifts, n_columns), f), np.empty(n_shifts, f))


@kernel
def make_group(groups):
    """Return the buffers of a group."""
    f, n_pixels = np.float32, groups.patch_size**2
    shape = (groups.n_similar + LANES, n_pixels)
    return Group(
        np.empty((groups.n_similar, 2), np.int64), np.empty(groups.n_similar, f),
        np.zeros(shape, f), np.zeros(shape, f), np.zeros(shape, f), np.empty(n_pixels, f),
        np.empty((n_pixels, n_pixels), f), np.empty((n_pixels, n_pixels), f), np.empty(n_pixels, f),
    )  # fmt: skip


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
    return np.partition(keys[:n], n_similar - 1)[n_similar - 1], n_similar


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


@kernel
def gather(image, n_similar, patch_size, corners, patches):
    """Copy the group's patches out of an image, and fill up with zeros."""
    for m in range(n_similar):
        top, left = corners[m]
        for a in range(patch_size):
            for b in range(patch_size):
                patches[m, a * patch_size + b] = image[top + a, left + b]
    patches[n_similar : n_similar + LANES] = 0.0


@kernel
def average(patches, n_similar, mean):
    """Fill `mean` with the mean patch."""
    mean[:] = 0.0
    for m in range(n_similar):
        for d in range(len(mean)):
            mean[d] += patches[m, d]
    for d in range(len(mean)):
        mean[d] /= n_similar


@kernel
def centre(patches, n_similar, mean):
    """Subtract the mean patch from every patch."""
    for m in range(n_similar):
        for d in range(len(mean)):
            patches[m, d] -= mean[d]


@kernel
def covary(patches, n_similar, covariance):
    """Fill `covariance` with that of centred patches, four of them at a time (R1)."""
    n_pixels = patches.shape[1]
    covariance[:] = 0.0
    for m in range(0, n_similar, LANES):
        p, q, r, s = patches[m], patches[m + 1], patches[m + 2], patches[m + 3]
        for d in range(n_pixels):
            row, a, b, c, e = covariance[d], p[d], q[d], r[d], s[d]
            for f in range(n_pixels):
                row[f] += a * p[f] + b * q[f] + c * r[f] + e * s[f]
    covariance /= np.float32(n_similar)


@kernel
def invert(matrix, pivot):
    """Invert in place, by Gauss and Jordan; no eigenvalue may be near zero."""
    n = len(matrix)
    for p in range(n):
        scale = ONE / matrix[p, p]
        matrix[p, p] = ONE
        for e in range(n):
            matrix[p, e] *= scale
            pivot[e] = matrix[p, e]
        for i in range(n):
            if i != p:
                row = matrix[i]
                factor = row[p]
                row[p] = 0.0
                for e in range(n):
                    row[e] -= factor * pivot[e]


@kernel
def invert_sum(covariance, ridge, precision, pivot):
    """Fill `precision` with the inverse of the covariance plus so much on its diagonal."""
    precision[:] = covariance
    for d in range(len(covariance)):
        precision[d, d] += ridge
    invert(precision, pivot)


@kernel
def widen(covariance, precision, share):
    """Add to the covariance a share of the posterior's, which is I - precision (R2)."""
    for d in range(len(covariance)):
        for e in range(len(covariance)):
            covariance[d, e] -= share * precision[d, e]
        covariance[d, d] += share


@kernel
def infer(data, n_similar, precision, estimates):
    """Fill `estimates` with the posterior means of centred patches, data - data precision (R3)."""
    n_pixels = len(precision)
    whole = n_pixels // LANES * LANES
    for m in range(n_similar):
        out, y = estimates[m], data[m]
        out[:] = y
        for d in range(0, whole, LANES):
            p, q, r, s = precision[d], precision[d + 1], precision[d + 2], precision[d + 3]
            a, b, c, e = y[d], y[d + 1], y[d + 2], y[d + 3]
            for f in range(n_pixels):
                out[f] -= a * p[f] + b * q[f] + c * r[f] + e * s[f]
        for d in range(whole, n_pixels):
            for f in range(n_pixels):
                out[f] -= y[d] * precision[d, f]


@kernel
def estimate_group(images, n_similar, groups, group):
    """Infer the noisy patches of a group under the Gaussian of its patches in the pilot."""
    p = groups.patch_size
    gather(images.pilot, n_similar, p, group.corners, group.prior)
    gather(images.noisy, n_similar, p, group.corners, group.data)
    average(group.prior, n_similar, group.mean)
    centre(group.prior, n_similar, group.mean)
    centre(group.data, n_similar, group.mean)
    covary(group.prior, n_similar, group.covariance)
    if groups.uncertainty > 0.0:
        invert_sum(group.covariance, ONE, group.precision, group.pivot)
        widen(group.covariance, group.precision, np.float32(groups.uncertainty))
    invert_sum(group.covariance, np.float32(groups.ridge), group.precision, group.pivot)
    infer(group.data, n_similar, group.precision, group.estimates)


@kernel
def add_patch(m, similar, groups, group, weights, sums):
    """Add the estimates of one patch; `weights` are those of its pixels (R5)."""
    p = groups.patch_size
    top, left = group.corners[m]
    near = np.float32(np.exp(-group.distances[m] / groups.reach))
    for a in range(p):
        for b in range(p):
            d = a * p + b
            i, j = top + a, left + b
            weight = near * weights[d]
            change = group.estimates[m, d] + group.mean[d] - similar[i, j]
            sums.weights[i - sums.top, j] += weight
            sums.changes[i - sums.top, j] += weight * change


@kernel
def add_group(n_similar, similar, groups, group, sums):
    """Add the estimates of a group, weighted by the inverse of their variances (R4)."""
    weights = group.pivot
    for d in range(len(weights)):
        variance = max(ONE - group.precision[d, d], np.float32(0.0)) + ONE / n_similar
        weights[d] = ONE / variance
    for m in range(n_similar):
        add_patch(m, similar, groups, group, weights, sums)


@kernel
def add_band(images, rows, columns, groups, sums):
    """Infer the groups of all reference patches that begin at these rows and columns."""
    search = make_search(groups, images.noisy.shape[1], len(columns))
    group = make_group(groups)
    for i in rows:
        measure_row(images.similar, i, columns, groups, search)
        for c in range(len(columns)):
            reference = (i, columns[c])
            distances = search.distances[:, c]
            n_similar = choose_similar(reference, distances, groups, search, group)
            estimate_group(images, n_similar, groups, group)
            add_group(n_similar, images.similar, groups, group, sums)
