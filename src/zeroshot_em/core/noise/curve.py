"""Noise whose strength is known by a table of grey values, and its stabilisation.

Where no camera's law holds, since a picture's contrast was chosen by an operator, grey values z are
stretched to noise of deviation 1, to first order, by ::

    f(z) = integral of dz / sigma(z)                                                       (C1)

The mean of stretched values is not the stretched mean; `without_bias` makes up for that.
"""

from functools import cached_property

import numpy as np
from scipy.integrate import cumulative_trapezoid
from scipy.ndimage import gaussian_filter

_POINTS = 500
_BEYOND = 10.0
"""The noise goes on as at the table's ends, for so many times its width."""

_CLASSES = 16
_SMOOTHING = 4.0


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

    def inverse(self, estimate: np.ndarray) -> np.ndarray:
        """Return the grey values of an estimate."""
        grey_values, stretched = self._table
        return np.interp(estimate, stretched, grey_values)

    def slope(self, grey_values: np.ndarray) -> np.ndarray:
        """Return the deviation of the noise at these grey values."""
        return np.interp(grey_values, self.grey_values, self.sigmas)


def without_bias(denoised: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Return a denoised image that is right on average wherever it has a grey value.

    It is compared with the image by classes of its own smoothed grey values, which hold too little
    noise to choose pixels by their noise.
    """
    smooth = gaussian_filter(denoised, _SMOOTHING)
    classes = np.array_split(np.argsort(smooth, axis=None, kind="stable"), _CLASSES)
    grey_values = [smooth.flat[chosen].mean() for chosen in classes]
    errors = [(image - denoised).flat[chosen].mean() for chosen in classes]
    return denoised + np.interp(denoised, grey_values, errors)
