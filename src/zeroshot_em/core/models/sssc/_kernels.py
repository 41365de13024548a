"""Compiled kernels for tiles of patches: projections, statistics and reconstruction."""

from typing import NamedTuple

import numpy as np

from zeroshot_em.core.models.sssc import _states
from zeroshot_em.core.models.sssc._states import (
    NEGLIGIBLE,
    Lanes,
    States,
    lay_out,
    new_lanes,
    normalise,
    sweep,
)

kernel = _states.kernel
owning_kernel = _states.owning_kernel


class Sums(NamedTuple):
    """<s>, <s z>, <(s z)(s z)'> (every pair of units in one of the triangles) and <s z> y'."""

    activity: np.ndarray
    slab_sum: np.ndarray
    slab_moment: np.ndarray
    correlation: np.ndarray


class PatchSums(NamedTuple):
    """The same of one patch, over the units that its states have, in the order of their finding.

    `number` says of each unit which it is of those found, or -1. `moment` is a packed triangle.
    """

    number: np.ndarray
    units: np.ndarray
    activity: np.ndarray
    slab_sum: np.ndarray
    moment: np.ndarray


class Gathering(NamedTuple):
    """Scratch for one patch: the posterior, the states that matter, these side by side, sums."""

    posterior: np.ndarray
    chosen: np.ndarray
    lanes: Lanes
    own: PatchSums


class Estimate(NamedTuple):
    """Scratch for the pixels of one patch: first and second moment, and a row of the second."""

    mean: np.ndarray
    second: np.ndarray
    row: np.ndarray


@kernel
def project_tile(Y, projector, offset, T):
    """T = Y projector + offset, added in an order that a BLAS does not promise: pixel by pixel.

    Four rows and two pixels at a time, so that most of the work is done in registers; the number
    of rows is a multiple of four.
    """
    n_patches, n_pixels = Y.shape
    n_units = len(offset)
    for n in range(0, n_patches, 4):
        for k in range(n, n + 4):
            for h in range(n_units):
                T[k, h] = offset[h]
        for d in range(0, n_pixels - 1, 2):
            p, q = projector[d], projector[d + 1]
            a, b, c, e = Y[n, d], Y[n + 1, d], Y[n + 2, d], Y[n + 3, d]
            f, g, i, j = Y[n, d + 1], Y[n + 1, d + 1], Y[n + 2, d + 1], Y[n + 3, d + 1]
            for h in range(n_units):
                T[n, h] += a * p[h] + f * q[h]
                T[n + 1, h] += b * p[h] + g * q[h]
                T[n + 2, h] += c * p[h] + i * q[h]
                T[n + 3, h] += e * p[h] + j * q[h]
        if n_pixels % 2:
            d = n_pixels - 1
            p = projector[d]
            for k in range(n, n + 4):
                for h in range(n_units):
                    T[k, h] += Y[k, d] * p[h]


@kernel
def find_probable(q, filled, chosen):
    """List the states that matter in `chosen`; return how many they are."""
    n_chosen = 0
    for i in range(filled):
        if q[i] >= NEGLIGIBLE:
            chosen[n_chosen] = i
            n_chosen += 1
    return n_chosen


