"""The whole model: what it says, and what it refuses."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage import data

from zeroshot_em.core.domain import unit_noise_domain
from zeroshot_em.core.noise import estimate_noise
from zeroshot_em.core.noise.defects import clipping
from zeroshot_em.core.noise.level import noise_level
from zeroshot_em.data.simulation import simulate_scene
from zeroshot_em.errors import InputError


def noisy_camera(sigma=15.0):
    image = data.camera()[:256, :256].astype(float)
    return image + sigma * np.random.default_rng(0).standard_normal(image.shape)


def test_constant_noise_in_words_and_numbers():
    model = estimate_noise(noisy_camera())
    assert model.sigma == pytest.approx(15, rel=0.05)
    assert model.warnings == ()
    assert "the same in dark and bright" in model.sentence()
    assert "independent from pixel to pixel" in model.sentence()
    assert json.loads(json.dumps(model.to_dict(), allow_nan=False))["gain"] == 0


def test_counts_are_stabilised_to_unit_noise_and_come_back():
    image = np.random.default_rng(0).poisson(data.camera()[:256, :256] / 255 * 40).astype(float)
    model = estimate_noise(image)
    domain = unit_noise_domain(model)
    prepared = domain.forward(image)
    assert model.is_signal_dependent
    assert noise_level(prepared).sigma == pytest.approx(1, abs=0.15)
    assert domain.inverse(prepared).mean() == pytest.approx(image.mean(), rel=0.05)


@pytest.mark.parametrize("seed", [0, 1])
def test_counts_beneath_fine_texture_keep_their_variance(seed):
    random = np.random.default_rng(seed)
    ramp = 60 + 45 * np.cos(np.arange(256) / 40)
    grain = gaussian_filter(random.standard_normal((256, 256)), 0.6)
    mean = np.maximum(ramp * (1 + 0.25 * np.sin(np.arange(256) / 19)[:, None] * grain), 0)
    model = estimate_noise(random.poisson(mean).astype(float))
    assert model.gain * 60 + model.intercept == pytest.approx(60, rel=0.06)


def test_places_without_counts_do_not_hide_the_noise():
    mean = np.where(np.indices((128, 128)).sum(axis=0) < 140, 0.05, 5.0)
    model = estimate_noise(np.random.default_rng(0).poisson(mean).astype(float))
    assert model.gain == pytest.approx(1, rel=0.15)


def test_homogeneous_texture_is_not_taken_for_a_blurring_camera():
    image = np.random.default_rng(1).poisson(data.gravel()[128:384, 128:384] * 60 / 255)
    assert not estimate_noise(image.astype(float)).needs_whitening


def test_a_blurring_camera_is_whitened():
    model = estimate_noise(simulate_scene((256, 256), seed=4, dose=20).noisy)
    assert model.needs_whitening
    assert "correlated between neighbouring pixels" in model.sentence()


def test_every_second_pixel_is_not_held_at_too_small_a_noise():
    scene = simulate_scene((512, 512), seed=1, dose=20)
    every_second = np.s_[::2, ::2]
    model = estimate_noise(scene.noisy[every_second])
    assert not model.needs_whitening
    assert model.sigma > 0.9 * (scene.noisy - scene.clean)[every_second].std()


def test_the_same_image_gives_the_same_model():
    assert estimate_noise(noisy_camera()) == estimate_noise(noisy_camera())


def with_hot_pixels():
    image = noisy_camera()
    image[20:240:40, 30:240:50] = 2000
    return image


def of_jpeg_blocks():
    image = noisy_camera()
    blocks = image.reshape(32, 8, 32, 8).mean(axis=(1, 3)).repeat(8, axis=0).repeat(8, axis=1)
    return 0.7 * blocks + 0.3 * image


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (with_hot_pixels(), "dead or hot"),
        (of_jpeg_blocks(), "JPEG"),
        (np.clip(noisy_camera(), 20, None), "clipped"),
        (noisy_camera()[:40, :40], "small"),
    ],
)
def test_doubts_are_told(image, words):
    assert any(words in warning for warning in estimate_noise(image).warnings)


def compressed(image, quality=95):
    content = io.BytesIO()
    Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(content, "JPEG", quality=quality)
    return np.array(Image.open(content)).astype(float)


def test_clipped_grey_values_are_seen_though_jpeg_has_smeared_them():
    found = estimate_noise(compressed(noisy_camera(20.0)))
    assert found.clipped_low > 0.03
    assert found.sigma == pytest.approx(20, rel=0.1)


@pytest.mark.parametrize("gain", [1.0, 7.0])
def test_few_counts_are_not_called_clipped(gain):
    counts = np.random.default_rng(0).poisson(data.camera()[:256, :256] / 10)
    assert clipping(gain * counts).share == 0


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.full((64, 64), 3.0), "constant"),
        (np.clip(2 * noisy_camera(), 0, 255), "clipped"),
        (gaussian_filter(noisy_camera(), 2), "no noise"),
        (noisy_camera()[:20], "at least 32"),
        (np.full((64, 64), np.nan), "NaN"),
    ],
)
def test_hopeless_images_are_refused_in_one_line(image, words):
    with pytest.raises(InputError, match=words) as caught:
        estimate_noise(image)
    assert "\n" not in str(caught.value)
