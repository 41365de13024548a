"""Compiled kernels for single states: what a state of a patch is worth, and its slabs.

A state is the list of the units that are active in it. With ``M = A[s, s]`` and ``t = T[n, s]``
(see `Precomputed` beside), the log-joint of a state and a patch relative to the
empty state is (S3)

    sum_{h in s} a_h - 1/2 log|M| + 1/2 t' M^-1 t,

and its slab posterior is normal with precision ``M`` and mean ``M^-1 t`` (S4). ``M = L L'`` is
held as the lower triangle ``L``; ``u = L^-1 t``.
"""

from typing import NamedTuple

import numpy as np

from zeroshot_em.core import parallel

kernel = parallel.inlined_kernel
owning_kernel = parallel.kernel

NEVER = -np.inf
NEGLIGIBLE = 1e-10


class Shared(NamedTuple):
    """What all patches share: A, the same in single precision, a, and what ranks proposals."""

    precision: np.ndarray
    precision32: np.ndarray
    unit_scores: np.ndarray
    gain_offsets: np.ndarray
    gain_factors: np.ndarray
    words: np.ndarray


class States(NamedTuple):
    """The states kept, of one patch or of many: active units, their numbers, log-joints."""

    units: np.ndarray
    counts: np.ndarray
    scores: np.ndarray


class Factor(NamedTuple):
    """Scratch for one state: L and u, the slabs' mean, L^-1 and the slabs' covariance."""

    lower: np.ndarray
    projected: np.ndarray
    mean: np.ndarray
    inverse: np.ndarray
    covariance: np.ndarray


class Lanes(NamedTuple):
    """Scratch for the states of a patch side by side, the last axis of each array a state.

    `numbers` are those of all states, from 0 on.
    """

    numbers: np.ndarray
    matrix: np.ndarray
    pivots: np.ndarray
    column: np.ndarray
    factor: np.ndarray


@owning_kernel
def new_factor(max_active):
    """Return scratch for states of so many units, and for one more to be appended."""
    return Factor(
        np.empty((max_active + 1, max_active + 1)),
        np.empty(max_active + 1),
        np.empty(max_active),
        np.empty((max_active, max_active)),
        np.empty((max_active, max_active)),
    )


@owning_kernel
def new_lanes(max_active, max_states):
    """Return scratch for so many states of so many units."""
    return Lanes(
        np.arange(max_states),
        np.empty((max_active + 1, max_active + 1, max_states)),
        np.empty((max_active, max_states)),
        np.empty((max_active + 1, max_states)),
        np.empty((max_active + 1, max_states)),
    )


@kernel
def append_unit(unit, state, n_active, shared, t, factor):
    """Extend the Cholesky factor of a state by one unit; return what the log-joint gains."""
    A, L, u = shared.precision, factor.lower, factor.projected
    row = L[n_active]
    diagonal = A[unit, unit]
    projection = t[unit]
    for i in range(n_active):
        value = A[unit, state[i]]
        for j in range(i):
            value -= row[j] * L[i, j]
        value /= L[i, i]
        row[i] = value
        diagonal -= value * value
        projection -= value * u[i]
    if diagonal <= 0.0:
        return NEVER
    row[n_active] = np.sqrt(diagonal)
    u[n_active] = projection / row[n_active]
    gain = 0.5 * projection * projection / diagonal
    return shared.unit_scores[unit] - 0.5 * np.log(diagonal) + gain


@kernel
def score_state(state, n_active, shared, t, factor):
    """Return the log-joint of a state from nothing, leaving its factor behind."""
    score = 0.0
    for i in range(n_active):
        score += append_unit(state[i], state, i, shared, t, factor)
    return score


@kernel
def slab_mean(n_active, factor):
    """Back substitution: mean = L'^-1 u."""
    L, mean = factor.lower, factor.mean
    for i in range(n_active - 1, -1, -1):
        value = factor.projected[i]
        for j in range(i + 1, n_active):
            value -= L[j, i] * mean[j]
        mean[i] = value / L[i, i]


@kernel
def slab_covariance(n_active, factor):
    """Covariance = L'^-1 L^-1, the lower triangle."""
    invert_lower(n_active, factor.lower, factor.inverse)
    inverse = factor.inverse
    for i in range(n_active):
        for j in range(i + 1):
            value = 0.0
            for k in range(i, n_active):
                value += inverse[k, i] * inverse[k, j]
            factor.covariance[i, j] = value


