"""Gain and offset of a camera, from images whose gain and offset are known."""

import numpy as np
import pytest
from skimage.draw import disk

from zeroshot_em.core.noise.photon_transfer import fit_photon_transfer
from zeroshot_em.errors import InputError


def scene(size=320) -> np.ndarray:
    """Return expected counts: a slope, bright discs and a texture."""
    rows, columns = np.mgrid[:size, :size]
    counts = 20 + 60 * columns / size + 3 * np.sin(rows / 4)
    rng = np.random.default_rng(1)
    for centre in rng.uniform(0, size, (25, 2)):
        counts[disk(centre, rng.uniform(5, 25), shape=counts.shape)] += rng.uniform(10, 60)
    return counts


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (3.0, 100.0), (0.5, 20.0), (28.0, -50.0)])
def test_gain_and_offset_are_found(gain, offset):
    counts = scene()
    image = gain * np.random.default_rng(0).poisson(counts) + offset
    found = fit_photon_transfer(image)
    assert found.gain == pytest.approx(gain, rel=0.1)
    assert found.offset == pytest.approx(offset, abs=0.1 * gain * counts.mean())


def test_counts_have_the_variance_of_their_mean():
    counts = scene()
    image = 7.0 * np.random.default_rng(0).poisson(counts) + 300
    converted = fit_photon_transfer(image).to_counts(image)
    assert ((converted - counts) ** 2).mean() == pytest.approx(counts.mean(), rel=0.2)
    assert fit_photon_transfer(converted).gain == pytest.approx(1, rel=0.1)


def test_counts_are_never_negative():
    image = np.random.default_rng(0).poisson(scene() / 20).astype(float)
    found = fit_photon_transfer(image)
    assert found.to_counts(np.array([[found.offset - 5.0]])).min() == 0


def test_noise_that_does_not_grow_is_refused():
    counts = scene()
    noise = np.random.default_rng(0).normal(size=counts.shape)
    with pytest.raises(InputError, match="does not grow"):
        fit_photon_transfer(counts + noise * (400 - counts) / 30)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.ones((50, 50)), "10240 pixels or more, got 2500"),
        (np.full((200, 200), np.nan), "without NaN"),
        (np.ones((200, 200, 3)), "gray image"),
    ],
)
def test_bad_images_are_refused(image, message):
    with pytest.raises(InputError, match=message):
        fit_photon_transfer(image)
