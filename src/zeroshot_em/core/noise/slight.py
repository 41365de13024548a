"""Noise that neighbours share a little, told by its level at every pixel, every second and third.

Blurred noise of which every second pixel was kept is hardly correlated, and yet its level, read off
the weakest directions of patches, comes out a fifth too low. Pixels farther apart share no noise.
Their level s rises with their distance k only by what second differences leave of smooth
structure ::

    s_k ** 2 = sigma ** 2 + c * k ** 4,    k = 2, 3                                        (S1)

White noise obeys (S1) at k = 1 as well; shared noise is weaker there.
"""

import numpy as np
from scipy.optimize import brentq

from zeroshot_em.core.noise.correlation import (
    NoiseSpectrum,
    RingStatistics,
    judged,
    ring_frequencies,
)
from zeroshot_em.core.noise.level import noise_level
from zeroshot_em.errors import InputError

_WEAKER = (0.5, 0.85)
"""The level beside that by (S1): below is strong correlation, above is chance."""

_MOST_STRUCTURE, _LITTLE_STRUCTURE = 0.17, 0.05
"""Of the variance among every second pixel: beyond, (S1) cannot be trusted; from the second on, the
spectrum must fall to its very end as well, which that of texture beneath white noise does not."""

_MIDDLE, _FINE, _LAST = slice(4, 6), slice(6, 9), 11
_MOST_POWER, _MOST_BEND = 1.2, 1.6
"""Of quiet blocks beside that of the noise found. White noise beneath texture that leaves no block
out holds more at middle frequencies, or falls to the fine ones and no further."""

_LARGEST_SPREAD, _LARGEST_DIRECTEDNESS = 1.9, 0.03
_COARSE, _LARGEST_COARSE_DIRECTEDNESS = slice(1, 6), 0.1
_BEFORE_END, _END, _LEAST_FALL = slice(8, 10), slice(10, 12), 1.09

_WEAKEST_FREQUENCY = 1.2
"""Of the directions that the level is read off, in units of Nyquist."""

_EXPONENT = 2.0
_SCALES = (1.0, 20.0)


def slight_spectrum(
    image: np.ndarray, excluded: np.ndarray, level: float, rings: RingStatistics
) -> NoiseSpectrum | None:
    """Estimate the spectrum of noise that is slightly correlated; None where it is not.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Grey values.
    excluded : ndarray of bool, shape (height, width)
        Pixels that carry no noise.
    level : float
        The noise level among adjacent pixels.
    rings : RingStatistics
        Of the image.
    """
    if not _is_alike(rings):
        return None
    try:
        found = _by_distance(image, excluded, level, _falls_to_its_end(rings))
    except InputError:
        return None
    if found is None:
        return None
    spectrum = _spectrum_of(*found)
    return spectrum if _is_seen(spectrum, rings) else None


def _by_distance(
    image: np.ndarray, excluded: np.ndarray, first: float, falls: bool
) -> tuple[float, float] | None:
    """Return sigma by (S1), and how weak the level is beside it, where that is shared noise."""
    second = _level_at(image, excluded, 2)
    if first > _WEAKER[1] * second:
        return None
    smooth = max(0.0, (_level_at(image, excluded, 3) ** 2 - second**2) / (3**4 - 2**4))
    structure = 2**4 * smooth
    if structure > (_MOST_STRUCTURE if falls else _LITTLE_STRUCTURE) * second**2:
        return None
    sigma = float(np.sqrt(second**2 - structure))
    weaker = first / float(np.hypot(sigma, np.sqrt(smooth)))
    return (sigma, weaker) if _WEAKER[0] < weaker < _WEAKER[1] else None


def _is_alike(rings: RingStatistics) -> bool:
    """Return whether blocks and directions are as alike as those of noise."""
    spread, directed = judged(rings)
    coarsely_directed = rings.directedness[_COARSE].mean()
    return bool(
        spread < _LARGEST_SPREAD
        and directed < _LARGEST_DIRECTEDNESS
        and coarsely_directed < _LARGEST_COARSE_DIRECTEDNESS
    )


def _is_seen(spectrum: NoiseSpectrum, rings: RingStatistics) -> bool:
    """Return whether quiet blocks hold noise of this spectrum and hardly anything else."""
    of_noise = (spectrum.sigma0 * spectrum.transfer(ring_frequencies())) ** 2
    share = rings.power / of_noise
    middle, fine, last = share[_MIDDLE].mean(), share[_FINE].mean(), share[_LAST]
    return bool(middle < _MOST_POWER and middle * last < _MOST_BEND * fine**2)


def _falls_to_its_end(rings: RingStatistics) -> bool:
    return bool(rings.power[_BEFORE_END].mean() > _LEAST_FALL * rings.power[_END].mean())


def _level_at(image: np.ndarray, excluded: np.ndarray, distance: int) -> float:
    """Return the noise level among pixels so far apart, over all ways to begin."""
    every = [np.s_[y::distance, x::distance] for y, x in np.ndindex(distance, distance)]
    return float(np.mean([noise_level(image[kept], excluded[kept]).sigma for kept in every]))


def _spectrum_of(sigma: float, weaker: float) -> NoiseSpectrum:
    """Return the spectrum of this deviation that is so much weaker at the finest frequencies."""

    def excess(scale: float) -> float:
        shape = NoiseSpectrum(1.0, scale, _EXPONENT)
        return float(shape.transfer(np.array(_WEAKEST_FREQUENCY))) / shape.sigma - weaker

    scale = brentq(excess, *_SCALES)
    return NoiseSpectrum(sigma / NoiseSpectrum(1.0, scale, _EXPONENT).sigma, scale, _EXPONENT)
