"""The level of white noise, on images whose noise is known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data

from zeroshot_em.core.noise.level import noise_level
from zeroshot_em.errors import InputError


def noisy(image, sigma, seed=0):
    return image + sigma * np.random.default_rng(seed).standard_normal(image.shape)


@pytest.mark.parametrize("shape", [(64, 64), (256, 256), (90, 301)])
def test_pure_noise_is_measured_without_bias(shape):
    found = [noise_level(noisy(np.zeros(shape), 7.0, seed)) for seed in range(6)]
    assert np.mean([f.sigma for f in found]) == pytest.approx(7.0, rel=0.02)


@pytest.mark.parametrize("name", ["camera", "brick", "grass", "coins"])
@pytest.mark.parametrize("sigma", [15.0, 50.0])
def test_texture_is_not_taken_for_noise(name, sigma):
    image = getattr(data, name)()[:256, :256].astype(float)
    tolerance = 0.10 if name == "grass" and sigma < 20 else 0.05
    assert noise_level(noisy(image, sigma)).sigma == pytest.approx(sigma, rel=tolerance)


def fine_texture(strength):
    """Texture as fine as noise, of a strength that changes over the image and is nowhere 0."""
    y, x = np.indices((256, 256))
    local = strength * (1 + 0.6 * np.sin(x / 19) * np.cos(y / 23))
    grain = np.random.default_rng(9).standard_normal((256, 256))
    return local * (gaussian_filter(grain, 0.6) + gaussian_filter(grain, 1.5))


@pytest.mark.parametrize("sigma", [10.0, 15.0])
def test_noise_is_found_beneath_texture_that_is_everywhere(sigma):
    image = noisy(fine_texture(60.0), sigma)
    assert noise_level(image, extrapolate=False).sigma > 1.08 * sigma
    assert noise_level(image).sigma == pytest.approx(sigma, rel=0.05)


def test_fine_stripes_are_not_taken_for_noise():
    y, x = np.indices((256, 256))
    stripes = 60 * np.sin(1.3 * x + 0.9 * y + 0.0008 * x * y)
    assert noise_level(noisy(stripes, 10.0)).sigma == pytest.approx(10.0, rel=0.05)


def test_scale_and_offset_do_not_matter():
    image = noisy(data.camera()[:128, :128].astype(float), 20.0)
    moved = noise_level(1e4 - 0.01 * image).sigma
    assert moved == pytest.approx(0.01 * noise_level(image).sigma, rel=1e-6)


def test_excluded_pixels_do_not_count():
    image = noisy(np.zeros((128, 128)), 5.0)
    image[:40] = 0
    clipped = np.zeros(image.shape, dtype=bool)
    clipped[:40] = True
    assert noise_level(image, clipped).sigma == pytest.approx(5.0, rel=0.05)


def test_an_image_that_is_too_small_is_refused():
    with pytest.raises(InputError, match="at least 32 x 32"):
        noise_level(np.zeros((31, 200)))
