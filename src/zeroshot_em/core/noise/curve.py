"""Noise whose strength is known by a table of grey values, and its stabilisation.

Where no camera's law holds, since a picture's contrast was chosen by an operator, grey values z are
stretched to noise of deviation 1, to first order, by ::

    f(z) = integral of dz / sigma(z)                                                       (C1)

The mean of stretched values is not the stretched mean. The inverse therefore maps

- (C2) ``E[f(m + sigma(m) n)]`` over the normal n, by quadrature, back to the mean m.
"""

from functools import cached_property

import numpy as np
from scipy.integrate import cumulative_trapezoid
from scipy.special import roots_hermitenorm

_POINTS = 500
_QUADRATURE_POINTS = 20
_BEYOND = 10.0
"""The noise goes on as at the table's ends, for so many times its width."""


class NoiseCurve:
    """The deviation of noise by grey value.

    Attributes
    ----------
    grey_values, sigmas : ndarray of shape (n,)
        Rising grey values, and the deviation at each.
    """

    def __init__(self, grey_values: np.ndarray, sigmas: np.ndarray) -> None:
        self.grey_values = np.asarray(grey_values, dtype=float)
        self.sigmas = np.asarray(sigmas, dtype=float)

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        """Return grey values and their stretched values (C1)."""
        first, last = self.grey_values[[0, -1]]
        beyond = _BEYOND * max(last - first, self.sigmas.max())
        inside = np.linspace(first, last, _POINTS) if last > first else [first]
        grey_values = np.concatenate([[first - beyond], inside, [last + beyond]])
        return grey_values, cumulative_trapezoid(
            1 / self.slope(grey_values), grey_values, initial=0
        )

    def forward(self, image: np.ndarray) -> np.ndarray:
        """Return the image with noise of deviation 1."""
        return np.interp(image, *self._table)

    @cached_property
    def _expected(self) -> np.ndarray:
        """Return the expectation of stretched values (C2) at the table's grey values."""
        grey_values = self._table[0]
        nodes, weights = roots_hermitenorm(_QUADRATURE_POINTS)
        spread = grey_values[:, None] + self.slope(grey_values)[:, None] * nodes
        expected = self.forward(spread) @ weights / weights.sum()
        return np.maximum.accumulate(expected)

    def inverse(self, estimate: np.ndarray) -> np.ndarray:
        """Return the mean grey values whose stretched image has this expectation."""
        return np.interp(estimate, self._expected, self._table[0])

    def slope(self, grey_values: np.ndarray) -> np.ndarray:
        """Return the deviation of the noise at these grey values."""
        return np.interp(grey_values, self.grey_values, self.sigmas)
