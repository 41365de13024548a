import json

import numpy as np
import pytest

from zeroshot_em.data.simulation import Camera, simulate_scene
from zeroshot_em.errors import InputError

SHAPE = (420, 420)


@pytest.fixture(scope="module")
def scene():
    return simulate_scene(SHAPE, seed=5, dose=20)


@pytest.fixture(scope="module")
def bright_scene():
    """The same structures at three times the dose."""
    return simulate_scene(SHAPE, seed=5, dose=60)


def test_one_seed_gives_one_scene(scene):
    again = simulate_scene(SHAPE, seed=5, dose=20)
    other = simulate_scene(SHAPE, seed=6, dose=20)
    np.testing.assert_array_equal(scene.noisy, again.noisy)
    np.testing.assert_array_equal(scene.clean, again.clean)
    assert not np.array_equal(scene.cell_mask, other.cell_mask)


def test_counts_are_16_bit_integers_on_the_scale_of_their_expectation(scene):
    assert scene.noisy.dtype == np.uint16
    assert scene.noisy.shape == scene.clean.shape == scene.cell_mask.shape == SHAPE
    assert 0 < scene.noisy.min() < scene.noisy.max() < 65535


def test_the_expectation_is_proportional_to_the_dose(scene, bright_scene):
    np.testing.assert_allclose(bright_scene.clean, 3 * scene.clean, rtol=1e-5)


def test_noise_is_unbiased(scene):
    camera = Camera()
    electrons = (
        camera.quantum_efficiency * scene.clean.mean() / camera.conversion * scene.clean.size
    )
    noise = scene.noisy - scene.clean.astype(float)
    assert abs(noise.mean()) < 4 * scene.clean.mean() / np.sqrt(electrons)


def test_noise_variance_grows_with_the_expectation_as_the_camera_says(scene, bright_scene):
    expected, squares = (
        np.concatenate([values(s).ravel() for s in (scene, bright_scene)])
        for values in (lambda s: s.clean, lambda s: (s.noisy - s.clean.astype(float)) ** 2)
    )
    edges = np.quantile(expected, np.linspace(0, 1, 21))
    which = np.clip(np.searchsorted(edges, expected) - 1, 0, 19)
    counts = np.bincount(which)
    means, variances = (np.bincount(which, values) / counts for values in (expected, squares))
    slope, intercept = np.polyfit(means, variances, 1)
    camera = Camera()
    assert slope == pytest.approx(camera.photon_transfer_gain, rel=0.05)
    assert intercept == pytest.approx(camera.readout_noise**2, abs=0.05 * variances.mean())


def test_without_readout_noise_and_blur_the_noise_is_poissonian():
    sharp = Camera(conversion=1, quantum_efficiency=1, readout_noise=0, mtf_scale=1e6, binning=1)
    scene = simulate_scene((256, 256), seed=2, dose=200, camera=sharp, with_cell=False)
    ratio = ((scene.noisy - scene.clean) ** 2 / scene.clean).mean()
    assert ratio == pytest.approx(1, abs=0.03)


def test_modulation_transfer_is_the_measured_one():
    measured = {0.25: 0.54, 0.5: 0.17, 0.75: 0.03}
    for frequency, transfer in measured.items():
        assert Camera().detector_mtf(np.array(frequency)) == pytest.approx(transfer, abs=0.015)


def test_binning_transfers_as_the_mean_of_detector_pixels_does():
    frequency = np.array([0.0, 0.3, 0.8])
    for binning in (2, 3):
        binned = Camera(mtf_scale=1e6, binning=binning).mtf(np.zeros(3), frequency)
        positions = np.arange(binning) / binning
        waves = np.exp(1j * np.pi * frequency[:, None] * positions).mean(axis=1)
        np.testing.assert_allclose(binned, np.abs(waves), atol=1e-9)


@pytest.mark.parametrize("frequency", [0.25, 0.5, 0.75])
def test_blur_attenuates_a_wave_by_the_modulation_transfer(frequency):
    wave = np.cos(np.pi * frequency * np.arange(128))[None, :].repeat(128, axis=0)
    middle = slice(32, 96)
    blurred = Camera().blur(wave)[middle, middle]
    assert blurred.std() / wave[middle, middle].std() == pytest.approx(
        float(Camera().mtf(np.array(0.0), np.array(frequency))), abs=0.01
    )


def test_blur_keeps_the_number_of_electrons():
    image = np.zeros((64, 64))
    image[30:34, 30:34] = 100
    assert Camera().blur(image).sum() == pytest.approx(image.sum(), rel=1e-3)


def test_noise_of_neighbours_is_correlated_and_much_less_so_after_subsampling(scene):
    noise = scene.noisy - scene.clean.astype(float)

    def correlation(step):
        return np.corrcoef(noise[:, :-step].ravel(), noise[:, step:].ravel())[0, 1]

    assert correlation(1) > 0.5
    assert correlation(2) < 0.3 * correlation(1)


