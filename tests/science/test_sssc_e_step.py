"""The E-step of spike-and-slab sparse coding against dense and obvious versions of it."""

import importlib
import sys

import numpy as np
import pytest
import slow_sssc as slow
from scipy.special import logsumexp, softmax

from zeroshot_em.core import parallel
from zeroshot_em.core.models.sssc import _kernels as kernels
from zeroshot_em.core.models.sssc import _search as search
from zeroshot_em.core.models.sssc import _states as states_of
from zeroshot_em.core.models.sssc.inference import (
    MAX_ACTIVE,
    N_ADDITIONS,
    TILE,
    Precomputed,
    StateSets,
    evolve,
    hash_words,
)
from zeroshot_em.core.models.sssc.statistics import Statistics


def shared_of(parameters) -> Precomputed:
    """Return what all patches share in an E-step."""
    return Precomputed(parameters, words(len(parameters.priors)))


def projections(parameters, patches) -> np.ndarray:
    """Return T in double precision."""
    scaled = patches @ parameters.components.T / parameters.noise_variance
    return scaled + parameters.latent_means / parameters.latent_variances


def score(parameters, state, projection) -> float:
    """Return a state's log-joint relative to the empty state, from nothing."""
    shared = shared_of(parameters)
    units = np.array(state, np.uint16)
    factor = states_of.new_factor(MAX_ACTIVE)
    return states_of.score_state(units, len(units), shared.arrays, projection, factor)


def sets_of(states, n_states, n_components) -> StateSets:
    """Return the state sets of one patch that keeps these states."""
    sets = StateSets.start(1, n_states, n_components)
    for i, state in enumerate(states):
        sets.states[0, i, : len(state)] = state
        sets.counts[0, i] = len(state)
    sets.n_states[0] = len(states)
    return sets


def kept(sets: StateSets, n: int) -> list[tuple[int, ...]]:
    """Return the states of patch `n`, the units of each in ascending order."""
    return [
        tuple(sorted(int(unit) for unit in sets.states[n, i, : sets.counts[n, i]]))
        for i in range(sets.n_states[n])
    ]


def e_step(model, patches, sets) -> Statistics:
    data = patches.astype(np.float32)
    return model._e_step(data, sets, slice(0, len(data)))


def words(n_components: int) -> np.ndarray:
    return hash_words(np.random.default_rng(0), n_components)


# States


def test_log_joint_of_every_state_is_that_of_the_dense_normal():
    parameters = slow.planted(5, 7)
    patches, _ = slow.sample(parameters, 6)
    empty = slow.log_joint(parameters, (), patches)
    for state in slow.all_states(5):
        expected = slow.log_joint(parameters, state, patches) - empty
        scores = [score(parameters, state, t) for t in projections(parameters, patches)]
        np.testing.assert_allclose(scores, expected, rtol=1e-10, atol=1e-10)


def test_gain_of_an_appended_unit_is_the_difference_of_two_scores():
    parameters = slow.planted(6, 7)
    shared = shared_of(parameters)
    (projection,) = projections(parameters, slow.sample(parameters, 1)[0])
    for state in slow.all_states(6):
        for unit in set(range(6)) - set(state):
            units = np.array(state, np.uint16)
            arguments = (shared.arrays, projection, states_of.new_factor(6))
            before = states_of.score_state(units, len(units), *arguments)
            gain = states_of.append_unit(unit, units, len(units), *arguments)
            after = score(parameters, (*state, unit), projection)
            assert before + gain == pytest.approx(after, rel=1e-10)


@pytest.mark.parametrize("state", [(3,), (4, 1), (0, 2, 5), (5, 4, 3, 2, 1, 0)])
def test_slab_posterior_of_a_state_is_the_conditioned_dense_normal(state):
    parameters = slow.planted(6, 7)
    patches, _ = slow.sample(parameters, 1)
    shared, k = shared_of(parameters), len(state)
    factor, projection = states_of.new_factor(k), projections(parameters, patches)[0]
    states_of.score_state(np.array(state), k, shared.arrays, projection, factor)
    states_of.slab_mean(k, factor)
    states_of.slab_covariance(k, factor)
    expected_mean, expected_covariance = slow.slab_posterior(parameters, state, patches[0])
    np.testing.assert_allclose(factor.mean, expected_mean[list(state)], rtol=1e-9)
    expected = np.tril(expected_covariance[np.ix_(state, state)])
    np.testing.assert_allclose(np.tril(factor.covariance), expected, atol=1e-10)


