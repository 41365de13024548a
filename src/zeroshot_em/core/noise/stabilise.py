"""The generalised Anscombe transform and its exact unbiased inverse.

Poisson-Gaussian noise of variance ``gain * mean + intercept`` becomes noise of variance 1::

    f(z) = 2 sqrt(max(z' + 3/8, 0)),    z' = z / gain + intercept / gain ** 2              (A1)

(Murtagh, Starck and Bijaoui 1995). Denoising returns E[f(z)], whose algebraic inverse is too small
at low counts. The exact unbiased inverse maps E[f(z) | mean] back to the mean (Mäkitalo and Foi
2013, doi:10.1109/TIP.2012.2202675); it is a table here, summed and integrated numerically.
A negative gain, of an image with inverted contrast, needs nothing else: (A1) then falls with z.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import roots_hermitenorm
from scipy.stats import poisson

from zeroshot_em.errors import InputError

# Beyond so many counts of variance the asymptotic inverse is exact to 1e-4 counts.
_LARGEST_TABLED = 300.0
_TABLE_POINTS = 500
_QUADRATURE_POINTS = 40
_READOUT_STEP = 0.02


@dataclass(frozen=True)
class Stabiliser:
    """The transform to unit noise for one camera, and back.

    Attributes
    ----------
    gain : float
        Grey values per count, not 0; negative where the contrast is inverted.
    intercept : float
        Noise variance at grey value 0, ``readout ** 2 - gain * offset``.
    readout : float
        The part of the noise that is Gaussian, in grey values. It only matters at low counts.
    """

    gain: float
    intercept: float
    readout: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no camera.

        Raises
        ------
        InputError
        """
        if not (np.isfinite(self.gain) and self.gain != 0 and np.isfinite(self.intercept)):
            raise InputError(f"stabilising needs a gain other than 0, got {self.gain}")
        if not (np.isfinite(self.readout) and self.readout >= 0):
            raise InputError(f"the readout noise must be 0 or more, got {self.readout}")

    @property
    def offset(self) -> float:
        """Grey value of no counts."""
        return (self.readout**2 - self.intercept) / self.gain

    @property
    def _relative_readout(self) -> float:
        return self.readout / abs(self.gain)

    def forward(self, image: np.ndarray) -> np.ndarray:
        """Return the image with noise of standard deviation 1 (A1)."""
        return _anscombe(image / self.gain + self.intercept / self.gain**2)

    def inverse(self, stabilised: np.ndarray) -> np.ndarray:
        """Return the mean grey values whose stabilised image has this expectation.

        What lies below the expectation of no counts becomes `offset`.
        """
        grey_values = unbiased_inverse(stabilised, self._relative_readout)
        grey_values *= self.gain
        grey_values += self.offset
        return grey_values

    def slope(self, mean: np.ndarray) -> np.ndarray:
        """Return how much `inverse` moves per unit, the noise sigma at a mean grey value."""
        return np.sqrt(np.maximum(self.gain * mean + self.intercept, (self.gain / 2) ** 2))


def _anscombe(counts: np.ndarray) -> np.ndarray:
    return 2 * np.sqrt(np.maximum(counts + 3 / 8, 0))


def expected_anscombe(counts: np.ndarray, readout: float = 0.0) -> np.ndarray:
    """Return E[f(z)] for z Poisson of the given means plus Gaussian noise, in counts.

    Parameters
    ----------
    counts : ndarray of shape (n,)
        Means, up to some hundreds.
    readout : float
        Standard deviation of the Gaussian noise, in counts.
    """
    largest = int(np.max(counts) + 12 * np.sqrt(np.max(counts) + 1) + 12)
    whole = np.arange(largest + 1)
    probabilities = poisson.pmf(whole[None, :], np.asarray(counts, dtype=float)[:, None])
    return probabilities @ _expected_at_whole(whole, readout)


def _expected_at_whole(whole: np.ndarray, readout: float) -> np.ndarray:
    """Return E[f(k + readout * n)] over the normal n, with f at intercept readout ** 2."""
    if readout == 0:
        return _anscombe(whole.astype(float))
    argument = whole + 3 / 8 + readout**2
    return np.where(
        argument > 8 * readout,
        _by_quadrature(argument, readout),
        [_above_root(float(a), readout) for a in argument],
    )


def _by_quadrature(argument: np.ndarray, readout: float) -> np.ndarray:
    nodes, weights = roots_hermitenorm(_QUADRATURE_POINTS)
    values = np.sqrt(np.maximum(argument[:, None] + readout * nodes, 0))
    return 2 * values @ weights / weights.sum()


def _above_root(argument: float, readout: float) -> float:
    """Return E[2 sqrt(max(x, 0))], x normal; in s = sqrt(x) the integrand has no kink."""
    if argument < -8 * readout:
        return 0.0
    s, step = np.linspace(0, np.sqrt(argument + 8 * readout), 400, retstep=True)
    density = np.exp(-0.5 * ((s**2 - argument) / readout) ** 2) / (readout * np.sqrt(2 * np.pi))
    # dx = 2 s ds; both ends vanish, so that the trapezoidal rule is a sum.
    return float(np.sum(2 * s * density * 2 * s) * step)


@lru_cache(maxsize=8)
def _table(readout: float) -> tuple[np.ndarray, np.ndarray]:
    """Return means and the expectations of their stabilised values."""
    counts = np.linspace(0, np.sqrt(_LARGEST_TABLED), _TABLE_POINTS) ** 2
    return counts, expected_anscombe(counts, readout)


def unbiased_inverse(stabilised: np.ndarray, readout: float = 0.0) -> np.ndarray:
    """Return the counts whose stabilised values have this expectation.

    Above the table ``counts = (D / 2) ** 2 - 1/8 - readout ** 2``, from E[f] to the order of
    1 / counts; the step at the table's end is taken off.

    Parameters
    ----------
    stabilised : ndarray
    readout : float
        Standard deviation of the Gaussian noise, in counts.
    """
    counts, expected = _table(round(readout / _READOUT_STEP) * _READOUT_STEP)
    shift = counts[-1] - (expected[-1] / 2) ** 2
    return np.where(
        stabilised > expected[-1],
        (np.asarray(stabilised) / 2) ** 2 + shift,
        np.interp(stabilised, expected, counts),
    )
