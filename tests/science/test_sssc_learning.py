"""How spike-and-slab sparse coding learns: what it finds, that its bound rises, and its bits."""

import tracemalloc

import numpy as np
import pytest
import slow_sssc as slow
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import check_estimator
from slow_sssc import bar_patches, bars, quiet_fit

from zeroshot_em.core.models.sssc import SSSC, inference
from zeroshot_em.errors import InputError


def similarity(fields: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return of every field the largest absolute cosine with those found, and with which."""
    cosines = np.abs(
        (fields / np.linalg.norm(fields, axis=1, keepdims=True))
        @ (found / np.linalg.norm(found, axis=1, keepdims=True)).T
    )
    return cosines.max(axis=1), cosines.argmax(axis=1)


# What is found


@pytest.mark.parametrize("n_components", [8, 12])
@pytest.mark.parametrize("seed", range(3))
def test_bars_are_found_from_every_seed(n_components, seed):
    model = SSSC(n_components, 40, tol=1e-5, random_state=seed).fit(bar_patches())
    cosines, which = similarity(bars(4), model.components_)
    assert cosines.min() > 0.98
    assert len(set(which)) == 8
    assert np.sqrt(model.noise_variance_) == pytest.approx(1.0, rel=0.02)
    if n_components == 8:  # otherwise two fields may share a bar
        np.testing.assert_allclose(model.priors_, 0.2, atol=0.06)
        scale = np.linalg.norm(model.components_[which], axis=1) / 2.0
        power = model.latent_variances_[which] + model.latent_means_[which] ** 2
        np.testing.assert_allclose(scale * np.sqrt(power), 3.0, rtol=0.2)


def test_bars_of_one_sign_are_found():
    """Fields for the mean, too, are needed then; of three seeds the best bound tells which."""
    patches = bar_patches(slab_mean=4.0, slab_deviation=1.0, n_patches=2000)
    starts = [SSSC(10, 30, tol=1e-4, random_state=seed).fit(patches) for seed in range(3)]
    best = max(starts, key=lambda model: model.bounds_[-1])
    assert similarity(bars(4), best.components_)[0].min() > 0.98
    assert np.sqrt(best.noise_variance_) == pytest.approx(1.0, rel=0.02)


def test_noise_is_taken_away():
    patches = bar_patches()
    rng = np.random.default_rng(1)
    noisier = patches + rng.normal(0, np.sqrt(3), patches.shape)
    model = SSSC(12, 30, random_state=0).fit(noisier)
    mean, variance = model.reconstruct(noisier)
    assert np.mean((mean - patches) ** 2) < 0.75 * 3
    assert 0 < variance.mean() < 3


def test_history_is_the_bound_of_the_learned_patches():
    parameters = slow.planted(5, 7)
    patches, _ = slow.sample(parameters, 800)
    model = quiet_fit(SSSC(5, 32, tol=1e-7, max_iter=200), patches)
    assert model.bounds_[-1] == pytest.approx(model.free_energy(patches), abs=1e-3)
    centred = patches - model.offset_
    exact = slow.log_likelihood(model._parameters, centred.astype(np.float32))
    assert model.bounds_[-1] == pytest.approx(exact, abs=1e-3)
    assert model.noise_deviations_[-1] == pytest.approx(np.sqrt(model.noise_variance_))
    assert model.activities_[-1] == pytest.approx(model.priors_.sum(), rel=0.01)
    assert model.n_iter_ == len(model.bounds_) == len(model.activities_)


def test_guides_are_where_learning_begins():
    """Of patches so noisy that no bar is to be seen in them, bars are still learned."""
    clean = bar_patches(n_patches=4000)
    noisy = clean + np.random.default_rng(2).normal(0, 4, clean.shape)
    alone = quiet_fit(SSSC(8, 30, max_iter=3), noisy)
    guided = quiet_fit(SSSC(8, 30, max_iter=3), noisy, guides=clean)
    found = [similarity(bars(4), model.components_)[0].mean() for model in (alone, guided)]
    assert found[1] > found[0] + 0.02


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_unit_of_the_grey_values_does_not_matter(scale):
    patches = np.round(bar_patches(n_patches=1000))
    unit, scaled = (SSSC(8, 12, tol=0.001, n_threads=1).fit(patches * c) for c in (1.0, scale))
    assert np.sqrt(scaled.noise_variance_) == pytest.approx(
        scale * np.sqrt(unit.noise_variance_), rel=0.01
    )
    expected = unit.reconstruct(patches)[0] * scale
    np.testing.assert_allclose(scaled.reconstruct(patches * scale)[0], expected, atol=scale * 0.2)


# Bits, memory


def test_bits_do_not_depend_on_the_threads():
    patches = bar_patches(n_patches=5000)
    models = [
        quiet_fit(SSSC(16, 12, max_iter=4, n_threads=n_threads), patches) for n_threads in (1, 2, 3)
    ]
    for other in models[1:]:
        for name, array in models[0].to_arrays().items():
            np.testing.assert_array_equal(other.to_arrays()[name], array, err_msg=name)
        assert other.free_energy(patches) == models[0].free_energy(patches)


def test_seed_decides_and_is_all_that_does():
    patches = bar_patches(n_patches=1500)
    same, again, other = (
        quiet_fit(SSSC(12, 8, max_iter=2, random_state=seed), patches).components_
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(same, again)
    assert not np.array_equal(same, other)


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_states", 0), ("n_states", 10**6), ("n_components", 5), ("n_components", 0)],
)
def test_what_sizes_arrays_is_checked_before_kernels_are_entered(name, value):
    model = slow.model_of(slow.planted(3, 9))
    setattr(model, name, value)
    for use in (model.reconstruct, model.score):
        with pytest.raises(InputError, match=name.replace("n_", "")):
            use(np.eye(9))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("components", np.ones(9)),
        ("components", np.full((3, 9), np.nan)),
        ("components", np.ones((3, 9), complex)),
        ("priors", np.ones(3)),
        ("priors", np.full(2, 0.5)),
        ("latent_means", np.full(3, np.inf)),
        ("latent_variances", np.zeros(3)),
        ("noise_variance", -1.0),
    ],
)
def test_arrays_that_no_fit_gives_are_refused(name, value):
    arrays = slow.model_of(slow.planted(3, 9)).to_arrays()
    with pytest.raises(InputError):
        SSSC.from_arrays({**arrays, name: value})


def test_settings_are_those_of_an_estimator():
    model = SSSC(5, 6, 7, noise_variance=2.0, tol=0.1, random_state=3, n_threads=1)
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    patches = bar_patches(n_patches=200)
    assert twin.fit(patches).score(patches) == twin.free_energy(patches)
    assert twin.get_params() == model.get_params()


OWN_WORDS = "refused, in the words of this package"
EXCLUDED_CHECKS = {
    "check_n_features_in_after_fitting": OWN_WORDS,
    "check_complex_data": OWN_WORDS,
    "check_estimators_empty_data_messages": OWN_WORDS,
    "check_estimator_sparse_tag": OWN_WORDS,
    "check_estimator_sparse_array": OWN_WORDS,
    "check_estimator_sparse_matrix": OWN_WORDS,
    "check_dtype_object": "grey values are numbers, and objects are none",
}


@pytest.mark.filterwarnings("ignore")
def test_checks_of_scikit_learn_pass_but_for_those_that_ask_for_its_words():
    results = check_estimator(SSSC(2, 4, 3, n_threads=1), on_skip=None, on_fail=None)
    failed = {result["check_name"] for result in results if result["status"] == "failed"}
    assert failed == set(EXCLUDED_CHECKS)
    assert sum(result["status"] == "passed" for result in results) > 30


def test_patches_are_not_changed():
    patches = bar_patches(n_patches=300).astype(np.float32)
    before = patches.copy()
    model = quiet_fit(SSSC(4, 8, max_iter=2), patches)
    model.reconstruct(patches)
    np.testing.assert_array_equal(patches, before)


def test_memory_is_what_the_docstring_says():
    patches = np.random.default_rng(0).normal(size=(12_000, 25)).astype(np.float32)
    n_components, n_states = 48, 40
    quiet_fit(SSSC(n_components, n_states, max_iter=1), patches[:2000])
    tracemalloc.start()
    quiet_fit(SSSC(n_components, n_states, max_iter=2, n_threads=2), patches)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    documented = (
        len(patches) * n_states * (2 * 16 + 9)
        + patches.nbytes
        + inference.N_BLOCKS * n_components * (n_components + patches.shape[1]) * 8
    )
    assert documented < peak < 1.2 * documented


def test_reconstruction_needs_memory_for_a_few_tiles_only():
    patches, _ = slow.sample(slow.planted(20, 25), 30_000)
    patches = patches.astype(np.float32)
    model = slow.model_of(slow.planted(20, 25), 40, n_threads=2)
    model.reconstruct(patches[:100])
    tracemalloc.start()
    model.reconstruct(patches)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    of_tile = inference.TILE * (40 * (2 * 16 + 9) + (20 + 2 * 25) * 8)
    assert peak < 2 * patches.nbytes + 3 * of_tile


# Input


@pytest.mark.parametrize(
    ("patches", "options", "message"),
    [
        (np.full((50, 9), 7.0), {}, "all pixels are 7"),
        (np.where(np.eye(50, 9) > 0, np.nan, 1.0), {}, "NaN or infinite"),
        (np.where(np.eye(50, 9) > 0, np.inf, 1.0), {}, "NaN or infinite"),
        (np.where(np.eye(50, 9) > 0, 1e30, 1.0), {}, "as large as 1e\\+30; remove the outliers"),
        (np.where(np.eye(50, 9) > 0, -1e300, 1.0), {}, "remove the outliers"),
        (np.eye(5, 9), {"n_components": 6}, "6 components cannot be learned from 5 patches"),
        (np.ones(9), {}, r"must be a matrix of numbers, got float64 of shape \(9,\)"),
        (np.ones((5, 3, 3)), {}, r"shape \(5, 3, 3\)"),
        (np.array([["a", "b"]]), {}, "must be a matrix of numbers, got <U1"),
        (np.ones((5, 9), complex), {}, "must be a matrix of numbers, got complex128"),
        (None, {}, "must be a matrix of numbers"),
        (np.empty((0, 9)), {}, "no patches"),
        (np.eye(50, 9), {"n_components": 0}, "n_components must be a whole number .* got 0"),
        (np.eye(50, 9), {"n_components": 3.5}, "n_components must be a whole number .* got 3.5"),
        (np.eye(50, 9), {"n_components": 10**5}, "from 1 to 65535, got 100000"),
        (np.eye(50, 9), {"n_states": 0}, "n_states must be a whole number .* got 0"),
        (np.eye(50, 9), {"max_iter": "a"}, "max_iter must be a whole number .* got 'a'"),
        (np.eye(50, 9), {"n_components": True}, "n_components must be a whole number .* got True"),
        (np.eye(50, 9), {"n_states": 10**5}, "n_states must be a whole number from 1 to 4096"),
        (np.eye(50, 9), {"tol": np.nan}, "tol must be a finite number .* got nan"),
        (np.eye(50, 9), {"tol": -1e-3}, "tol must be a finite number of at least 0"),
        (np.eye(50, 9), {"random_state": -1}, "random_state must be a whole number from 0"),
        (np.eye(50, 9), {"random_state": None}, "random_state must be a whole number from 0"),
        (np.eye(50, 9), {"n_threads": 0}, "n_threads must be a whole number of at least 1"),
        (np.eye(50, 9), {"noise_variance": 0}, "noise_variance must be a finite number"),
        (np.eye(50, 9), {"noise_variance": np.nan}, "noise_variance must be a finite number"),
        (np.eye(50, 9), {"noise_variance": True}, "noise_variance must be a finite number"),
        (np.eye(50, 9), {"noise_variance": 1e-12}, "noise_variance of 1e-12 is too small"),
    ],
)
def test_bad_input_is_named_in_one_line(patches, options, message):
    with pytest.raises(InputError, match=message) as caught:
        SSSC(**{"n_components": 4, "n_states": 8, **options}).fit(patches)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("guides", "message"),
    [
        (np.eye(50, 4), "guides have 4 pixels, patches have 9"),
        (np.eye(3, 9), "4 components need as many guides"),
        (np.full((50, 9), np.nan), "NaN"),
    ],
)
def test_bad_guides_are_named_in_one_line(guides, message):
    with pytest.raises(InputError, match=message):
        SSSC(4, 8).fit(np.eye(50, 9), guides=guides)


def test_unfitted_model_says_so():
    for use in (SSSC().reconstruct, SSSC().free_energy):
        with pytest.raises(NotFittedError, match="fit this SSSC model"):
            use(np.eye(9))


@pytest.mark.parametrize(
    ("patches", "message"),
    [
        (np.ones((5, 4)), "learned from patches of 9 pixels, got 4"),
        (np.ones(9), "must be a matrix"),
        (np.full((5, 9), np.nan), "NaN"),
        (np.full((5, 9), 1e40), "remove the outliers"),
        (np.empty((0, 9)), "no patches"),
    ],
)
def test_patches_that_do_not_fit_the_model_are_refused(patches, message):
    model = slow.model_of(slow.planted(3, 9))
    for use in (model.reconstruct, model.free_energy):
        with pytest.raises(InputError, match=message):
            use(patches)


def test_observed_must_speak_of_every_pixel():
    with pytest.raises(InputError, match=r"each of 9 pixels .* shape \(4,\)"):
        slow.model_of(slow.planted(3, 9)).reconstruct(np.eye(9), observed=np.ones(4, bool))


@pytest.mark.parametrize("outlier", [1e3, 1e6, 1e9, -1e12])
def test_one_huge_outlier_does_not_spoil_what_is_reported(outlier):
    patches = bar_patches(n_patches=2000)
    patches[3, 4] = outlier
    model = quiet_fit(SSSC(6, 8, max_iter=5), patches)
    for array in (*model.reconstruct(patches), model.bounds_, model.components_):
        assert np.isfinite(array).all()


@pytest.mark.parametrize(
    ("patches", "options"),
    [
        (np.eye(6, 9), {"n_components": 6}),
        (np.arange(90).reshape(90, 1), {"n_components": 4}),
        (np.arange(900.0).reshape(100, 9), {"n_components": 1, "n_states": 1}),
        (np.arange(900.0).reshape(100, 9), {"n_components": 3, "n_states": 100}),
        (np.repeat(np.arange(100.0)[:, None], 9, axis=1), {}),
        (np.eye(50, 9, dtype=bool), {}),
        (np.eye(50, 9, dtype=np.uint8) * 255, {}),
        (np.eye(50, 9).tolist(), {}),
        (np.tile([[0.0] * 9, [60_000.0] * 9], (100, 1)), {}),
    ],
    ids=[
        "as many fields as patches", "one pixel", "one state", "more states than there are",
        "patches constant in themselves", "bool", "uint8", "list", "two patches, 16 bit",
    ],
)  # fmt: skip
def test_extreme_input_gives_a_finite_answer(patches, options):
    model = quiet_fit(
        SSSC(**{"n_components": 4, "n_states": 8, "max_iter": 10, **options}), patches
    )
    mean, variance = model.reconstruct(patches)
    assert np.isfinite(mean).all()
    assert (variance >= 0).all()
    assert np.isfinite(model.bounds_).all()
    assert np.sqrt(np.mean((mean - np.asarray(patches)) ** 2)) <= np.std(patches)
