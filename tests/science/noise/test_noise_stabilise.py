"""Unit noise after the transform, no bias after its inverse."""

import numpy as np
import pytest

from zeroshot_em.core.noise.stabilise import Stabiliser, expected_anscombe, unbiased_inverse
from zeroshot_em.errors import InputError


def recorded(gain, offset, readout, mean):
    random = np.random.default_rng(0)
    poisson = random.poisson(mean, 200_000)
    return gain * poisson + offset + readout * random.standard_normal(poisson.size)


@pytest.mark.parametrize("mean", [3.0, 10.0, 50.0, 700.0])
@pytest.mark.parametrize(
    ("gain", "offset", "readout"), [(1.0, 0.0, 0.0), (30.0, 100.0, 12.0), (-5.0, 4000.0, 10.0)]
)
def test_noise_becomes_one_and_the_mean_returns(gain, offset, readout, mean):
    stabiliser = Stabiliser(gain, readout**2 - gain * offset, readout)
    stabilised = stabiliser.forward(recorded(gain, offset, readout, mean))
    assert stabilised.std() == pytest.approx(1, abs=0.04)
    back = float(stabiliser.inverse(stabilised.mean()))
    assert (back - offset) / gain == pytest.approx(mean, rel=0.01)


@pytest.mark.parametrize("readout", [0.0, 0.5, 4.0])
def test_the_inverse_undoes_the_expectation(readout):
    means = np.linspace(0.05, 250, 400)
    back = unbiased_inverse(expected_anscombe(means, readout), readout)
    assert back == pytest.approx(means, rel=2e-3, abs=2e-3)


def test_the_inverse_rises_where_table_and_formula_meet():
    values = np.linspace(20, 60, 5000)
    assert (np.diff(unbiased_inverse(values)) > 0).all()


def test_expectation_against_sampling():
    sampled = 2 * np.sqrt(np.maximum(recorded(1, 0, 0.7, 1.5) + 3 / 8 + 0.49, 0))
    assert expected_anscombe(np.array([1.5]), 0.7)[0] == pytest.approx(sampled.mean(), abs=0.01)


@pytest.mark.parametrize("gain", [0.0, np.nan, np.inf])
def test_an_impossible_gain_is_refused(gain):
    with pytest.raises(InputError, match="gain"):
        Stabiliser(gain, 1.0)
