"""Compiled kernels that improve the set of states of a patch, best first."""

from typing import NamedTuple

import numpy as np

from zeroshot_em.core.models.sssc import _states
from zeroshot_em.core.models.sssc._states import (
    append_unit,
    new_factor,
    new_lanes,
    score_state,
    score_states,
    slab_covariance,
    slab_mean,
)

kernel = _states.kernel
owning_kernel = _states.owning_kernel


class Search(NamedTuple):
    """Scratch for the search: the states' hashes, whether each was a parent; the proposals.

    `parent` are the units of the state that is varied, whose own place a child may take.
    """

    hashes: np.ndarray
    expanded: np.ndarray
    gains: np.ndarray
    best: np.ndarray
    parent: np.ndarray


class Child(NamedTuple):
    """A state that lacks a unit of its parent (by its place, or -1) or has one more (or -1)."""

    score: float
    hashed: int
    removed: int
    added: int


@kernel
def state_hash(state, n_active, words):
    """Zobrist hash: the exclusive or of one random word a unit, whatever their order."""
    value = np.uint64(0)
    for i in range(n_active):
        value ^= words[state[i]]
    return value


@kernel
def is_known(hashed, hashes, filled):
    """Tell whether a state is in the set already."""
    for i in range(filled):  # noqa: SIM110 (generators do not compile)
        if hashes[i] == hashed:
            return True
    return False


@kernel
def write_child(child, parent, n_active, states, place):
    """Write the units of a child in a place of the set."""
    units = states.units[place]
    n_child = 0
    for i in range(n_active):
        if i != child.removed:
            units[n_child] = parent[i]
            n_child += 1
    if child.added >= 0:
        units[n_child] = child.added
        n_child += 1
    states.counts[place] = n_child
    states.scores[place] = child.score


@kernel
def offer(child, parent, n_active, states, search, filled):
    """Put a child into the set of states, if there is room or it is better than the worst there.

    Returns the new number of states in the set.
    """
    scores = states.scores
    place = filled
    if filled == len(scores):
        place = np.argmin(scores)
        if child.score <= scores[place]:
            return filled
    else:
        filled += 1
    write_child(child, parent, n_active, states, place)
    search.hashes[place] = child.hashed
    search.expanded[place] = False
    return filled


@kernel
def residual_gains(state, n_active, mean, t, shared, gains):
    """Rank the units by what adding them would gain, with A_hh for their Schur complement."""
    offsets, factors = shared.gain_offsets, shared.gain_factors
    for h in range(len(gains)):
        gains[h] = t[h]
    for i in range(n_active):
        coefficient = np.float32(mean[i])
        row = shared.precision32[state[i]]
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
def try_removals(n_active, about, shared, factor, states, search, filled):
    """Offer the parent without each of its units; return how many are kept and were scored."""
    score, parent_hash = about
    units, hashes, words, a = search.parent, search.hashes, shared.words, shared.unit_scores
    slab_covariance(n_active, factor)
    n_scored = 0
    for i in range(n_active):
        hashed = parent_hash ^ words[units[i]]
        if not is_known(hashed, hashes, filled):
            mean, variance = factor.mean[i], factor.covariance[i, i]
            gain = 0.5 * (np.log(variance) + mean * mean / variance)
            child = Child(score - a[units[i]] - gain, hashed, i, -1)
            filled = offer(child, units, n_active, states, search, filled)
            n_scored += 1
    return filled, n_scored


@kernel
def try_additions(n_active, about, shared, t, factor, states, search, filled):
    """Offer the parent with each of the best units; return how many are kept and were scored."""
    score, parent_hash = about
    units, hashes, words, best = search.parent, search.hashes, shared.words, search.best
    propose_units(n_active, shared, t, factor, search)
    n_scored = 0
    for unit in best:
        if unit < 0:
            break
        hashed = parent_hash ^ words[unit]
        if not is_known(hashed, hashes, filled):
            gain = append_unit(unit, units, n_active, shared, t, factor)
            child = Child(score + gain, hashed, -1, unit)
            filled = offer(child, units, n_active, states, search, filled)
            n_scored += 1
    return filled, n_scored


@kernel
def propose_units(n_active, shared, t, factor, search):
    """Find the units of largest residual gain that the state does not have."""
    units, gains = search.parent, search.gains
    residual_gains(units, n_active, factor.mean, t, shared, gains)
    for i in range(n_active):
        gains[units[i]] = -np.inf
    best_units(gains, search.best)


@kernel
def expand(chosen, shared, t, factor, states, search, filled):
    """Vary one state; return how many states there are then and how many were scored."""
    n_active = np.int64(states.counts[chosen])
    for i in range(n_active):
        search.parent[i] = states.units[chosen, i]
    score = score_state(search.parent, n_active, shared, t, factor)
    slab_mean(n_active, factor)
    about = (score, search.hashes[chosen])
    n_removed = n_added = 0
    if n_active > 1:
        filled, n_removed = try_removals(n_active, about, shared, factor, states, search, filled)
    if n_active < states.units.shape[1]:
        filled, n_added = try_additions(n_active, about, shared, t, factor, states, search, filled)
    return filled, n_removed + n_added


@kernel
def begin(filled, states, shared, search):
    """Hash the states of a patch; none was a parent yet."""
    for i in range(filled):
        search.hashes[i] = state_hash(states.units[i], states.counts[i], shared.words)
        search.expanded[i] = False


@kernel
def evolve(t, shared, n_parents, states, filled, scratch):
    """Improve the set of states of one patch; return how many it has and how many were scored."""
    factor, lanes, search = scratch
    n_scored = filled
    score_states(filled, states, shared, t, lanes)
    begin(filled, states, shared, search)
    for _ in range(n_parents):
        chosen = choose_parent(states.scores, search.expanded, filled)
        if chosen < 0:
            break
        search.expanded[chosen] = True
        filled, scored = expand(chosen, shared, t, factor, states, search, filled)
        n_scored += scored
    return filled, n_scored


@owning_kernel
def new_search(states, n_units, n_additions):
    """Return scratch for the search among so many states and units."""
    max_states, max_active = states.units.shape[1:]
    return Search(
        np.empty(max_states, np.uint64),
        np.empty(max_states, np.bool_),
        np.empty(n_units, np.float32),
        np.empty(n_additions, np.int64),
        np.empty(max_active, states.units.dtype),
    )


@owning_kernel
def evolve_tile(T, shared, n_parents, n_additions, states, n_states):
    """Improve the states of all patches of a tile in place; return how many were scored."""
    units, counts, scores = states
    max_states, max_active = units.shape[1:]
    search = new_search(states, T.shape[1], n_additions)
    scratch = (new_factor(max_active), new_lanes(max_active, max_states), search)
    n_scored = 0
    for n in range(len(T)):
        own = _states.States(units[n], counts[n], scores[n])
        n_states[n], scored = evolve(T[n], shared, n_parents, own, n_states[n], scratch)
        n_scored += scored
    return n_scored