def test_sweep_inverts_the_precision_of_every_lane():
    """States of unequal size side by side: minus covariance, mean, and determinant of each."""
    parameters = slow.planted(6, 7)
    patches, _ = slow.sample(parameters, 1)
    shared = shared_of(parameters)
    projection = projections(parameters, patches)[0]
    states = [(3,), (4, 1), (), (0, 2, 5), (5, 4, 3, 2)]
    sets = sets_of(states, 5, 6)
    lanes = states_of.new_lanes(6, 5)
    lanes.matrix[:] = lanes.pivots[:] = np.nan
    own = states_of.States(sets.states[0], sets.counts[0], sets.scores[0])
    width = states_of.lay_out(np.arange(5), own, shared.arrays, projection, lanes.matrix)
    assert width == 4
    states_of.sweep(width, 5, lanes)
    for lane, state in enumerate(states):
        units, k = list(state), len(state)
        mean, covariance = slow.slab_posterior(parameters, state, patches[0])
        np.testing.assert_allclose(lanes.matrix[width, :k, lane], mean[units], rtol=1e-9)
        expected = np.tril(covariance[np.ix_(units, units)])
        np.testing.assert_allclose(-np.tril(lanes.matrix[:k, :k, lane]), expected, atol=1e-10)
        determinant = np.linalg.det(shared.arrays.precision[np.ix_(units, units)])
        assert lanes.pivots[:width, lane].prod() == pytest.approx(determinant)


def test_every_child_by_removal_or_addition_has_the_score_of_its_state():
    """One parent of three among six units: its removals and its best additions are all tried."""
    parameters = slow.planted(6, 7)
    patches, _ = slow.sample(parameters, 1, seed=2)
    shared = shared_of(parameters)
    projection = shared.project(patches)
    sets = sets_of([(1, 2, 4)], 20, 6)
    n_scored = evolve(projection, sets, shared, 1)
    found = kept(sets, 0)
    assert set(found) == {
        (1, 2, 4), (2, 4), (1, 4), (1, 2), (0, 1, 2, 4), (1, 2, 3, 4), (1, 2, 4, 5),
    }  # fmt: skip
    assert n_scored == len(found) == 7
    assert N_ADDITIONS >= 3
    expected = [score(parameters, state, projection[0]) for state in found]
    np.testing.assert_allclose(sets.scores[0, :7], expected, rtol=1e-10)


def test_evolved_sets_hold_distinct_states_with_scores_of_their_own():
    parameters = slow.planted(9, 12, seed=3)
    patches, _ = slow.sample(parameters, 40)
    shared = shared_of(parameters)
    projection = shared.project(patches)
    sets = StateSets.start(len(patches), 12, 9)
    for _ in range(3):
        evolve(projection, sets, shared, 4)
    for n in range(len(patches)):
        states = kept(sets, n)
        assert len(set(states)) == len(states) == 12
        expected = [score(parameters, state, projection[n]) for state in states]
        np.testing.assert_allclose(sets.scores[n], expected, rtol=1e-9)


def test_evolution_never_loses_a_better_state():
    parameters = slow.planted(9, 12, seed=4)
    patches, _ = slow.sample(parameters, 40)
    shared = shared_of(parameters)
    projection = shared.project(patches)
    sets = StateSets.start(len(patches), 10, 9)
    best = np.full((len(patches), 10), -np.inf)
    for _ in range(5):
        evolve(projection, sets, shared, 2)
        scores = np.where(np.arange(10) < sets.n_states[:, None], sets.scores, -np.inf)
        ranked = np.sort(scores)[:, ::-1]
        assert (ranked >= best - 1e-9).all()
        best = ranked


