"""How learning went: the bound and what else is followed, pass by pass."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

ROUNDING = 1e-9
"""A bound may seem to fall by so much of its size where it does not."""


class Pass(NamedTuple):
    """What is followed: the bound per patch in nats, sigma, active units per patch."""

    bound: float
    noise_deviation: float
    activity: float


class History:
    """The passes made, and whether they were enough.

    Parameters
    ----------
    smallest_rise : float
        Learning has converged when a pass raises the bound by less, and does not lower it.
    """

    def __init__(self, smallest_rise: float) -> None:
        self.smallest_rise = smallest_rise
        self.passes: list[Pass] = []

    @property
    def bounds(self) -> np.ndarray:
        """The bound after each pass."""
        return np.array([each.bound for each in self.passes])

    @property
    def has_converged(self) -> bool:
        """Whether the last pass raised the bound too little to go on."""
        if len(self.passes) < 2:
            return False
        before, after = self.bounds[-2:]
        return -ROUNDING * abs(before) <= after - before < self.smallest_rise

    @property
    def largest_fall(self) -> float:
        """By how much a pass lowered the bound at most, beyond rounding."""
        bounds = self.bounds
        falls = -np.diff(bounds)
        return float(np.max(falls, initial=0.0, where=falls > ROUNDING * np.abs(bounds[:-1])))

    def warn(self) -> None:
        """Say what went wrong, if anything did."""
        n_passes = len(self.passes)
        if fall := self.largest_fall:
            _warn(
                f"the bound of SSSC fell by up to {fall:.2g} nats per patch from one pass to the "
                "next, where it should never fall: the grey values span too wide a range for the "
                "arithmetic; remove outliers"
            )
        if not self.has_converged:
            _warn(f"SSSC has not converged in {n_passes} passes; a larger max_iter may help")


def _warn(message: str) -> None:
    warnings.warn(message, ConvergenceWarning, stacklevel=6)
