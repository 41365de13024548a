"""Gain and intercept, on images whose camera is known."""

import numpy as np
import pytest
from skimage import data

from zeroshot_em.core.noise.photon_transfer import photon_transfer


def counts(peak, seed=0):
    image = data.camera()[:192, :192].astype(float) / 255 * peak
    return np.random.default_rng(seed).poisson(image).astype(float)


@pytest.mark.parametrize("peak", [5, 20, 60])
def test_counts_have_gain_one(peak):
    found = photon_transfer(counts(peak))
    assert found.is_signal_dependent
    assert found.gain == pytest.approx(1, rel=0.15)


@pytest.mark.parametrize("gain", [0.5, 30.0, -30.0])
def test_gain_offset_and_readout(gain):
    readout = 1.5 * abs(gain)
    noise = readout * np.random.default_rng(5).standard_normal((192, 192))
    found = photon_transfer(gain * counts(40) + 100 + noise)
    assert found.is_signal_dependent
    assert found.gain == pytest.approx(gain, rel=0.15)
    middle = 100 + gain * 20
    assert found.variance(middle) == pytest.approx(gain**2 * 20 + readout**2, rel=0.15)


@pytest.mark.parametrize("name", ["coins", "brick", "gravel"])
@pytest.mark.parametrize("sigma", [5.0, 25.0])
def test_constant_noise_is_called_constant(name, sigma):
    image = getattr(data, name)()[:192, :192]
    image = image + sigma * np.random.default_rng(1).standard_normal(image.shape)
    found = photon_transfer(image)
    assert not found.is_signal_dependent
    assert found.gain == 0
