import csv

import numpy as np
import pytest

from zeroshot_em.core.baselines import BASELINES, Baseline
from zeroshot_em.data.evaluation.cases import Case, write_arrays
from zeroshot_em.data.evaluation.collecting import calibration_rows, measure_case, write_csv
from zeroshot_em.data.evaluation.methods import estimate_by_model
from zeroshot_em.data.evaluation.names import label_of, model_methods
from zeroshot_em.data.evaluation.positions import (
    central_and_outer,
    estimates_by_position,
    position_corrected,
)
from zeroshot_em.data.evaluation.summary import dose_nearest, mean_difference, mean_of
from zeroshot_em.data.simulation import simulate_scene
from zeroshot_em.errors import InputError
from zeroshot_em.show.benchmark import make_figure
from zeroshot_em.show.benchmark.tables import tables_page

PAPER = {"n_components": 8, "n_states": 6, "max_iter": 4, "tol": 10.0, "n_rounds": 1}


@pytest.fixture(scope="module")
def case():
    return Case.from_scene(simulate_scene((72, 64), seed=1, dose=9, pixel_size_nm=3.0))


@pytest.fixture(scope="module")
def estimate(case):
    return estimate_by_model(case, "sssc_p4", PAPER, seed=0, n_threads=1)


@pytest.mark.parametrize("name", [n for n, b in BASELINES.items() if b.package == "scikit-image"])
def test_each_calibrated_baseline_removes_noise(case, name):
    denoised = BASELINES[name].denoise(case.noisy, case.noise)
    before, after = (np.std(image - case.clean) for image in (case.noisy, denoised))
    assert after < 0.8 * before


@pytest.mark.parametrize("name", ["bm3d", "bm3d_told", "bm3d_anscombe"])
def test_bm3d_removes_noise_however_much_it_is_told(case, name):
    pytest.importorskip("bm3d")
    denoised = BASELINES[name].denoise(case.noisy, case.noise)
    assert np.std(denoised - case.clean) < 0.97 * np.std(case.noisy - case.clean)


@pytest.mark.parametrize("name", ["ndsafir", "noise2void", "deep_image_prior", "topaz"])
def test_each_optional_baseline_removes_noise_where_it_is_installed(case, name):
    if not BASELINES[name].is_installed:
        pytest.skip(f"the package {BASELINES[name].package} is not installed")
    denoised = BASELINES[name].denoise(case.noisy, case.noise)
    assert denoised.shape == case.noisy.shape
    assert np.std(denoised - case.clean) < np.std(case.noisy - case.clean)


def test_a_baseline_that_is_not_there_or_not_told_says_so_in_one_line(case):
    absent = Baseline("Absent", "absent-package", "absent_module", "x:y")
    with pytest.raises(InputError, match="needs the package absent-package"):
        absent.denoise(case.noisy, {})
    told = Baseline("Told", "numpy", "numpy", "x:y", told=("sigma",))
    with pytest.raises(InputError, match="must be told sigma"):
        told.denoise(case.noisy, {})
    with pytest.raises(InputError, match="finite"):
        BASELINES["gaussian"].denoise(case.noisy * np.nan, {})


def test_a_case_is_the_same_after_writing_and_reading(case, tmp_path):
    case.save(tmp_path / "case.npz")
    again = Case.read(tmp_path / "case.npz")
    np.testing.assert_array_equal(again.noisy, case.noisy)
    np.testing.assert_array_equal(again.masks["spike"], case.masks["spike"])
    assert again.noise == case.noise
    assert Case.read(_saved(Case(case.noisy), tmp_path)).clean is None


def _saved(case, folder):
    case.save(folder / "image.npz")
    return folder / "image.npz"


def test_a_truth_of_another_size_is_refused_in_one_line(case):
    with pytest.raises(InputError, match="clean image has 63 x 72 pixels but the image 64 x 72"):
        Case(case.noisy, case.noisy[:, 1:])


def test_estimates_by_position_merge_to_the_models_maps(case, estimate):
    np.testing.assert_allclose(estimate["median"].shape, case.noisy.shape)
    assert np.all(estimate["central"] <= estimate["variance"] * 16 + 1e-9)
    assert np.mean(estimate["position"]) == pytest.approx(1, abs=0.05)


class Identity:
    """A model of 4 x 4 patches that returns each as it is, but with the first pixel 9 too large."""

    components_ = np.zeros((1, 16))

    def reconstruct(self, patches):
        estimates = patches.copy()
        estimates[:, 0] += 9
        return estimates, np.ones_like(patches)


