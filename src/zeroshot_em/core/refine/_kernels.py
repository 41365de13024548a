"""Compiled kernels of the second step: similar patches as local Gaussian priors of each other.

Images are in units of the noise's standard deviation, so that the noise variance is one. A group
holds the patches that are most similar, in the pilot, to the reference patch: row m is patch m.
Every loop over a group has a fixed order; a band of rows is worked on by one thread.

Labels refer to the equations of `step`.
"""

from typing import NamedTuple

import numpy as np

from zeroshot_em.core.parallel import kernel as owning_kernel
from zeroshot_em.core.parallel import vectorised_kernel as kernel
from zeroshot_em.core.refine._matrices import (
    LANES,
    ONE,
    average,
    centre,
    covary,
    infer,
    infer_across,
    invert_sum,
    relate,
    widen,
)
from zeroshot_em.core.refine._search import choose_similar, make_search, measure_row

LEVEL = ONE
"""Variance of what a group's mean patch may be off by, as the prior across patches has it (R7)."""


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


class Prior(NamedTuple):
    """A Gaussian prior over a group's pixels or over its patches, and what follows from it."""

    covariance: np.ndarray
    precision: np.ndarray
    column: np.ndarray
    estimates: np.ndarray


class Group(NamedTuple):
    """One group: where its patches begin, how far they are from the reference, and its matrices.

    The matrices of the prior `across` are flat: a group that is not full takes their beginning.
    """

    corners: np.ndarray
    distances: np.ndarray
    pilot: np.ndarray
    data: np.ndarray
    mean: np.ndarray
    weights: np.ndarray
    along: Prior
    across: Prior


@owning_kernel
def make_prior(size, shape):
    """Return the buffers of a prior over so many variables."""
    f = np.float32
    square = (size, size)
    return Prior(np.empty(square, f), np.empty(square, f), np.empty(size, f), np.zeros(shape, f))


@owning_kernel
def make_group(groups):
    """Return the buffers of a group."""
    f, n_pixels, n_similar = np.float32, groups.patch_size**2, groups.n_similar
    shape = (n_similar + LANES, n_pixels)
    return Group(
        np.empty((n_similar, 2), np.int64), np.empty(n_similar, f),
        np.zeros(shape, f), np.zeros(shape, f), np.empty(n_pixels, f), np.empty(n_pixels, f),
        make_prior(n_pixels, shape), flattened(make_prior(n_similar, shape)),
    )  # fmt: skip


@owning_kernel
def flattened(prior):
    """Return a prior whose matrices are flat."""
    return Prior(prior.covariance.ravel(), prior.precision.ravel(), prior.column, prior.estimates)


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
def condition(prior, groups):
    """Allow for the pilot's uncertainty, and fill the precision of noisy values (R2), (R3)."""
    if groups.uncertainty > 0.0:
        invert_sum(prior.covariance, ONE, prior.precision, prior.column)
        widen(prior.covariance, prior.precision, np.float32(groups.uncertainty))
    invert_sum(prior.covariance, np.float32(groups.ridge), prior.precision, prior.column)


@kernel
def load_group(images, n_similar, patch_size, group):
    """Take the group's patches from pilot and noisy image, and centre both on the pilot's mean."""
    gather(images.pilot, n_similar, patch_size, group.corners, group.pilot)
    gather(images.noisy, n_similar, patch_size, group.corners, group.data)
    average(group.pilot, n_similar, group.mean)
    centre(group.pilot, n_similar, group.mean)
    centre(group.data, n_similar, group.mean)


@kernel
def estimate_along(n_similar, groups, group):
    """Infer the patches under the Gaussian of their pixels, (R1) to (R3)."""
    covary(group.pilot, n_similar, group.along.covariance)
    condition(group.along, groups)
    infer(group.data, n_similar, group.along.precision, group.along.estimates)


@kernel
def estimate_across(n, groups, group):
    """Infer the pixels under the Gaussian of the `n` patches, (R7) and (R8)."""
    flat = group.across
    covariance, precision = flat.covariance[: n * n], flat.precision[: n * n]
    prior = Prior(
        covariance.reshape(n, n), precision.reshape(n, n), flat.column[:n], flat.estimates
    )
    relate(group.pilot, n, LEVEL, prior.covariance)
    condition(prior, groups)
    infer_across(group.data, prior.precision, prior.estimates)


@kernel
def weight(precision, n_similar):
    """Return the inverse of an estimate's variance (R4)."""
    return ONE / (max(ONE - precision, np.float32(0.0)) + ONE / np.float32(n_similar))


@kernel
def add_patch(m, estimates, near, similar, groups, group, sums):
    """Add the estimates of one patch; `group.weights` are those of its pixels (R5)."""
    p = groups.patch_size
    top, left = group.corners[m]
    for a in range(p):
        for b in range(p):
            d = a * p + b
            i, j = top + a, left + b
            weight = near * group.weights[d]
            change = estimates[m, d] + group.mean[d] - similar[i, j]
            sums.weights[i - sums.top, j] += weight
            sums.changes[i - sums.top, j] += weight * change


@kernel
def nearness(m, groups, group):
    """Return the weight of a patch by its distance to the reference (R5)."""
    return np.float32(np.exp(-group.distances[m] / groups.reach))


@kernel
def add_along(n_similar, similar, groups, group, sums):
    """Add the estimates of a group under the prior of its pixels."""
    for d in range(len(group.weights)):
        group.weights[d] = weight(group.along.precision[d, d], n_similar)
    for m in range(n_similar):
        near = nearness(m, groups, group)
        add_patch(m, group.along.estimates, near, similar, groups, group, sums)


@kernel
def add_across(n_similar, similar, groups, group, sums):
    """Add the estimates of a group under the prior of its patches."""
    for m in range(n_similar):
        diagonal = group.across.precision[m * (n_similar + 1)]
        group.weights[:] = weight(diagonal, n_similar)
        near = nearness(m, groups, group)
        add_patch(m, group.across.estimates, near, similar, groups, group, sums)


@kernel
def add_group(images, n_similar, groups, group, sums):
    """Infer the noisy patches of a group under its priors, and add the estimates."""
    load_group(images, n_similar, groups.patch_size, group)
    estimate_along(n_similar, groups, group)
    add_along(n_similar, images.similar, groups, group, sums)
    if groups.across:
        estimate_across(n_similar, groups, group)
        add_across(n_similar, images.similar, groups, group, sums)


@owning_kernel
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
            add_group(images, n_similar, groups, group, sums)
