"""Compiled kernels of spike-and-slab sparse coding; plain arrays in, plain arrays out.

A state is the list of the units that are active in it. With ``M = A[s, s]`` and ``t = T[n, s]``
(see `Precomputed` beside), the log-joint of a state and a patch relative to the
empty state is (S3)

    sum_{h in s} a_h - 1/2 log|M| + 1/2 t' M^-1 t,

and its slab posterior is normal with precision ``M`` and mean ``M^-1 t`` (S4). ``M = L L'`` is
held as the lower triangle ``L``; ``u = L^-1 t``.
"""

import numpy as np

from zeroshot_em.core.parallel import kernel

NEVER = -np.inf
NEGLIGIBLE = 1e-10


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
def append_unit(unit, state, n_active, A, a, t, L, u):
    """Extend the Cholesky factor of a state by one unit; return what the log-joint gains."""
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
    return a[unit] - 0.5 * np.log(diagonal) + 0.5 * projection * projection / diagonal


@kernel
def score_state(state, n_active, A, a, t, L, u):
    """Return the log-joint of a state from nothing, leaving its factor in `L` and `u`."""
    score = 0.0
    for i in range(n_active):
        score += append_unit(state[i], state, i, A, a, t, L, u)
    return score


@kernel
def slab_mean(n_active, L, u, mean):
    """Back substitution: mean = L'^-1 u."""
    for i in range(n_active - 1, -1, -1):
        value = u[i]
        for j in range(i + 1, n_active):
            value -= L[j, i] * mean[j]
        mean[i] = value / L[i, i]


@kernel
def slab_covariance(n_active, L, inverse, covariance):
    """Covariance = L'^-1 L^-1, the lower triangle."""
    for j in range(n_active):
        inverse[j, j] = 1.0 / L[j, j]
        for i in range(j + 1, n_active):
            value = 0.0
            for k in range(j, i):
                value -= L[i, k] * inverse[k, j]
            inverse[i, j] = value / L[i, i]
    for i in range(n_active):
        for j in range(i + 1):
            value = 0.0
            for k in range(i, n_active):
                value += inverse[k, i] * inverse[k, j]
            covariance[i, j] = value


@kernel
def state_hash(state, n_active, words):
    """Zobrist hash: the exclusive or of one random word a unit, whatever their order."""
    value = np.uint64(0)
    for i in range(n_active):
        value ^= words[state[i]]
    return value


@kernel
def offer(
    score,
    hashed,
    parent,
    n_active,
    removed,
    added,
    states,
    counts,
    scores,
    hashes,
    expanded,
    filled,
):
    """Put a child of `parent` into the set of states, if it is better than the worst there.

    The child lacks the unit at position `removed` (or none, -1) and has the unit `added` (or none).
    Returns the new number of states in the set.
    """
    place = filled
    if filled == len(scores):
        place = np.argmin(scores)
        if score <= scores[place]:
            return filled
    else:
        filled += 1
    n_child = 0
    for i in range(n_active):
        if i != removed:
            states[place, n_child] = parent[i]
            n_child += 1
    if added >= 0:
        states[place, n_child] = added
        n_child += 1
    counts[place] = n_child
    scores[place] = score
    hashes[place] = hashed
    expanded[place] = False
    return filled


@kernel
def is_known(hashed, hashes, filled):
    """Tell whether a state is in the set already."""
    for i in range(filled):  # noqa: SIM110 (generators do not compile)
        if hashes[i] == hashed:
            return True
    return False


@kernel
def residual_gains(state, n_active, mean, t, A32, offsets, factors, gains):
    """Rank the units by what adding them would gain, with A_hh for their Schur complement."""
    gains[:] = t
    for i in range(n_active):
        coefficient = np.float32(mean[i])
        row = A32[state[i]]
        for h in range(len(gains)):
            gains[h] -= coefficient * row[h]
    for h in range(len(gains)):
        gains[h] = offsets[h] + factors[h] * gains[h] * gains[h]


@kernel
def best_units(gains, best):
    """Fill `best` with the units of the largest gains, the largest first."""
    n_best = len(best)
    lowest = np.float32(-np.inf)
    for i in range(n_best):
        best[i] = -1
    for h in range(len(gains)):
        if gains[h] > lowest:
            place = n_best - 1
            while place > 0 and (best[place - 1] < 0 or gains[h] > gains[best[place - 1]]):
                best[place] = best[place - 1]
                place -= 1
            best[place] = h
            if best[n_best - 1] >= 0:
                lowest = gains[best[n_best - 1]]


@kernel
def choose_parent(scores, expanded, filled):
    """Return the best state that was not a parent yet, or -1."""
    chosen = -1
    for i in range(filled):
        if not expanded[i] and (chosen < 0 or scores[i] > scores[chosen]):
            chosen = i
    return chosen