def test_place_correction_weighs_the_places_of_a_patch_alike():
    image = np.arange(80, dtype=float).reshape(8, 10)
    by_pixel = estimates_by_position(Identity(), image)
    assert np.isnan(by_pixel[0, 0, -1, -1])
    np.testing.assert_array_equal(by_pixel[1, 1, 1:-2, 1:-2], image[1:-2, 1:-2])
    inner = (slice(3, -3), slice(3, -3))
    np.testing.assert_allclose(np.nanvar(by_pixel, axis=(0, 1))[inner], 81 * 15 / 256)
    assert np.ptp(position_corrected(by_pixel)[inner]) < 1e-3
    central, outer = central_and_outer(by_pixel)
    np.testing.assert_allclose(central[inner], 0, atol=1e-3)
    np.testing.assert_allclose(outer[inner], 81 * 11 / 144, atol=1e-3)


def test_all_methods_of_a_case_are_measured_and_put_into_tables(case, estimate, tmp_path):
    write_arrays(tmp_path / "sssc.npz", **estimate)
    denoised = BASELINES["gaussian"].denoise(case.noisy, {})
    write_arrays(tmp_path / "gaussian.npz", denoised=denoised, seconds=1.0)
    files = {"sssc_p4": tmp_path / "sssc.npz", "gaussian": tmp_path / "gaussian.npz"}
    facts = {name: {"case": name, "seed": seed, "dose": 9} for seed, name in enumerate("ab")}
    measured = {name: measure_case(case, files, about) for name, about in facts.items()}
    rows = {k: [*measured["a"][0][k], *measured["b"][0][k]] for k in ("quality", "impression")}
    psnrs = {row["method"]: row["psnr"] for row in rows["quality"]}
    assert psnrs["noisy"] < psnrs["gaussian"]
    assert {row["map"] for row in rows["impression"]} >= {"variance", "position", "gradient"}
    rows["calibration"] = calibration_rows(
        {n: errors for n, (_, errors) in measured.items()}, facts
    )
    mended = [row for row in rows["calibration"] if row["pixels"] == "all" and row["level"] == 0.8]
    assert all(row["mended"] == pytest.approx(0.8, abs=0.02) for row in mended)
    assert dose_nearest(rows["quality"], 15) == 9
    write_csv(tmp_path / "quality.csv", rows["quality"])
    with open(tmp_path / "quality.csv", newline="") as file:
        assert len(list(csv.DictReader(file))) == 6
    page = tables_page(rows)
    assert "| SSSC, paper 4 × 4 |" in page
    assert "nan" not in page


def test_a_micrograph_without_a_truth_is_measured_by_signal_and_blur(case, tmp_path):
    write_arrays(tmp_path / "gaussian.npz", denoised=case.noisy, seconds=1.0)
    files = {"gaussian": tmp_path / "gaussian.npz"}
    facts = {"case": "stand_in", "seed": None, "dose": None}
    rows, errors = measure_case(Case(case.noisy), files, facts)
    assert not errors
    assert not rows["impression"]
    assert all(row["psnr"] is None and np.isfinite(row["snr"]) for row in rows["quality"])
    assert "| Gaussian |" in tables_page(rows)
    said = make_figure(
        "tradeoff", rows, {"seeds": [], "images": ["stand_in"]}, png=tmp_path / "f.png",
        pdf=tmp_path / "f.pdf", caption=tmp_path / "f.txt",
    )  # fmt: skip
    assert "over 1 micrographs" in said.text
    assert (tmp_path / "f.png").is_file()


def test_names_of_methods():
    assert model_methods([6]) == ["sssc_auto", "sssc_p6", "gpmm_auto", "gpmm_p6"]
    assert label_of("gpmm_p12") == "GPMM, paper 12 × 12"


def test_intervals_of_means_are_students():
    mean = mean_of([1.0, 2.0, 3.0])
    assert mean.value == 2
    assert mean.half_width == pytest.approx(4.303 / np.sqrt(3), rel=1e-3)
    rows = [
        {"method": m, "seed": s, "psnr": 10 * s + g}
        for s in (1, 2)
        for m, g in (("a", 1), ("b", 0))
    ]
    gain = mean_difference(rows, "psnr", {"method": "a"}, {"method": "b"}, "seed")
    assert (gain.value, gain.half_width) == (1, 0)