def test_the_background_transmits_most_electrons(scene):
    transmitted = np.percentile(scene.clean, 95) / (Camera().conversion * 20)
    assert 0.8 < transmitted < 0.95


def test_the_cell_is_at_the_lower_right_and_darker_than_its_surroundings(scene):
    mask = scene.cell_mask
    assert mask[-1, -1]
    assert not mask[0, 0]
    assert 0.2 < mask.mean() < 0.6
    assert np.median(scene.clean[mask]) < 0.9 * np.percentile(scene.clean[~mask], 90)


def test_virions_have_the_published_size_and_are_dark_where_they_are_said_to_be():
    scene = simulate_scene((500, 500), seed=3, n_virions=3, with_cell=False)
    virions = scene.parameters["virions"]
    background = np.percentile(scene.clean, 95)
    assert len(virions) == 3
    for virion in virions:
        for axis in ("x", "y"):
            assert max(virion["semi_axes"][:2]) < virion[axis] < 270 - max(virion["semi_axes"][:2])
        assert 80 < 2 * np.mean(virion["semi_axes"]) < 115
        row, column = (
            int(np.clip(virion[axis] / scene.pixel_size_nm, 0, 499)) for axis in ("y", "x")
        )
        around = scene.clean[max(0, row - 20) : row + 20, max(0, column - 20) : column + 20]
        assert around.mean() < 0.85 * background
    assert not scene.cell_mask.any()


def test_a_thicker_section_is_darker():
    thin, thick = (
        simulate_scene((128, 128), n_virions=0, with_cell=False, section_thickness_nm=nm)
        for nm in (50, 70)
    )
    assert thick.clean.mean() < thin.clean.mean()


def test_parameters_say_how_the_scene_was_made(scene):
    told = json.loads(json.dumps(scene.parameters))
    assert told["seed"] == 5
    assert told["dose_electrons_per_pixel"] == 20
    assert told["shape"] == list(SHAPE)
    assert told["camera"]["conversion"] == 30


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((32, 400), {}, "from 64 to 16384, got 32"),
        (SHAPE, {"dose": 0}, "the dose .* must be a finite number from .*, got 0"),
        (SHAPE, {"dose": float("nan")}, "the dose .* must be a finite number from .*, got nan"),
        (SHAPE, {"pixel_size_nm": -1}, "the pixel size"),
        (SHAPE, {"section_thickness_nm": 0}, "the section thickness"),
        (SHAPE, {"n_virions": -1}, "the number of virions must be .*, got -1"),
    ],
)
def test_bad_input_is_refused_in_one_line(shape, options, message):
    with pytest.raises(InputError, match=message) as caught:
        simulate_scene(shape, **options)
    assert "\n" not in str(caught.value)


def test_the_truth_says_where_membranes_spikes_and_virions_are(scene):
    for mask in (scene.virion_mask, scene.boundary_mask, scene.spike_mask):
        assert mask.dtype == bool
        assert 0.005 < mask.mean() < 0.5
    dark = -np.log(scene.clean / (Camera().conversion * 20))
    np.testing.assert_allclose(scene.depth.mean(), dark.mean(), rtol=0.05)
    assert scene.depth[scene.boundary_mask].mean() > 1.3 * scene.depth.mean()
    assert not (scene.virion_mask & scene.cell_mask).mean() > 0.05


def test_another_exposure_has_the_same_expectation_and_other_noise(scene):
    again = scene.exposure(1)
    np.testing.assert_array_equal(again, scene.exposure(1))
    first, second = (e - scene.clean.astype(float) for e in (scene.noisy, again))
    assert again.dtype == np.uint16
    assert second.std() == pytest.approx(first.std(), rel=0.02)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.02


@pytest.fixture(scope="module")
def wide_scene():
    return simulate_scene((300, 300), seed=1, dose=20, pixel_size_nm=2.4)


def test_an_infected_cell_holds_virions_in_vacuoles(wide_scene):
    in_the_cell = wide_scene.virion_mask & wide_scene.cell_mask
    assert in_the_cell.mean() > 0.01
    places = [(v["x"] / 2.4, v["y"] / 2.4) for v in wide_scene.parameters["virions"]]
    inside = [
        wide_scene.cell_mask[int(y), int(x)] for x, y in places if 0 <= x < 300 and 0 <= y < 300
    ]
    assert 1 <= sum(inside) < len(inside)


def test_a_published_scene_is_8_bit_on_a_scale_of_its_own(wide_scene):
    published = wide_scene.as_published()
    export = published.parameters["export"]
    assert published.noisy.dtype == published.exposure(3).dtype == np.uint8
    assert published.noisy.min() < 10
    assert published.noisy.max() > 245
    expected = (wide_scene.clean - export["offset"]) * export["gain"]
    np.testing.assert_allclose(published.clean, expected, rtol=1e-4, atol=1e-2)
    inside = (published.noisy > 0) & (published.noisy < 255)
    assert abs((published.noisy - published.clean)[inside].mean()) < 1