def test_evolution_finds_the_most_probable_states():
    """Of 2^9 states, nearly all posterior mass lies in 16 that are found from nothing."""
    parameters = slow.planted(9, 20, seed=5)
    patches, _ = slow.sample(parameters, 100)
    shared = shared_of(parameters)
    sets = StateSets.start(len(patches), 16, 9)
    evolve(shared.project(patches), sets, shared, 12)
    joint = np.array([slow.log_joint(parameters, s, patches) for s in slow.all_states(9)])
    joint -= slow.log_joint(parameters, (), patches)
    best = logsumexp(np.sort(joint, axis=0)[-16:], axis=0)
    assert np.mean(best - logsumexp(sets.scores, axis=1)) < 0.05


def test_residual_gains_rank_by_what_an_addition_gains_at_its_own_variance():
    """Adding a unit whose Schur complement is taken to be A_hh gains so much."""
    parameters = slow.planted(6, 7)
    shared = shared_of(parameters)
    (projection,) = shared.project(slow.sample(parameters, 1)[0])
    mean = np.array([0.7, -1.2])
    gains = np.empty(6, np.float32)
    search.residual_gains(np.array([4, 1]), 2, mean, projection, shared.arrays, gains)
    residual = projection - mean @ shared.arrays.precision[[4, 1]]
    diagonal = shared.arrays.precision.diagonal()
    expected = shared.arrays.unit_scores - 0.5 * np.log(diagonal) + 0.5 * residual**2 / diagonal
    np.testing.assert_allclose(gains, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n_best", [1, 3, 8])
def test_best_units_are_the_largest_gains_in_order(n_best):
    rng = np.random.default_rng(0)
    for _ in range(20):
        gains = rng.normal(size=30).astype(np.float32)
        gains[rng.choice(30, 25, replace=False)] = -np.inf
        best = np.empty(n_best, np.int64)
        search.best_units(gains, best)
        ranked = np.argsort(-gains)[: min(n_best, 5)]
        np.testing.assert_array_equal(
            best, np.pad(ranked, (0, n_best - len(ranked)), constant_values=-1)
        )


def test_hash_of_a_state_does_not_depend_on_the_order_of_its_units():
    table = words(40)
    hashes = {search.state_hash(np.array(s, np.int64), len(s), table) for s in slow.all_states(12)}
    assert len(hashes) == 2**12
    assert search.state_hash(np.array([3, 1, 2]), 3, table) == search.state_hash(
        np.array([2, 3, 1]), 3, table
    )


@pytest.mark.parametrize("shift", [0.0, -1e6, 1e6])
def test_truncated_posterior_is_the_softmax(shift):
    scores = np.random.default_rng(0).normal(0, 20, 30) + shift
    q = np.empty(30)
    states_of.normalise(scores, 30, q)
    np.testing.assert_allclose(q, softmax(scores), rtol=1e-8)


# Statistics and the bound


@pytest.mark.parametrize(("n_states", "n_passes"), [(6, 2), (32, 1)])
def test_statistics_equal_those_written_out(n_states, n_passes):
    parameters = slow.planted(5, 7)
    patches = slow.sample(parameters, 30)[0].astype(np.float32).astype(float)
    model = slow.model_of(parameters, n_states)
    sets = StateSets.start(len(patches), n_states, 5)
    for _ in range(n_passes):
        statistics = e_step(model, patches, sets)
    expected = Statistics.zeros(5, 7)
    for n, patch in enumerate(patches):
        states = kept(sets, n)
        q = slow.truncated_posterior(parameters, states, patch)
        expected.energy += patch @ patch
        for state, weight in zip(states, q, strict=True):
            mean, covariance = slow.slab_posterior(parameters, state, patch)
            expected.activity += weight * np.isin(np.arange(5), state)
            expected.slab_sum += weight * mean
            expected.slab_moment += weight * (covariance + np.outer(mean, mean))
            expected.correlation += weight * np.outer(mean, patch)
            block = covariance[np.ix_(state, state)]
            slab_entropy = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * block)[1] if state else 0.0
            expected.entropy += weight * (slab_entropy - np.log(weight))
    assert statistics.n_patches == 30
    for name in ("activity", "slab_sum", "slab_moment", "correlation", "energy", "entropy"):
        np.testing.assert_allclose(
            getattr(statistics, name), getattr(expected, name), rtol=1e-5, atol=1e-4, err_msg=name
        )