@kernel
def invert_lower(n_active, L, inverse):
    """Inverse = L^-1, column by column."""
    for j in range(n_active):
        inverse[j, j] = 1.0 / L[j, j]
        for i in range(j + 1, n_active):
            value = 0.0
            for k in range(j, i):
                value -= L[i, k] * inverse[k, j]
            inverse[i, j] = value / L[i, i]


@kernel
def largest_count(chosen, counts):
    """Return the most units of any chosen state."""
    width = 0
    for i in chosen:
        width = max(width, int(counts[i]))
    return width


@kernel
def lay_out(chosen, states, shared, t, W):
    """Lay (M, t) of the chosen states side by side, one lane each; return the most units of any.

    W[i, j, lane] is the lower triangle of M, and t its last row. States of fewer units are filled
    up with the unit matrix.
    """
    A = shared.precision
    width = largest_count(chosen, states.counts)
    for lane in range(len(chosen)):
        state = states.units[chosen[lane]]
        n_active = np.int64(states.counts[chosen[lane]])
        for i in range(n_active):
            for j in range(i + 1):
                W[i, j, lane] = A[state[i], state[j]]
            W[width, i, lane] = t[state[i]]
        for i in range(n_active, width):
            for j in range(i):
                W[i, j, lane] = 0.0
            W[i, i, lane] = 1.0
            W[width, i, lane] = 0.0
        W[width, width, lane] = 0.0
    return width


@kernel
def eliminate(width, n_lanes, W, column):
    """Turn M into its pivots and the corner into -t' M^-1 t, lane by lane."""
    for p in range(width):
        for i in range(p + 1, width + 1):
            for lane in range(n_lanes):
                column[i, lane] = W[i, p, lane] / W[p, p, lane]
            for j in range(p + 1, i + 1):
                for lane in range(n_lanes):
                    W[i, j, lane] -= column[i, lane] * W[j, p, lane]


@kernel
def score_states(filled, states, shared, t, lanes):
    """Score all states of a patch from nothing, by eliminating their units lane by lane."""
    W = lanes.matrix
    width = lay_out(lanes.numbers[:filled], states, shared, t, W)
    eliminate(width, filled, W, lanes.column)
    for lane in range(filled):
        score = -0.5 * W[width, width, lane]
        determinant = 1.0
        for i in range(states.counts[lane]):
            score += shared.unit_scores[states.units[lane, i]]
            determinant *= W[i, i, lane]
        states.scores[lane] = score - 0.5 * np.log(determinant) if determinant > 0.0 else NEVER


@kernel
def normalise(scores, filled, q):
    """Fill `q` with the truncated posterior (S5)."""
    highest = scores[0]
    for i in range(1, filled):
        highest = max(highest, scores[i])
    total = 0.0
    for i in range(filled):
        q[i] = np.exp(scores[i] - highest)
        total += q[i]
    for i in range(filled):
        q[i] /= total


@kernel
def sweep(width, n_lanes, lanes):
    """Turn (M, t) of every lane into (-M^-1, M^-1 t); the product of the pivots is |M|.

    The innermost loops run over lanes, so that the processor does several states at once.
    """
    for p in range(width):
        take_column(p, width, n_lanes, lanes)
        update_lanes(p, width, n_lanes, lanes)


@kernel
def take_column(p, width, n_lanes, lanes):
    """Set aside the pivots, and their column with and without division by them."""
    W, pivots = lanes.matrix, lanes.pivots
    for lane in range(n_lanes):
        pivots[p, lane] = W[p, p, lane]
    for i in range(width + 1):
        row, place = max(i, p), min(i, p)
        for lane in range(n_lanes):
            lanes.column[i, lane] = W[row, place, lane]
            lanes.factor[i, lane] = lanes.column[i, lane] / pivots[p, lane]


@kernel
def update_lanes(p, width, n_lanes, lanes):
    """Subtract the product of column and factor everywhere but in the pivot's row and column."""
    W, column, factor = lanes.matrix, lanes.column, lanes.factor
    for i in range(width + 1):
        if i != p:
            for j in range(i + 1):
                if j != p:
                    for lane in range(n_lanes):
                        W[i, j, lane] -= factor[i, lane] * column[j, lane]
            row, place = max(i, p), min(i, p)
            for lane in range(n_lanes):
                W[row, place, lane] = factor[i, lane]
    for lane in range(n_lanes):
        W[p, p, lane] = -1.0 / lanes.pivots[p, lane]
