"""What spike-and-slab sparse coding says about patches, against dense posteriors and sampling."""

import numpy as np
import pytest
import slow_sssc as slow

from zeroshot_em.core.models.sssc import SSSC
from zeroshot_em.core.models.sssc.inference import TILE


def dense_posterior(parameters, patch, components=None) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of W (s z) over all states; of other fields W if these are given."""
    components = parameters.components if components is None else components
    states = slow.all_states(len(parameters.priors))
    weights = slow.truncated_posterior(parameters, states, patch)
    first = second = 0.0
    for state, weight in zip(states, weights, strict=True):
        mean, covariance = slow.slab_posterior(parameters, state, patch)
        estimate = mean @ components
        spread = np.einsum("hd,hk,kd->d", components, covariance, components)
        first = first + weight * estimate
        second = second + weight * (spread + estimate**2)
    return first, second - first**2


def test_mean_and_variance_are_those_of_the_dense_posterior():
    parameters = slow.planted(5, 7)
    patches, _ = slow.sample(parameters, 12)
    mean, variance = slow.model_of(parameters, 32, offset=40.0).reconstruct(patches + 40.0)
    for n, patch in enumerate(patches):
        expected_mean, expected_variance = dense_posterior(parameters, patch)
        np.testing.assert_allclose(mean[n], expected_mean + 40.0, rtol=1e-5)
        np.testing.assert_allclose(variance[n], expected_variance, rtol=1e-3, atol=1e-5)


def test_total_variance_by_monte_carlo():
    """Var(clean) = E[Var(clean | y)] + Var(E[clean | y]) over patches drawn from the model."""
    parameters = slow.planted(6, 8, seed=3)
    patches, clean = slow.sample(parameters, 100_000)
    mean, variance = slow.model_of(parameters, 64).reconstruct(patches)
    total = variance.mean(axis=0) + mean.var(axis=0)
    np.testing.assert_allclose(total, clean.var(axis=0), rtol=0.02)
    errors = ((clean - mean) ** 2).mean(axis=0)
    np.testing.assert_allclose(variance.mean(axis=0), errors, rtol=0.03)
    np.testing.assert_allclose(mean.mean(axis=0), clean.mean(axis=0), atol=0.02)


def test_few_states_are_nearly_as_good_as_all():
    parameters = slow.planted(10, 25, seed=4)
    patches, clean = slow.sample(parameters, 2000)
    errors = [
        np.mean((slow.model_of(parameters, n_states).reconstruct(patches)[0] - clean) ** 2)
        for n_states in (1024, 20, 1)
    ]
    assert errors[0] < errors[2]
    assert errors[1] < 1.01 * errors[0]


def test_observed_pixels_alone_decide():
    """Inference from some pixels is that of the model of these pixels; the others are predicted."""
    parameters = slow.planted(5, 9)
    patches, _ = slow.sample(parameters, 10)
    observed = np.array([1, 1, 0, 1, 0, 1, 1, 0, 1], bool)
    model = slow.model_of(parameters)
    mean, variance = model.reconstruct(patches, observed=observed)
    restricted = slow.planted(5, 9)
    restricted.components = parameters.components[:, observed]
    seen_mean, seen_variance = slow.model_of(restricted).reconstruct(patches[:, observed])
    np.testing.assert_allclose(mean[:, observed], seen_mean, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(variance[:, observed], seen_variance, rtol=1e-4, atol=1e-5)
    for n, patch in enumerate(patches):
        expected = dense_posterior(restricted, patch[observed], parameters.components)
        np.testing.assert_allclose(mean[n], expected[0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(variance[n], expected[1], rtol=1e-3, atol=1e-5)
    patches[:, ~observed] = 1e6
    for changed, before in zip(
        model.reconstruct(patches, observed=observed), (mean, variance), strict=True
    ):
        np.testing.assert_array_equal(changed, before)


def test_everything_observed_is_nothing_special():
    parameters = slow.planted(12, 9)
    patches, _ = slow.sample(parameters, 50)
    model = slow.model_of(parameters, 20)
    plain, everything = model.reconstruct(patches), model.reconstruct(patches, observed=np.ones(9))
    np.testing.assert_array_equal(plain, everything)


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_bits_of_a_patch_do_not_depend_on_the_patches_beside_it(n_threads):
    parameters = slow.planted(20, 16)
    patches = slow.sample(parameters, TILE + 700)[0].astype(np.float32)
    whole = np.array(slow.model_of(parameters, 12).reconstruct(patches))
    model = slow.model_of(parameters, 12, n_threads=n_threads)
    np.testing.assert_array_equal(model.reconstruct(patches), whole)
    for start, stop in [(0, 1), (5, 6), (333, 1500), (TILE - 1, TILE + 1), (TILE, None)]:
        part = model.reconstruct(patches[start:stop])
        np.testing.assert_array_equal(part, whole[:, start:stop])


def test_unchanged_by_whatever_holds_the_patches():
    """Views, Fortran order, lists and other types of the same numbers."""
    parameters = slow.planted(6, 9)
    patches = np.round(10 * slow.sample(parameters, 40)[0])
    model = slow.model_of(parameters, 12)
    expected = model.reconstruct(patches)
    wide = np.zeros((80, 18))
    wide[::2, ::2] = patches
    for same in (
        wide[::2, ::2], np.asfortranarray(patches), patches.tolist(), patches.astype(np.int16),
        patches.astype(np.float32),
    ):  # fmt: skip
        np.testing.assert_array_equal(model.reconstruct(same), expected)


def test_free_energy_of_new_patches_falls_with_noise():
    parameters = slow.planted(8, 16)
    model = slow.model_of(parameters, 30)
    patches, clean = slow.sample(parameters, 500)
    louder = clean + 2 * (patches - clean)
    assert model.free_energy(patches) > model.free_energy(louder) + 1


def test_arrays_make_the_same_model_again():
    patches, _ = slow.sample(slow.planted(6, 9), 600)
    model = SSSC(8, 12, tol=0.01, random_state=5, n_threads=1).fit(patches + 100)
    arrays = {name: np.asarray(value) for name, value in model.to_arrays().items()}
    assert all(array.dtype != object for array in arrays.values())
    again = SSSC.from_arrays(arrays, **{**model.get_params(), "n_threads": 2})
    np.testing.assert_array_equal(again.reconstruct(patches), model.reconstruct(patches))
    assert again.free_energy(patches) == model.free_energy(patches)
    for name in (
        "n_components", "n_states", "max_iter", "tol", "random_state", "n_iter_", "offset_",
        "bounds_", "converged_", "noise_deviations_", "activities_", "noise_variance_",
    ):  # fmt: skip
        np.testing.assert_array_equal(getattr(again, name), getattr(model, name))
    arrays["components"][:] = 0
    assert again.components_.any()
