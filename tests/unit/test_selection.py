"""Values by their rank."""

import numpy as np
import pytest

from zeroshot_em.core.selection import median, nth_smallest

rng = np.random.default_rng(0)
VALUES = {
    "one": np.array([3.0]),
    "random": rng.normal(size=101),
    "even": rng.normal(size=64),
    "equal": np.full(30, 2.5),
    "ties": rng.integers(0, 4, 77).astype(float),
    "rising": np.arange(50.0),
    "falling": np.arange(51.0)[::-1].copy(),
    "single precision": rng.normal(size=40).astype(np.float32),
}


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_every_rank_is_found_and_what_comes_before_it_stands_there(values):
    for n, expected in enumerate(np.sort(values)):
        moved = values.copy()
        assert nth_smallest(moved, n) == expected
        assert sorted(moved) == sorted(values)
        assert (moved[:n] <= expected).all()
        assert (moved[n:] >= expected).all()


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_median_is_that_of_numpy(values):
    assert median(values.copy()) == np.median(values)
