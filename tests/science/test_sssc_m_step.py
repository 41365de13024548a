"""The M-step of spike-and-slab sparse coding, and exact EM, against versions written out."""

import numpy as np
import pytest
import slow_sssc as slow

from zeroshot_em.core.models.sssc.inference import StateSets
from zeroshot_em.core.models.sssc.statistics import ACTIVATION_BOUND, NOISE_FLOOR, VARIANCE_FLOOR

NAMES = ("components", "priors", "latent_means", "latent_variances", "noise_variance")


def e_step(model, patches, n_states=64):
    data = patches.astype(np.float32)
    sets = StateSets.start(len(data), n_states, len(model.components_))
    return model._e_step(data, sets, slice(0, len(data)))


def gradient(model, statistics, name) -> np.ndarray:
    """Return the derivative of the bound by one parameter, by central differences."""
    value = np.array(getattr(model._parameters, name), float)
    slopes = np.empty(value.size)
    for i in range(value.size):
        bounds = []
        for step in (1e-5, -1e-5):
            changed = value.copy()
            changed.flat[i] += step
            setattr(model._parameters, name, changed if value.ndim else float(changed))
            bounds.append(model._lower_bound(statistics))
        slopes[i] = (bounds[0] - bounds[1]) / 2e-5
    setattr(model._parameters, name, value if value.ndim else float(value))
    return slopes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_states", [10, 32])
def test_gradient_of_the_bound_is_zero_after_the_update(name, n_states):
    """The bound itself is compared with one written out in the tests of the E-step."""
    model = slow.model_of(slow.planted(5, 7, seed=1), n_states)
    patches, _ = slow.sample(slow.planted(5, 7, seed=2), 300)
    statistics = e_step(model, patches, n_states)
    before = np.abs(gradient(model, statistics, name)).max()
    model._m_step(statistics)
    assert np.abs(gradient(model, statistics, name)).max() < 1e-5 < 1e-2 < before


@pytest.mark.parametrize("name", NAMES)
def test_every_update_alone_raises_the_bound_most(name):
    """With the others as they are after the update, none is better than the updated value."""
    model = slow.model_of(slow.planted(5, 7, seed=1))
    patches, _ = slow.sample(slow.planted(5, 7, seed=2), 300)
    statistics = e_step(model, patches)
    model._m_step(statistics)
    best = model._lower_bound(statistics)
    value = getattr(model._parameters, name)
    for seed in range(10):
        factors = np.random.default_rng(seed).uniform(0.9, 1.1, np.shape(value))
        setattr(model._parameters, name, value * factors)
        assert model._lower_bound(statistics) < best


def test_one_step_equals_the_updates_written_out():
    parameters = slow.planted(3, 5, seed=1)
    patches = slow.sample(slow.planted(3, 5, seed=2), 60)[0].astype(np.float32).astype(float)
    activity, slab_sum, moment = np.zeros(3), np.zeros(3), np.zeros((3, 3))
    correlation, states = np.zeros((3, 5)), slow.all_states(3)
    for patch in patches:
        posterior = slow.truncated_posterior(parameters, states, patch)
        for state, weight in zip(states, posterior, strict=True):
            mean, covariance = slow.slab_posterior(parameters, state, patch)
            activity += weight * np.isin(np.arange(3), state)
            slab_sum += weight * mean
            moment += weight * (covariance + np.outer(mean, mean))
            correlation += weight * np.outer(mean, patch)
    components = np.linalg.solve(moment, correlation)
    error = (
        np.sum(patches**2)
        - 2 * np.sum(components * correlation)
        + np.trace(components @ components.T @ moment)
    )
    model = slow.model_of(parameters)
    model._m_step(e_step(model, patches))
    np.testing.assert_allclose(model.components_, components, rtol=1e-6)
    np.testing.assert_allclose(model.priors_, activity / 60, rtol=1e-6)
    means = slab_sum / activity
    np.testing.assert_allclose(model.latent_means_, means, rtol=1e-6)
    variances = np.diag(moment) / activity - means**2
    np.testing.assert_allclose(model.latent_variances_, variances, rtol=1e-6)
    assert model.noise_variance_ == pytest.approx(error / patches.size, rel=1e-6)


def test_exact_em_never_lowers_the_exact_log_likelihood():
    """With all 2^5 states the bound touches the likelihood, whose history is computed densely."""
    model = slow.model_of(slow.planted(5, 7, seed=1))
    patches, _ = slow.sample(slow.planted(5, 7, seed=2), 150)
    history = []
    for _ in range(12):
        statistics = e_step(model, patches)
        history.append(slow.log_likelihood(model._parameters, patches))
        assert model._lower_bound(statistics) == pytest.approx(history[-1], abs=1e-6)
        model._m_step(statistics)
    assert np.diff(history).min() > 0
    assert history[-1] > history[0] + 1


def test_unused_field_stays_and_its_prior_falls_to_the_bound():
    parameters = slow.planted(5, 7)
    parameters.components[3], parameters.priors[3] = 100.0, 1e-4
    parameters.latent_means[3], parameters.latent_variances[3] = 5.0, 1e-3
    model = slow.model_of(parameters)
    patches, _ = slow.sample(slow.planted(5, 7), 200)
    statistics = e_step(model, patches)
    assert statistics.activity[3] < 1e-6
    model._m_step(statistics)
    np.testing.assert_array_equal(model.components_[3], 100.0)
    assert model.latent_means_[3] == 5.0
    assert model.latent_variances_[3] == 1e-3
    assert model.priors_[3] == ACTIVATION_BOUND
    assert not np.isclose(model.components_[:3], parameters.components[:3]).any()


def test_bounds_of_the_parameters_hold_where_they_bind():
    """Patches without noise, all of one kind: the slab and the noise have no variance."""
    parameters = slow.planted(1, 6, noise_variance=0.1)
    model = slow.model_of(parameters)
    patches = np.tile(np.arange(1.0, 7.0), (100, 1))
    for _ in range(200):
        model._m_step(e_step(model, patches))
    assert model.priors_[0] == 1 - ACTIVATION_BOUND
    assert model.latent_variances_[0] >= VARIANCE_FLOOR
    assert model.noise_variance_ >= NOISE_FLOOR * np.mean(patches**2)
    assert model.noise_variance_ < 1e-4
    assert np.isfinite(model.free_energy(patches))
    np.testing.assert_allclose(model.reconstruct(patches)[0], patches, rtol=1e-3)