@owning_kernel
def new_patch_sums(n_units, max_found):
    """Return the sums of no patch, with room for so many units."""
    return PatchSums(
        np.full(n_units, -1),
        np.empty(max_found, np.int64),
        np.zeros(max_found),
        np.zeros(max_found),
        np.zeros(max_found * (max_found + 1) // 2),
    )


@kernel
def add_state(state, n_active, lane, weight, lanes, width, own, n_found):
    """Add a swept state to the sums of its patch; return how many units are found, and |M|."""
    W, pivots = lanes.matrix, lanes.pivots
    number, units, activity, slab_sum, moment = own
    determinant = 1.0
    for j in range(n_active):
        determinant *= pivots[j, lane]
        if number[state[j]] < 0:
            number[state[j]] = n_found
            units[n_found] = state[j]
            n_found += 1
        here = number[state[j]]
        mean = W[width, j, lane]
        activity[here] += weight
        slab_sum[here] += weight * mean
        for k in range(j + 1):
            there = number[state[k]]
            row, place = max(here, there), min(here, there)
            second = mean * W[width, k, lane] - W[j, k, lane]
            moment[row * (row + 1) // 2 + place] += weight * second
    return n_found, determinant


@kernel
def add_patch(n_found, y, own, sums):
    """Add the sums of a patch to those of the tile."""
    activity, slab_sum, slab_moment, correlation = sums
    for i in range(n_found):
        unit = own.units[i]
        activity[unit] += own.activity[i]
        slab_sum[unit] += own.slab_sum[i]
        for d in range(len(y)):
            correlation[unit, d] += own.slab_sum[i] * y[d]
        for j in range(i + 1):
            slab_moment[unit, own.units[j]] += own.moment[i * (i + 1) // 2 + j]


@kernel
def clear(n_found, own):
    """Make the sums those of no patch again."""
    for i in range(n_found):
        own.activity[i] = 0.0
        own.slab_sum[i] = 0.0
        own.number[own.units[i]] = -1
    for i in range(n_found * (n_found + 1) // 2):
        own.moment[i] = 0.0


@kernel
def accumulate_states(chosen, q, states, lanes, width, own, entropy):
    """Add the swept states of a patch to its sums, and its entropy to that of the tile.

    Returns how many units are found, and the entropy.
    """
    n_found = 0
    log_2_pi_e = np.log(2.0 * np.pi) + 1.0
    for lane in range(len(chosen)):
        weight = q[chosen[lane]]
        n_active = np.int64(states.counts[chosen[lane]])
        state = states.units[chosen[lane]]
        n_found, determinant = add_state(state, n_active, lane, weight, lanes, width, own, n_found)
        entropy += weight * (0.5 * (n_active * log_2_pi_e - np.log(determinant)) - np.log(weight))
    return n_found, entropy


@owning_kernel
def new_gathering(n_units, max_states, max_active):
    """Return scratch for patches of so many states."""
    return Gathering(
        np.empty(max_states),
        np.empty(max_states, np.int64),
        new_lanes(max_active, max_states),
        new_patch_sums(n_units, min(n_units, max_states * max_active)),
    )


@kernel
def gather(t, shared, states, filled, scratch, entropy):
    """Form the sums of one patch, all its states swept side by side.

    Returns how many units are found, and `entropy` with that of the patch added.
    """
    q, lanes = scratch.posterior, scratch.lanes
    normalise(states.scores, filled, q)
    probable = scratch.chosen[: find_probable(q, filled, scratch.chosen)]
    width = lay_out(probable, states, shared, t, lanes.matrix)
    sweep(width, len(probable), lanes)
    return accumulate_states(probable, q, states, lanes, width, scratch.own, entropy)


@owning_kernel
def accumulate_tile(T, Y, shared, states, n_states, sums):
    """Add the sufficient statistics of a tile; return the entropy of its truncated posteriors."""
    scratch = new_gathering(T.shape[1], *states.units.shape[1:])
    entropy = 0.0
    for n in range(len(T)):
        kept = States(states.units[n], states.counts[n], states.scores[n])
        n_found, entropy = gather(T[n], shared, kept, n_states[n], scratch, entropy)
        add_patch(n_found, Y[n], scratch.own, sums)
        clear(n_found, scratch.own)
    return entropy


@kernel
def fill_row(i, own, components, row):
    """Fill `row` with the fields that go with unit `i` or stand before it, each by its moment."""
    row[:] = 0.0
    for j in range(i + 1):
        moment = own.moment[i * (i + 1) // 2 + j] * (1.0 if i == j else 2.0)
        if moment != 0.0:
            field = components[own.units[j]]
            for d in range(len(row)):
                row[d] += moment * field[d]


@kernel
def estimate_patch(n_found, own, components, estimate):
    """Fill in the moments W <s z> and diag(W <(s z)(s z)'> W') of every pixel."""
    mean, second, row = estimate
    mean[:] = 0.0
    second[:] = 0.0
    for i in range(n_found):
        field = components[own.units[i]]
        fill_row(i, own, components, row)
        for d in range(len(mean)):
            mean[d] += own.slab_sum[i] * field[d]
            second[d] += row[d] * field[d]


@owning_kernel
def reconstruct_tile(T, shared, components, states, n_states, means, variances):
    """Posterior mean (eq. 8, S11) and variance (S12) of every pixel of a tile."""
    n_pixels = components.shape[1]
    scratch = new_gathering(T.shape[1], *states.units.shape[1:])
    estimate = Estimate(np.empty(n_pixels), np.empty(n_pixels), np.empty(n_pixels))
    for n in range(len(T)):
        kept = States(states.units[n], states.counts[n], states.scores[n])
        n_found, _ = gather(T[n], shared, kept, n_states[n], scratch, 0.0)
        estimate_patch(n_found, scratch.own, components, estimate)
        clear(n_found, scratch.own)
        for d in range(n_pixels):
            mean = estimate.mean[d]
            means[n, d] = mean
            variances[n, d] = max(estimate.second[d] - mean * mean, 0.0)
