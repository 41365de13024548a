"""Noise that neighbours share a little, as every second pixel of a blurred image has it."""

import numpy as np
import pytest
from skimage import data

from zeroshot_em.core.noise import estimate_noise
from zeroshot_em.core.preprocess import subsample
from zeroshot_em.core.resize import at_size
from zeroshot_em.data.simulation import Camera, simulate_scene


@pytest.fixture(scope="module", params=[(3, 41), (9, 31), (30, 34)])
def halved(request):
    dose, seed = request.param
    camera = Camera(conversion=4, readout_noise=0.4)
    scene = simulate_scene((256, 256), camera=camera, pixel_size_nm=1.08, dose=dose, seed=seed)
    return tuple(subsample(image.astype(float), 2) for image in (scene.noisy, scene.clean))


def test_slightly_shared_noise_is_seen_and_measured(halved):
    noisy, clean = halved
    noise = noisy - clean
    found = estimate_noise(noisy)
    true = np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]
    assert "slightly correlated" in found.sentence()
    assert found.neighbour_correlation == pytest.approx(true, abs=0.1)
    assert found.sigma == pytest.approx(noise.std(), rel=0.08)


@pytest.mark.parametrize("name", ["camera", "coins", "grass", "gravel", "brick"])
@pytest.mark.parametrize("sigma", [10.0, 20.0])
def test_texture_beneath_white_noise_is_not_taken_for_it(name, sigma):
    image = getattr(data, name)()[:256, :256]
    noise = sigma * np.random.default_rng(2).standard_normal((256, 256))
    assert estimate_noise(image + noise).spectrum.is_white


@pytest.mark.parametrize("name", ["grass", "gravel"])
def test_white_noise_beneath_fine_texture_everywhere_is_not_taken_for_it(name):
    texture = at_size(getattr(data, name)().astype(float), 0.5)
    noise = 15 * np.random.default_rng(1).standard_normal(texture.shape)
    found = estimate_noise(texture + noise)
    assert found.spectrum.is_white
    assert found.sigma == pytest.approx(15, rel=0.3)


def test_white_noise_is_not_taken_for_it():
    assert estimate_noise(np.random.default_rng(7).standard_normal((256, 256))).spectrum.is_white


def test_too_small_an_image_shows_none():
    assert estimate_noise(np.random.default_rng(7).standard_normal((90, 90))).spectrum.is_white
