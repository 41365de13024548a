"""The noise's spectrum, on noise that was blurred by a known transfer."""

import numpy as np
import pytest
from skimage import data

from zeroshot_em import enhance
from zeroshot_em.core.domain import unit_noise_domain
from zeroshot_em.core.noise import estimate_noise
from zeroshot_em.core.noise.correlation import (
    NoiseSpectrum,
    line_noise,
    undo_whitening,
    whiten,
)
from zeroshot_em.data.metrics import psnr
from zeroshot_em.data.simulation import Camera, simulate_scene


@pytest.fixture(scope="module")
def scene():
    return simulate_scene((256, 256), seed=4, dose=20)


def test_the_cameras_transfer_is_found(scene):
    found = estimate_noise(scene.noisy).spectrum
    frequency = np.array([0.25, 0.5, 0.75])
    true = Camera().mtf(frequency / np.sqrt(2), frequency / np.sqrt(2))
    assert found.transfer(frequency) == pytest.approx(true, abs=0.1)


def test_sigma_is_that_of_a_pixel(scene):
    true = (scene.noisy - scene.clean).std()
    assert estimate_noise(scene.noisy).spectrum.sigma == pytest.approx(true, rel=0.1)


def test_whitened_noise_is_white(scene):
    image = scene.noisy.astype(float)
    spectrum = estimate_noise(image).spectrum
    noise = whiten(image, spectrum) - whiten(scene.clean.astype(float), spectrum)
    neighbours = np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]
    assert abs(neighbours) < 0.1
    assert noise.std() == pytest.approx(spectrum.sigma0, rel=0.12)


def test_noise_is_one_once_whitened_and_stabilised(scene):
    model = estimate_noise(scene.noisy)
    domain = unit_noise_domain(model)
    images = (scene.noisy.astype(float), scene.clean.astype(float))
    noisy, clean = (domain.forward(image) for image in images)
    assert (noisy - clean).std() == pytest.approx(1, abs=0.1)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_whitening_pays_from_end_to_end():
    scene = simulate_scene((128, 128), seed=4, dose=20)
    sigma = float((scene.noisy - scene.clean).std())
    quick = {"effort": "low", "n_components": 60}
    whitened, told = (enhance(scene.noisy, noise=noise, **quick) for noise in ("auto", sigma))
    assert psnr(scene.clean, whitened.denoised) > psnr(scene.clean, told.denoised) + 2


def test_whitening_is_undone(scene):
    image = scene.noisy.astype(float)
    spectrum = estimate_noise(image).spectrum
    back = undo_whitening(whiten(image, spectrum), spectrum)
    inner = np.s_[8:-8, 8:-8]
    assert np.abs(back - image)[inner].max() < 0.05 * image.std()


def test_whitening_keeps_the_mean():
    spectrum = NoiseSpectrum(1.0, 0.5, 1.5, 1e-3)
    assert whiten(np.full((64, 80), 7.0), spectrum) == pytest.approx(7.0)


@pytest.mark.parametrize("name", ["camera", "brick", "grass", "coins"])
@pytest.mark.parametrize("sigma", [10.0, 25.0])
def test_white_noise_on_texture_is_not_whitened(name, sigma):
    image = getattr(data, name)()[:256, :256]
    image = image + sigma * np.random.default_rng(2).standard_normal(image.shape)
    assert not estimate_noise(image).needs_whitening


def test_white_noise_is_white():
    assert estimate_noise(np.random.default_rng(7).standard_normal((256, 256))).spectrum.is_white


def test_streaks_are_measured():
    random = np.random.default_rng(3)
    image = random.standard_normal((256, 256)) + 0.4 * random.standard_normal((256, 1))
    rows, columns = line_noise(image)
    assert rows == pytest.approx(0.4, abs=0.1)
    assert columns < 0.1
