"""How learning went: the bound and what else is followed, pass by pass."""

import warnings
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

ROUNDING = 1e-9
"""A bound may seem to fall by so much of its size where it does not."""

CANCELLATION = 16 * float(np.finfo(float).eps)
"""So much of ``|y|^2 / sigma^2``, which cancels in the bound, may be left of it."""


class Pass(NamedTuple):
    """What is followed: the bound per patch in nats, sigma, active units and energy per patch."""

    bound: float
    noise_deviation: float
    activity: float
    energy: float

    @property
    def rounding(self) -> float:
        """By how much the bound may be off."""
        cancelling = self.energy / self.noise_deviation**2
        return ROUNDING * abs(self.bound) + CANCELLATION * cancelling


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
    def has_converged(self) -> bool:
        """Whether the last pass raised the bound too little to go on."""
        if len(self.passes) < 2:
            return False
        before, after = self.passes[-2:]
        return -after.rounding <= after.bound - before.bound < self.smallest_rise

    @property
    def largest_fall(self) -> float:
        """By how much a pass lowered the bound at most, beyond rounding."""
        falls = [
            before.bound - after.bound
            for before, after in pairwise(self.passes)
            if before.bound - after.bound > after.rounding
        ]
        return max(falls, default=0.0)

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
