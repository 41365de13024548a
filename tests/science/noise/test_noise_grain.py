"""Noise that was smoothed after it was recorded: found, measured and removed at a smaller size."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter, median_filter
from skimage import data

from zeroshot_em import enhance
from zeroshot_em.core.enhancement import as_asked
from zeroshot_em.core.noise import Grain, NoiseModel, find_noise
from zeroshot_em.core.noise.curve import NoiseCurve, without_bias
from zeroshot_em.core.noise.defects import repeats_neighbours
from zeroshot_em.core.noise.grain import Filter, find_grain, size_for
from zeroshot_em.core.resize import at_size, interpolated, resized
from zeroshot_em.core.series import enhance_series

pytestmark = pytest.mark.filterwarnings("ignore:.*has not converged")

CLEAN = data.camera()[100:228, 100:228].astype(float)
SMOOTH = np.add.outer(np.linspace(60, 120, 192), np.linspace(0, 60, 192))


def noise(shape, sigma=20.0, seed=0):
    return sigma * np.random.default_rng(seed).standard_normal(shape)


def enlarged(image, factor=2.0):
    height, width = (int(factor * length) for length in image.shape)
    larger = Image.fromarray(image.astype(np.float32)).resize((width, height), Image.BICUBIC)
    return np.asarray(larger, dtype=float)


FILTERS = {
    "enlarged twice": (enlarged, (Fraction(3, 5), Fraction(2, 3))),
    "enlarged by a half": (lambda image: enlarged(image, 1.5), (Fraction(2, 3), Fraction(3, 4))),
    "blurred": (lambda image: gaussian_filter(image, 1.0), (Fraction(1, 2), Fraction(3, 5))),
}


@pytest.mark.parametrize("name", FILTERS)
def test_grain_of_known_strength(name):
    filtered, sizes = FILTERS[name]
    grain = find_grain(filtered(SMOOTH + noise(SMOOTH.shape)).round())
    assert grain.size in sizes
    assert grain.sigma == pytest.approx(filtered(noise(SMOOTH.shape)).std(), rel=0.15)


def test_grain_that_ends_in_black_is_measured_by_grey_value():
    sigma = np.clip(SMOOTH - 60, 5, 60) / 3
    grain = find_grain(enlarged(SMOOTH + sigma * noise(SMOOTH.shape, 1.0)))
    dark, bright = grain.curve.slope(np.array([80.0, 150.0])) / float(grain.size)
    assert dark == pytest.approx(20 / 3 * 2, rel=0.35)
    assert bright == pytest.approx(20 * 2, rel=0.25)


def test_a_sharp_image_has_no_grain():
    assert find_grain(CLEAN) is None


def test_white_noise_is_no_grain():
    image = CLEAN + noise(CLEAN.shape)
    assert find_grain(image) is None
    assert isinstance(find_noise(image), NoiseModel)


def test_texture_beneath_white_noise_is_no_grain():
    texture = data.gravel()[:256, :256].astype(float)
    assert isinstance(find_noise(texture + noise(texture.shape, 10.0)), NoiseModel)


def test_too_small_an_image_has_no_grain():
    assert find_grain(enlarged(noise((30, 30)))) is None


def test_hardly_filtered_images_keep_their_size():
    assert size_for(Filter(1.0, 2.0)) is None
    assert size_for(Filter(0.425, 2.0)) == Fraction(1, 2)


COUNTS = np.random.default_rng(0).poisson(CLEAN / 7.0) * 7.0
PUBLISHED = enlarged(COUNTS).round().clip(0, 255)
TRUTH = enlarged(CLEAN)


def test_a_published_picture_is_enhanced_at_a_smaller_size():
    result = enhance(PUBLISHED, effort="low")
    assert isinstance(result.noise, Grain)
    assert "no detail finer than" in result.noise.sentence()
    assert "of its size" in result.settings.sentence()
    assert result.denoised.shape == result.variance.shape == PUBLISHED.shape
    assert result.variance.min() >= 0
    assert result.within_variance.min() >= 0
    assert result.settings.border > result.settings.patch_size - 1
    assert np.std(result.denoised - TRUTH) < 0.5 * np.std(PUBLISHED - TRUTH)


def test_the_mixture_is_shown_grain_as_counts():
    result = enhance(PUBLISHED, "gpmm", 6, effort="low", n_components=40, max_iter=5)
    assert result.settings.domain == "counts"
    assert np.std(result.denoised - TRUTH) < 0.5 * np.std(PUBLISHED - TRUTH)


def test_planes_of_a_published_series():
    request = as_asked("sssc", 6, effort="low", n_components=16, n_states=8)
    results = list(enhance_series(np.stack([PUBLISHED, PUBLISHED[::-1]]), request))
    assert [result.denoised.shape for result in results] == 2 * [PUBLISHED.shape]


def test_the_curve_makes_noise_of_deviation_one():
    means, sigmas = np.array([0.0, 100.0, 200.0]), np.array([2.0, 10.0, 20.0])
    curve = NoiseCurve(means, sigmas)
    for mean in (50.0, 100.0, 180.0):
        image = mean + noise((200, 200), float(curve.slope(mean)))
        assert curve.forward(image).std() == pytest.approx(1, rel=0.03)
        assert curve.inverse(curve.forward(image)) == pytest.approx(image)


def test_an_estimate_is_right_on_average():
    image = SMOOTH + noise(SMOOTH.shape)
    dark = 0.9 * SMOOTH - 15
    assert np.abs(without_bias(dark, image) - SMOOTH).max() < 5
    assert np.abs(without_bias(SMOOTH, image) - SMOOTH).max() < 1.5


def test_a_median_filter_repeats_neighbours():
    image = (CLEAN + noise(CLEAN.shape)).round()
    counts = (np.random.default_rng(0).poisson(CLEAN / 7.3) * 7.3).round()
    assert not repeats_neighbours(image)
    assert not repeats_neighbours(counts)
    assert not repeats_neighbours(CLEAN + noise(CLEAN.shape))
    assert repeats_neighbours(median_filter(image, 3))
    assert isinstance(find_noise(median_filter(image, 3)), Grain)


def test_a_smaller_size_and_back():
    image = gaussian_filter(noise((60, 80)), 4) + 7
    smaller = at_size(image, 0.5)
    assert smaller.shape == (30, 40)
    assert smaller.mean() == pytest.approx(image.mean())
    assert resized(smaller, image.shape) == pytest.approx(image, abs=0.02)
    assert at_size(resized(smaller, image.shape), 0.5) == pytest.approx(smaller)


def test_a_variance_is_never_made_negative():
    variance = np.zeros((10, 12))
    variance[4, 5] = 9.0
    larger = interpolated(variance, (25, 31))
    assert larger.shape == (25, 31)
    assert larger.min() == 0
    assert larger.max() <= 9
    assert larger.mean() == pytest.approx(variance.mean(), rel=0.1)
