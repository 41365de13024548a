"""Grey values in units of noise that is the same everywhere, or in counts."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scaled:
    """Grey values in units of their noise, or in counts: ``(grey value - offset) / unit``.

    Attributes
    ----------
    unit : float
        Grey values of one unit.
    offset : float
        Grey value that becomes 0.
    least : float
        What would be less becomes this.
    """

    unit: float
    offset: float = 0.0
    least: float = -np.inf

    def forward(self, image: np.ndarray) -> np.ndarray:
        """Return the image in units."""
        return np.maximum((image - self.offset) / self.unit, self.least)

    def inverse(self, estimate: np.ndarray) -> np.ndarray:
        """Return the grey values."""
        return estimate * self.unit + self.offset

    def slope(self, grey_values: np.ndarray) -> float:
        """Return the size of a unit."""
        return abs(self.unit)