def test_statistics_of_parts_add_up_and_stay():
    parameters = slow.planted()
    model = slow.model_of(parameters)
    patches, _ = slow.sample(parameters, 50)
    parts = [
        e_step(model, patches[rows], StateSets.start(len(patches[rows]), 32, 5))
        for rows in (slice(20), slice(20, 50))
    ]
    before = parts[0].correlation.copy()
    total = Statistics.sum(parts)
    whole = e_step(model, patches, StateSets.start(50, 32, 5))
    for name, value in vars(whole).items():
        np.testing.assert_allclose(getattr(total, name), value, rtol=1e-10, atol=1e-10)
    np.testing.assert_array_equal(parts[0].correlation, before)


def test_squared_error_is_that_of_the_posterior():
    parameters = slow.planted()
    patches = slow.sample(parameters, 20)[0].astype(np.float32).astype(float)
    statistics = e_step(slow.model_of(parameters), patches, StateSets.start(20, 32, 5))
    other = slow.planted(seed=9).components
    expected = 0.0
    for patch in patches:
        q = slow.truncated_posterior(parameters, slow.all_states(5), patch)
        for state, weight in zip(slow.all_states(5), q, strict=True):
            mean, covariance = slow.slab_posterior(parameters, state, patch)
            residual = patch - mean @ other
            expected += weight * (residual @ residual + np.trace(other.T @ covariance @ other))
    assert statistics.squared_error(other) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("n_states", [8, 40])
def test_bound_after_an_e_step_is_the_sum_over_the_kept_states(n_states):
    """(S6), whether or not all states are kept."""
    parameters = slow.planted(seed=6)
    patches = slow.sample(parameters, 40)[0].astype(np.float32).astype(float)
    model = slow.model_of(parameters, n_states)
    sets = StateSets.start(len(patches), n_states, 5)
    for _ in range(2):
        statistics = e_step(model, patches, sets)
    expected = np.mean(
        [
            logsumexp([slow.log_joint(parameters, s, patch)[0] for s in kept(sets, n)])
            for n, patch in enumerate(patches)
        ]
    )
    assert model._lower_bound(statistics) == pytest.approx(expected, abs=1e-6)


def test_bound_under_other_parameters_is_the_expectation_written_out():
    parameters, other = slow.planted(3, 5), slow.planted(3, 5, seed=8, noise_variance=0.7)
    patches = slow.sample(parameters, 10)[0].astype(np.float32).astype(float)
    statistics = e_step(slow.model_of(parameters), patches, StateSets.start(10, 8, 3))
    expected = slow.lower_bound(other, parameters, patches)
    assert slow.model_of(other)._lower_bound(statistics) == pytest.approx(expected, rel=1e-6)


def test_with_room_for_all_states_the_free_energy_is_the_log_likelihood():
    parameters = slow.planted()
    patches, _ = slow.sample(parameters, 200)
    expected = slow.log_likelihood(parameters, patches)
    for n_states in (32, 33, 100):
        model = slow.model_of(parameters, n_states)
        assert model.free_energy(patches) == pytest.approx(expected, abs=1e-5)
    assert slow.model_of(parameters, 6).free_energy(patches) < expected


# Precision and the compiler


def test_projections_are_double_because_errors_grow_with_the_signal_to_noise_ratio():
    """Where the line is.

    A score is quadratic in its projections. Rounding those to single precision costs up to 1e-6
    |y|^2 / sigma^2: nothing where grey values are ten times the noise (|y|^2 / sigma^2 = 1e4), but
    whole nats at 1e8, and with them the posterior. Patches may be single: rounding them changes
    the data by what no camera resolves, and all that is computed from them alike.
    """
    draw = slow.sample(slow.planted(8, 36), 200)[0].astype(np.float32)
    energy = np.mean(np.sum(draw.astype(float) ** 2, axis=1))
    for ratio in (1e2, 1e4, 1e6, 1e8):
        parameters = slow.planted(8, 36, noise_variance=energy / ratio)
        exact = projections(parameters, draw.astype(float))
        used = shared_of(parameters).project(draw)

        def largest_error(projection, exact=exact, parameters=parameters):
            return max(
                abs(score(parameters, range(8), t) - score(parameters, range(8), t_exact))
                for t, t_exact in zip(projection, exact, strict=True)
            )

        assert largest_error(used) < 1e-13 * ratio
        assert 1e-8 * ratio < largest_error(exact.astype(np.float32).astype(float)) < 1e-6 * ratio


