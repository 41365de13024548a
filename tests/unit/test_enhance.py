"""From one image to its maps, by either model."""

import subprocess
import sys
import warnings
from functools import partial

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from zeroshot_em import GPMM, SSSC, Enhancement, enhance
from zeroshot_em.core.learning import apply_model, fit_model
from zeroshot_em.core.patches import extract_patches, merge_patches
from zeroshot_em.data.metrics import psnr
from zeroshot_em.data.model_files import load_model, save_model
from zeroshot_em.data.simulation import simulate_scene
from zeroshot_em.errors import InputError

MODULE = sys.modules["zeroshot_em.core.learning"]
OPTIONS = {
    "sssc": {"n_components": 24, "n_states": 12, "max_iter": 12, "tol": 2e-3},
    "gpmm": {"n_components": 30, "max_iter": 25},
}
BOTH = pytest.mark.parametrize("name", ["sssc", "gpmm"])


@pytest.fixture(scope="module")
def scene():
    return simulate_scene((64, 72), seed=0, pixel_size_nm=3.0)


@pytest.fixture(scope="module")
def results(scene) -> dict[str, Enhancement]:
    return {name: quiet(scene.noisy, name, 4) for name in OPTIONS}


paper = partial(enhance, noise="learned")


def quiet(image, name, patch_size=4, function=paper, **options):
    """Call without a warning that so few passes have not converged."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return function(image, name, patch_size, **{**OPTIONS[name], **options})


def maps_of(result: Enhancement) -> tuple[np.ndarray, ...]:
    return result.denoised, result.variance, result.within_variance, result.total_variance


@BOTH
def test_maps_have_the_shape_of_the_image_and_grey_values_of_its_scale(scene, results, name):
    for array in maps_of(results[name]):
        assert array.shape == scene.noisy.shape
        assert np.isfinite(array).all()
    result = results[name]
    assert result.denoised.mean() == pytest.approx(scene.noisy.mean(), rel=0.01)
    for variance in maps_of(result)[1:]:
        assert (variance >= 0).all()
        assert variance.any()
    np.testing.assert_array_equal(result.total_variance, result.within_variance + result.variance)


@BOTH
def test_enhanced_image_is_nearer_to_the_truth(scene, results, name):
    peak = scene.clean.max()
    before = psnr(scene.clean, scene.noisy, data_range=peak)
    assert psnr(scene.clean, results[name].denoised, data_range=peak) > before + 1.5


@BOTH
def test_maps_are_the_merged_estimates_of_all_patches(scene, results, name):
    model = results[name].model
    patches = extract_patches(scene.noisy, 4, dtype=np.float32)
    expected = merge_patches([model.reconstruct(patches)], scene.noisy.shape, 4)
    np.testing.assert_allclose(results[name].denoised, expected.denoised, rtol=1e-6)
    np.testing.assert_allclose(results[name].variance, expected.variance, rtol=1e-4)
    np.testing.assert_allclose(results[name].within_variance, expected.within_variance, rtol=1e-5)


@BOTH
def test_bits_do_not_depend_on_the_threads(scene, results, name):
    for n_threads in (1, 3):
        result = quiet(scene.noisy, name, n_threads=n_threads)
        for array, expected in zip(maps_of(result), maps_of(results[name]), strict=True):
            np.testing.assert_array_equal(array, expected)


def test_bits_of_sssc_do_not_depend_on_the_rows_reconstructed_at_a_time(
    scene, results, monkeypatch
):
    for patches_per_block in (1, 200, 1000):
        monkeypatch.setattr(MODULE, "PATCHES_PER_BLOCK", patches_per_block)
        maps = apply_model(results["sssc"].model, scene.noisy)
        np.testing.assert_array_equal(maps.denoised, results["sssc"].denoised)
        np.testing.assert_array_equal(maps.within_variance, results["sssc"].within_variance)


@BOTH
def test_model_of_one_image_applies_to_another(results, name):
    other = simulate_scene((80, 64), seed=5, pixel_size_nm=3.0)
    result = paper(other.noisy, results[name].model)
    assert result.denoised.shape == (80, 64)
    assert result.model is results[name].model
    peak = other.clean.max()
    before = psnr(other.clean, other.noisy, data_range=peak)
    assert psnr(other.clean, result.denoised, data_range=peak) > before + 2


@BOTH
def test_saved_model_gives_the_same_maps(scene, results, name, tmp_path):
    save_model(tmp_path / "model.npz", results[name].model)
    result = paper(scene.noisy, load_model(tmp_path / "model.npz"))
    for array, expected in zip(maps_of(result), maps_of(results[name]), strict=True):
        np.testing.assert_array_equal(array, expected)


@BOTH
def test_image_is_not_changed_and_its_type_does_not_matter(scene, results, name):
    image = np.round(scene.noisy)
    before = image.copy()
    expected = paper(image, results[name].model)
    np.testing.assert_array_equal(image, before)
    for same in (image.astype(np.uint16), image.astype(np.float32), image.tolist(), image[:, :]):
        np.testing.assert_array_equal(paper(same, results[name].model).denoised, expected.denoised)


def test_median_changes_the_estimate_alone(scene, results):
    mean = results["sssc"]
    median = paper(scene.noisy, mean.model, merge="median")
    assert not np.array_equal(median.denoised, mean.denoised)
    np.testing.assert_allclose(median.denoised, mean.denoised, atol=0.2 * np.ptp(mean.denoised))
    np.testing.assert_array_equal(median.variance, mean.variance)
    np.testing.assert_array_equal(median.within_variance, mean.within_variance)


@BOTH
def test_later_rounds_begin_at_patches_of_the_denoised_image(scene, name, monkeypatch):
    kind = {"sssc": SSSC, "gpmm": GPMM}[name]
    calls = []
    fit = kind.fit

    def spy(self, patches, *, guides=None):
        calls.append((np.array(patches), guides))
        return fit(self, patches, guides=guides)

    monkeypatch.setattr(kind, "fit", spy)
    quiet(scene.noisy, name, function=fit_model, n_rounds=3, max_iter=3)
    assert len(calls) == 3
    assert calls[0][1] is None
    for patches, guides in calls[1:]:
        np.testing.assert_array_equal(patches, calls[0][0])
        assert guides.shape == patches.shape
        assert 0.3 * patches.var() < guides.var() < patches.var()
    assert not np.array_equal(calls[1][1], calls[2][1])


def test_one_round_learns_once_and_two_learn_otherwise(scene):
    patches = extract_patches(scene.noisy, 4, dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        alone = SSSC(**OPTIONS["sssc"]).fit(patches)
    once, twice = (
        quiet(scene.noisy, "sssc", function=fit_model, n_rounds=n_rounds) for n_rounds in (1, 2)
    )
    np.testing.assert_array_equal(once.components_, alone.components_)
    assert not np.array_equal(twice.components_, once.components_)


def test_large_image_is_learned_from_some_of_its_patches(scene, monkeypatch):
    monkeypatch.setattr(MODULE, "MAX_PATCHES_LEARNED", 700)
    seen = []
    fit = SSSC.fit
    monkeypatch.setattr(
        SSSC, "fit", lambda self, patches, **guides: (
            seen.append(len(patches)), fit(self, patches, **guides))[1]
    )  # fmt: skip
    result = quiet(scene.noisy, "sssc", max_iter=3)
    assert seen == [700, 700]
    assert np.isfinite(result.denoised).all()


IMAGE = np.random.default_rng(0).normal(100, 10, (20, 24))


@pytest.mark.parametrize(
    ("image", "arguments", "message"),
    [
        (IMAGE, {"model": "bm3d"}, "model must be one of auto, sssc, gpmm; got 'bm3d'"),
        (IMAGE, {"n_rounds": 0}, "n_rounds must be a whole number of at least 1, got 0"),
        (IMAGE, {"n_rounds": 1.5}, "n_rounds must be a whole number of at least 1, got 1.5"),
        (IMAGE, {"random_state": -1}, "random_state must be a whole number from 0 .* got -1"),
        (IMAGE, {"patch_size": 4.0}, "patch_size must be a whole number of at least 1, got 4.0"),
        (IMAGE, {"merge": "mode", "max_iter": 1}, "merge must be one of mean, median; got 'mode'"),
        (IMAGE, {"n_fields": 3}, "n_fields is not an option of the model sssc"),
        (IMAGE, {"model": "gpmm", "n_states": 3}, "n_states is not an option of the model gpmm"),
        (IMAGE, {"n_components": 3.5}, "n_components must be a whole number"),
        (IMAGE, {"n_components": 10_000}, "10000 components cannot be learned from 285 patches"),
        (IMAGE, {"n_threads": 0}, "n_threads must be a whole number of at least 1, got 0"),
        (IMAGE, {"patch_size": 21}, "21 x 21 pixels is larger than the image"),
        (IMAGE, {"patch_size": 0}, "patch_size must be .* at least 1, got 0"),
        (np.full((20, 24), 7), {}, "all pixels are 7"),
        (-IMAGE, {"model": "gpmm"}, "negative"),
        (np.where(np.eye(20, 24) > 0, np.nan, 1), {}, "NaN or infinite; mask or replace them"),
        (np.where(np.eye(20, 24) > 0, 1e30, IMAGE), {}, "remove the outliers"),
        (np.ones((20, 24, 3)), {}, r"must be a matrix of numbers, got float64 of shape"),
        (np.ones(20), {}, "must be a matrix of numbers"),
        (np.full((20, 24), "a"), {}, "must be a matrix of numbers, got <U1"),
        (np.empty((0, 0)), {}, r"must be a matrix of numbers, got float64 of shape \(0, 0\)"),
    ],
)
def test_bad_input_is_named_in_one_line(image, arguments, message):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        with pytest.raises(InputError, match=message) as caught:
            paper(image, **{"model": "sssc", "n_components": 4, **arguments})
    assert "\n" not in str(caught.value)


def test_a_merge_that_is_none_is_refused_before_anything_is_fitted(monkeypatch):
    monkeypatch.setattr(SSSC, "fit", lambda *_, **__: pytest.fail("fitted"))
    with pytest.raises(InputError, match="merge must be one of mean, median; got 'mode'"):
        enhance(IMAGE, merge="mode")


def test_a_fitted_model_takes_no_options(results):
    with pytest.raises(InputError, match="n_component is not an option"):
        enhance(IMAGE, results["gpmm"].model, n_component=3)


@pytest.mark.parametrize("model", [SSSC(), GPMM()])
def test_unfitted_model_says_so(model):
    with pytest.raises(NotFittedError, match="fit this model"):
        apply_model(model, IMAGE)


@pytest.mark.parametrize(
    "imports",
    [
        "from zeroshot_em import enhance; from zeroshot_em import enhance",
        "import zeroshot_em.core.enhancement; from zeroshot_em import enhance",
    ],
)
def test_enhance_is_the_function_whichever_way_it_is_imported(imports):
    subprocess.run([sys.executable, "-c", f"{imports}; enhance.__code__"], check=True)


def test_a_fitted_model_takes_no_options_of_learning(results):
    with pytest.raises(InputError, match="takes no options"):
        enhance(IMAGE, results["gpmm"].model, n_components=3)