@kernel
def lay_out(chosen, states, counts, A, t, W):
    """Lay (M, t) of the chosen states side by side, one lane each; return the most units of any.

    W[i, j, lane] is the lower triangle of M, and t its last row. States of fewer units are filled
    up with the unit matrix.
    """
    width = 0
    for i in chosen:
        width = max(width, int(counts[i]))
    for lane in range(len(chosen)):
        state = states[chosen[lane]]
        n_active = np.int64(counts[chosen[lane]])
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
def score_states(filled, states, counts, A, a, t, W, column, scores):
    """Score all states of a patch from nothing, by eliminating their units lane by lane."""
    width = lay_out(np.arange(filled), states, counts, A, t, W)
    for p in range(width):
        for i in range(p + 1, width + 1):
            for lane in range(filled):
                column[i, lane] = W[i, p, lane] / W[p, p, lane]
            for j in range(p + 1, i + 1):
                for lane in range(filled):
                    W[i, j, lane] -= column[i, lane] * W[j, p, lane]
    for lane in range(filled):
        score = -0.5 * W[width, width, lane]
        determinant = 1.0
        for i in range(counts[lane]):
            score += a[states[lane, i]]
            determinant *= W[i, i, lane]
        scores[lane] = score - 0.5 * np.log(determinant) if determinant > 0.0 else NEVER


@kernel
def evolve(
    t, A, A32, a, offsets, factors, words, n_parents, states, counts, scores, hashes, filled,
    L, u, mean, inverse, covariance, W, column, gains, best, expanded, parent,
):  # fmt: skip
    """Improve the set of states of one patch; return how many it has and how many were scored."""
    max_active = states.shape[1]
    n_scored = filled
    score_states(filled, states, counts, A, a, t, W, column, scores)
    for i in range(filled):
        hashes[i] = state_hash(states[i], counts[i], words)
        expanded[i] = False
    for _ in range(n_parents):
        chosen = choose_parent(scores, expanded, filled)
        if chosen < 0:
            break
        expanded[chosen] = True
        n_active = counts[chosen]
        parent[:n_active] = states[chosen, :n_active]
        parent_hash = hashes[chosen]
        score = score_state(parent, n_active, A, a, t, L, u)
        slab_mean(n_active, L, u, mean)
        if n_active > 1:
            slab_covariance(n_active, L, inverse, covariance)
            for i in range(n_active):
                hashed = parent_hash ^ words[parent[i]]
                if not is_known(hashed, hashes, filled):
                    variance = covariance[i, i]
                    child = (
                        score
                        - a[parent[i]]
                        - 0.5 * (np.log(variance) + mean[i] * mean[i] / variance)
                    )
                    n_scored += 1
                    filled = offer(child, hashed, parent, n_active, i, -1, states, counts,
                                   scores, hashes, expanded, filled)  # fmt: skip
        if n_active == max_active:
            continue
        residual_gains(parent, n_active, mean, t, A32, offsets, factors, gains)
        for i in range(n_active):
            gains[parent[i]] = -np.inf
        best_units(gains, best)
        for unit in best:
            if unit < 0:
                break
            hashed = parent_hash ^ words[unit]
            if not is_known(hashed, hashes, filled):
                child = score + append_unit(unit, parent, n_active, A, a, t, L, u)
                n_scored += 1
                filled = offer(child, hashed, parent, n_active, -1, unit, states, counts,
                               scores, hashes, expanded, filled)  # fmt: skip
    return filled, n_scored


@kernel
def evolve_tile(
    T, A, A32, a, offsets, factors, words, n_parents, n_additions, states, counts, n_states, scores
):
    """Improve the states of all patches of a tile in place; return how many were scored."""
    n_patches, n_units = T.shape
    max_states, max_active = states.shape[1:]
    L = np.empty((max_active + 1, max_active + 1))
    inverse = np.empty((max_active, max_active))
    covariance = np.empty((max_active, max_active))
    u = np.empty(max_active + 1)
    mean = np.empty(max_active)
    W = np.empty((max_active + 1, max_active + 1, max_states))
    column = np.empty((max_active + 1, max_states))
    gains = np.empty(n_units, np.float32)
    best = np.empty(n_additions, np.int64)
    hashes = np.empty(max_states, np.uint64)
    expanded = np.empty(max_states, np.bool_)
    parent = np.empty(max_active, states.dtype)
    n_scored = 0
    for n in range(n_patches):
        n_states[n], scored = evolve(
            T[n], A, A32, a, offsets, factors, words, n_parents,
            states[n], counts[n], scores[n], hashes, n_states[n],
            L, u, mean, inverse, covariance, W, column, gains, best, expanded, parent,
        )  # fmt: skip
        n_scored += scored
    return n_scored


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
def sweep(width, n_lanes, W, pivots, column, factor):
    """Turn (M, t) of every lane into (-M^-1, M^-1 t); the product of the pivots is |M|.

    The innermost loops run over lanes, so that the processor does several states at once.
    """
    for p in range(width):
        for lane in range(n_lanes):
            pivots[p, lane] = W[p, p, lane]
        for i in range(width + 1):
            row, place = max(i, p), min(i, p)
            for lane in range(n_lanes):
                column[i, lane] = W[row, place, lane]
                factor[i, lane] = column[i, lane] / pivots[p, lane]
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
            W[p, p, lane] = -1.0 / pivots[p, lane]