def test_proposals_ranked_in_single_precision_are_scored_in_double():
    parameters = slow.planted(8, 36, noise_variance=1e-4)
    patches, _ = slow.sample(parameters, 30)
    shared = shared_of(parameters)
    projection = shared.project(patches)
    sets = StateSets.start(30, 16, 8)
    evolve(projection, sets, shared, 6)
    for n in range(30):
        for i, state in enumerate(kept(sets, n)):
            expected = score(parameters, state, projection[n])
            assert sets.scores[n, i] == pytest.approx(expected, rel=1e-9, abs=1e-6)


@pytest.fixture
def plain(monkeypatch):
    """The modules of the kernels, not compiled: of states, of the search, of tiles."""
    for compiler in ("kernel", "inlined_kernel"):
        monkeypatch.setattr(parallel, compiler, lambda function: function)
    package = sys.modules[kernels.__package__]
    modules = []
    for compiled in (states_of, search, kernels):
        name = compiled.__name__
        monkeypatch.setattr(package, name.rpartition(".")[2], compiled)
        monkeypatch.delitem(sys.modules, name)
        modules.append(importlib.import_module(name))
        monkeypatch.setitem(sys.modules, name, modules[-1])
    return modules


def run_kernels(modules, parameters, patches, counts) -> list:
    """Return all that the kernels of tiles give."""
    _, of_search, of_tiles = modules
    shared = shared_of(parameters)
    projection = shared.project(patches)
    by_hand = np.empty_like(projection)
    of_tiles.project_tile(patches, shared.projector, shared.projection_offset, by_hand)
    np.testing.assert_array_equal(by_hand, projection)
    sets = StateSets.start(len(patches), 10, len(parameters.priors))
    sets.counts = sets.counts.astype(counts)
    n_scored = of_search.evolve_tile(projection, shared.arrays, 4, 3, *sets.arrays())
    total = Statistics.zeros(*parameters.components.shape)
    sums = kernels.Sums(total.activity, total.slab_sum, total.slab_moment, total.correlation)
    entropy = of_tiles.accumulate_tile(projection, patches, shared.arrays, *sets.arrays(), sums)
    means, variances = np.empty((2, *patches.shape))
    of_tiles.reconstruct_tile(
        projection, shared.arrays, parameters.components, *sets.arrays(), means, variances
    )
    return [n_scored, entropy, means, variances, *vars(total).values(), *vars(sets).values()]


def test_kernels_compiled_and_not_give_the_same_numbers(plain):
    parameters = slow.planted(7, 9, seed=7)
    patches = slow.sample(parameters, 12)[0].astype(np.float32)
    compiled = run_kernels((states_of, search, kernels), parameters, patches, np.uint8)
    # Python does not widen small integers by itself.
    interpreted = run_kernels(plain, parameters, patches, np.int64)
    assert not isinstance(plain[1].evolve_tile, type(search.evolve_tile))
    assert not isinstance(plain[1].append_unit, type(search.append_unit))
    for one, other in zip(compiled, interpreted, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-12)


def test_bits_of_a_projection_do_not_depend_on_the_rows_beside_it():
    parameters = slow.planted(37, 25)
    patches = np.random.default_rng(0).normal(size=(TILE, 25)).astype(np.float32)
    shared = shared_of(parameters)
    whole = shared.project(patches)
    for start, stop in [(0, 1), (5, 6), (1, TILE), (100, 333)]:
        np.testing.assert_array_equal(shared.project(patches[start:stop]), whole[start:stop])
