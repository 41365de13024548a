"""Compiled kernels for tiles of patches: projections, statistics and reconstruction."""

from typing import NamedTuple

import numpy as np

from zeroshot_em.core.models.sssc import _states
from zeroshot_em.core.models.sssc._states import (
    NEGLIGIBLE,
    States,
    lay_out,
    new_factor,
    new_lanes,
    normalise,
    score_state,
    slab_covariance,
    slab_mean,
    sweep,
)

kernel = _states.kernel


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


@kernel
def project_tile(Y, projector, offset, T):
    """T = Y projector + offset, added in an order that a BLAS does not promise: pixel by pixel.

    Four rows and two pixels at a time, so that most of the work is done in registers; the number
    of rows is a multiple of four.
    """
    n_patches, n_pixels = Y.shape
    n_units = len(offset)
    for n in range(0, n_patches, 4):
        T[n : n + 4] = offset
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


@kernel
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
def number_of(unit, own, n_found):
    """Return which of the units found this is, and how many there are with it."""
    if own.number[unit] < 0:
        own.number[unit] = n_found
        own.units[n_found] = unit
        n_found += 1
    return own.number[unit], n_found


@kernel
def add_moments(j, state, lane, weight, W, width, own):
    """Add the second moments of a state's unit `j` with itself and those before it."""
    here = own.number[state[j]]
    mean = W[width, j, lane]
    for k in range(j + 1):
        there = own.number[state[k]]
        row, place = max(here, there), min(here, there)
        own.moment[row * (row + 1) // 2 + place] += weight * (
            mean * W[width, k, lane] - W[j, k, lane]
        )


@kernel
def add_state(state, n_active, lane, weight, lanes, width, own, n_found):
    """Add a swept state to the sums of its patch; return how many units are found, and |M|."""
    determinant = 1.0
    for j in range(n_active):
        determinant *= lanes.pivots[j, lane]
        here, n_found = number_of(state[j], own, n_found)
        own.activity[here] += weight
        own.slab_sum[here] += weight * lanes.matrix[width, j, lane]
        add_moments(j, state, lane, weight, lanes.matrix, width, own)
    return n_found, determinant


@kernel
def add_patch(n_found, y, own, sums):
    """Add the sums of a patch to those of the tile, and clear them."""
    for i in range(n_found):
        unit = own.units[i]
        sums.activity[unit] += own.activity[i]
        sums.slab_sum[unit] += own.slab_sum[i]
        for d in range(len(y)):
            sums.correlation[unit, d] += own.slab_sum[i] * y[d]
        for j in range(i + 1):
            sums.slab_moment[unit, own.units[j]] += own.moment[i * (i + 1) // 2 + j]
            own.moment[i * (i + 1) // 2 + j] = 0.0
        own.activity[i] = 0.0
        own.slab_sum[i] = 0.0
        own.number[unit] = -1


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


@kernel
def accumulate_tile(T, Y, shared, states, n_states, sums):
    """Add the sufficient statistics of a tile; return the entropy of its truncated posteriors."""
    max_states, max_active = states.units.shape[1:]
    lanes = new_lanes(max_active, max_states)
    own = new_patch_sums(T.shape[1], min(T.shape[1], max_states * max_active))
    q, chosen = np.empty(max_states), np.empty(max_states, np.int64)
    entropy = 0.0
    for n in range(len(T)):
        kept = States(states.units[n], states.counts[n], states.scores[n])
        normalise(kept.scores, n_states[n], q)
        probable = chosen[: find_probable(q, n_states[n], chosen)]
        width = lay_out(probable, kept, shared, T[n], lanes.matrix)
        sweep(width, len(probable), lanes)
        n_found, entropy = accumulate_states(probable, q, kept, lanes, width, own, entropy)
        add_patch(n_found, Y[n], own, sums)
    return entropy


@kernel
def add_estimate(state, n_active, weight, factor, components, estimate, variances):
    """Fill `estimate` with a state's estimate of a patch, and add its variance."""
    estimate[:] = 0.0
    for j in range(n_active):
        field = components[state[j]]
        for d in range(len(estimate)):
            estimate[d] += factor.mean[j] * field[d]
        for k in range(j + 1):
            covariance = factor.covariance[j, k] * weight * (1.0 if k == j else 2.0)
            other = components[state[k]]
            for d in range(len(estimate)):
                variances[d] += covariance * field[d] * other[d]


@kernel
def add_moments_of_estimate(weight, estimate, means, variances):
    """Add a state's estimate and its square."""
    for d in range(len(estimate)):
        means[d] += weight * estimate[d]
        variances[d] += weight * estimate[d] * estimate[d]


@kernel
def reconstruct_tile(T, shared, components, states, n_states, means, variances):
    """Posterior mean (eq. 8, S11) and variance (S12) of every pixel of a tile."""
    max_states, max_active = states.units.shape[1:]
    factor = new_factor(max_active)
    q, estimate = np.empty(max_states), np.empty(components.shape[1])
    for n in range(len(T)):
        normalise(states.scores[n], n_states[n], q)
        means[n] = 0.0
        variances[n] = 0.0
        for i in range(n_states[n]):
            if q[i] < NEGLIGIBLE:
                continue
            state, n_active = states.units[n, i], np.int64(states.counts[n, i])
            score_state(state, n_active, shared, T[n], factor)
            slab_mean(n_active, factor)
            slab_covariance(n_active, factor)
            add_estimate(state, n_active, q[i], factor, components, estimate, variances[n])
            add_moments_of_estimate(q[i], estimate, means[n], variances[n])
        for d in range(len(estimate)):
            variances[n, d] = max(variances[n, d] - means[n, d] * means[n, d], 0.0)