@kernel
def accumulate_tile(
    T, Y, A, states, counts, n_states, scores, activity, slab_sum, slab_moment, correlation
):
    """Add the sufficient statistics of a tile; return the entropy of its truncated posteriors.

    `activity` sums <s>, `slab_sum` <s z>, `slab_moment` <(s z)(s z)'> (every pair of units in one
    of the triangles, so both are to be added), `correlation` <s z> y'. A patch's sums are formed
    over the few units that its states have, numbered in the order in which they appear.
    """
    n_patches, n_units = T.shape
    max_states, max_active = states.shape[1:]
    n_pixels = Y.shape[1]
    W = np.empty((max_active + 1, max_active + 1, max_states))
    pivots = np.empty((max_active, max_states))
    column = np.empty((max_active + 1, max_states))
    factor = np.empty((max_active + 1, max_states))
    q = np.empty(max_states)
    chosen = np.empty(max_states, np.int64)
    max_found = min(n_units, max_states * max_active)
    number = np.full(n_units, -1)
    units = np.empty(max_found, np.int64)
    patch_activity = np.zeros(max_found)
    patch_sum = np.zeros(max_found)
    patch_moment = np.zeros(max_found * (max_found + 1) // 2)
    entropy = 0.0
    log_2_pi_e = np.log(2.0 * np.pi) + 1.0
    for n in range(n_patches):
        normalise(scores[n], n_states[n], q)
        n_chosen = 0
        for i in range(n_states[n]):
            if q[i] >= NEGLIGIBLE:
                chosen[n_chosen] = i
                n_chosen += 1
        width = lay_out(chosen[:n_chosen], states[n], counts[n], A, T[n], W)
        sweep(width, n_chosen, W, pivots, column, factor)
        n_found = 0
        for lane in range(n_chosen):
            weight = q[chosen[lane]]
            n_active = np.int64(counts[n, chosen[lane]])
            state = states[n, chosen[lane]]
            determinant = 1.0
            for j in range(n_active):
                determinant *= pivots[j, lane]
                if number[state[j]] < 0:
                    number[state[j]] = n_found
                    units[n_found] = state[j]
                    n_found += 1
                here = number[state[j]]
                mean = W[width, j, lane]
                patch_activity[here] += weight
                patch_sum[here] += weight * mean
                for k in range(j + 1):
                    there = number[state[k]]
                    row, place = max(here, there), min(here, there)
                    patch_moment[row * (row + 1) // 2 + place] += weight * (
                        mean * W[width, k, lane] - W[j, k, lane]
                    )
            entropy += weight * (
                0.5 * (n_active * log_2_pi_e - np.log(determinant)) - np.log(weight)
            )
        for i in range(n_found):
            unit = units[i]
            activity[unit] += patch_activity[i]
            slab_sum[unit] += patch_sum[i]
            for d in range(n_pixels):
                correlation[unit, d] += patch_sum[i] * Y[n, d]
            for j in range(i + 1):
                slab_moment[unit, units[j]] += patch_moment[i * (i + 1) // 2 + j]
                patch_moment[i * (i + 1) // 2 + j] = 0.0
            patch_activity[i] = 0.0
            patch_sum[i] = 0.0
            number[unit] = -1
    return entropy


@kernel
def reconstruct_tile(T, A, a, components, states, counts, n_states, scores, means, variances):
    """Posterior mean (eq. 8, S11) and variance (S12) of every pixel of a tile."""
    n_patches = len(T)
    n_pixels = components.shape[1]
    max_states, max_active = states.shape[1:]
    L = np.empty((max_active + 1, max_active + 1))
    inverse = np.empty((max_active, max_active))
    covariance = np.empty((max_active, max_active))
    u = np.empty(max_active + 1)
    mean = np.empty(max_active)
    q = np.empty(max_states)
    estimate = np.empty(n_pixels)
    for n in range(n_patches):
        normalise(scores[n], n_states[n], q)
        means[n] = 0.0
        variances[n] = 0.0
        for i in range(n_states[n]):
            weight = q[i]
            if weight < NEGLIGIBLE:
                continue
            n_active = counts[n, i]
            state = states[n, i]
            score_state(state, n_active, A, a, T[n], L, u)
            slab_mean(n_active, L, u, mean)
            slab_covariance(n_active, L, inverse, covariance)
            estimate[:] = 0.0
            for j in range(n_active):
                field = components[state[j]]
                for d in range(n_pixels):
                    estimate[d] += mean[j] * field[d]
                for k in range(j + 1):
                    factor = covariance[j, k] * weight * (1.0 if k == j else 2.0)
                    other = components[state[k]]
                    for d in range(n_pixels):
                        variances[n, d] += factor * field[d] * other[d]
            for d in range(n_pixels):
                means[n, d] += weight * estimate[d]
                variances[n, d] += weight * estimate[d] * estimate[d]
        for d in range(n_pixels):
            variances[n, d] = max(variances[n, d] - means[n, d] * means[n, d], 0.0)
