"""How noise is correlated between neighbouring pixels, whitening and its undoing.

A scintillator spreads light after the electrons were counted, so that shot noise is blurred with
the image. Its power spectrum is the square of the modulation transfer, read here as ::

    power(f) = sigma0 ** 2 * (exp(-2 (f / scale) ** exponent) + floor)                     (N1)

with f in units of Nyquist and a white `floor` of readout noise. Measured transfers fall from 0.54
to 0.17 to 0.03 at one, two and three quarters, which (N1) fits.

The spectrum is the lower envelope of the periodograms of blocks, ring by ring. Noise is told from
texture by three marks: it is the same in all blocks, the same in all directions within a block, and
white noise ends in a plateau where blurred noise goes on falling.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy import fft
from scipy.optimize import least_squares
from skimage.util import view_as_windows

BLOCK = 32
_STEP = 16
_MOST_BLOCKS = 1500
_FEWEST_BLOCKS = 25
_EDGES = np.array([0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.42])
_ENVELOPE = 0.2
_SPREAD = (0.05, 0.4)
_CALIBRATION_SEEDS = 4
_CALIBRATION_EDGE = 256
_PLATEAU = slice(10, 12)
_SHOULDER = slice(6, 8)
_JUDGED = slice(4, 10)
_MIDDLE = slice(3, 4)
_TOLD_BY = slice(2, 7)
_EMPTY = 1e-3
_FALL, _STEEP_FALL = 4.0, 50.0
_LARGEST_SPREAD = 2.2
_LARGEST_DIRECTEDNESS = 0.03
_PADDING = 32
_LINE_MARGIN = 1.25
_STRONG = 0.35
_FILTERED_FALL = 30.0


@dataclass(frozen=True)
class NoiseSpectrum:
    """Isotropic power spectrum of noise (N1); white where `scale` is infinite.

    Attributes
    ----------
    sigma0 : float
        Standard deviation of the noise once whitened, which leaves the image's mean as it is.
    scale, exponent : float
        Of the transfer's fall, in units of Nyquist.
    floor : float
        White part of the power, relative to that at frequency 0.
    """

    sigma0: float
    scale: float = np.inf
    exponent: float = 1.0
    floor: float = 0.0

    @property
    def is_white(self) -> bool:
        """Whether the noise of neighbours is independent."""
        return not np.isfinite(self.scale)

    @property
    def is_strong(self) -> bool:
        """Whether whitening pays; a weaker correlation only has to be allowed for in sigma."""
        return self.neighbour_correlation > _STRONG

    def transfer(self, frequency: np.ndarray) -> np.ndarray:
        """Return the root of the power relative to that at frequency 0."""
        return _transfer(frequency, self.scale, self.exponent, self.floor)

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise of a pixel."""
        return self.sigma0 * float(np.sqrt(np.mean(self._power_grid())))

    @property
    def neighbour_correlation(self) -> float:
        """Correlation between the noise of a pixel and that of the next."""
        covariance = fft.ifft2(self._power_grid()).real
        return float(covariance[0, 1] / covariance[0, 0])

    def _power_grid(self) -> np.ndarray:
        frequency = fft.fftfreq(128, 0.5)
        return self.transfer(np.hypot(frequency[:, None], frequency)) ** 2


def _transfer(frequency: np.ndarray, scale: float, exponent: float, floor: float) -> np.ndarray:
    power = np.exp(-2 * (np.asarray(frequency) / scale) ** exponent)
    return np.sqrt((power + floor) / (1 + floor))


def whiten(image: np.ndarray, spectrum: NoiseSpectrum) -> np.ndarray:
    """Return the image with white noise of standard deviation `spectrum.sigma0`, mean as before."""
    return _filtered(image, spectrum, -1)


def undo_whitening(whitened: np.ndarray, spectrum: NoiseSpectrum) -> np.ndarray:
    """Return what `whiten` took away: the image as the camera spreads it."""
    return _filtered(whitened, spectrum, 1)


def _filtered(image: np.ndarray, spectrum: NoiseSpectrum, power: int) -> np.ndarray:
    """Return the image mirrored at the borders, times a power of the transfer."""
    if spectrum.is_white:
        return image
    padding = min(_PADDING, *image.shape)
    shape = tuple(length + 2 * padding for length in image.shape)
    down, across = fft.fftfreq(shape[0], 0.5), fft.rfftfreq(shape[1], 0.5)
    coefficients = fft.rfft2(np.pad(image, padding, mode="symmetric"))
    coefficients *= spectrum.transfer(np.hypot(down[:, None], across)) ** power
    result = fft.irfft2(coefficients, s=shape, overwrite_x=True)
    return result[padding : padding + image.shape[0], padding : padding + image.shape[1]]


def line_noise(image: np.ndarray) -> tuple[float, float]:
    """Return the noise shared by all pixels of a row, and of a column, in sigmas of a pixel's.

    A shared offset stands out in the blocks' spectrum at frequency 0 along the line; the lower
    envelope over blocks leaves out most texture that happens to lie along the lines.
    """
    periodograms = _periodograms(image)
    swapped = _periodograms(image.T)
    return _shared(periodograms), _shared(swapped)


def _shared(periodograms: np.ndarray) -> float:
    fine = slice(BLOCK // 4, 3 * BLOCK // 4)
    along, beside = (
        np.quantile(periodograms[:, fine, columns].mean(axis=(1, 2)), _ENVELOPE)
        for columns in (slice(0, 1), slice(3, 6))
    )
    edge = _window().sum(axis=0)
    concentration = edge.sum() ** 2 / (edge**2).sum()
    excess = along / max(float(beside), 1e-300) - _LINE_MARGIN
    return float(np.sqrt(max(excess, 0) / concentration))


@dataclass(frozen=True)
class RingStatistics:
    """What is seen of an image's blocks on rings of equal frequency.

    Attributes
    ----------
    power : ndarray of shape (n_rings,)
        Lower envelope over the blocks, as the variance per pixel it would be if white.
    spread : ndarray of shape (n_rings,)
        How far blocks differ, 1 for homogeneous noise.
    directedness : ndarray of shape (n_rings,)
        How far directions differ within quiet blocks, 0 for noise.
    """

    power: np.ndarray
    spread: np.ndarray
    directedness: np.ndarray


def looks_correlated(rings: RingStatistics) -> bool:
    """Return whether the spectrum goes on falling to its end as noise does, and texture does not.

    Where readout noise makes a plateau at the end, blurred noise stands far above it before.
    """
    plateau = max(float(rings.power[_PLATEAU].mean()), 1e-300)
    falls = rings.power[_SHOULDER].mean() > _FALL * plateau
    steep = rings.power[_MIDDLE].mean() > _STEEP_FALL * plateau
    spread, directed = judged(rings)
    like_noise = spread < _LARGEST_SPREAD and directed < _LARGEST_DIRECTEDNESS
    return bool((falls or steep) and like_noise)


def judged(rings: RingStatistics) -> tuple[float, float]:
    """Return the typical spread and directedness of fine rings."""
    return float(np.median(rings.spread[_JUDGED])), float(np.median(rings.directedness[_JUDGED]))


def looks_filtered(image: np.ndarray) -> bool:
    """Return whether the spectrum falls to nothing at its end without looking like noise."""
    if not has_enough_blocks(image.shape):
        return False
    power = ring_statistics(image).power
    return bool(power[_SHOULDER].mean() > _FILTERED_FALL * power[_PLATEAU].mean())


def fit_spectrum(rings: RingStatistics) -> NoiseSpectrum:
    """Fit (N1) to the rings, those that look like noise counting most."""
    noisy = (rings.spread < _LARGEST_SPREAD) & (rings.directedness < _LARGEST_DIRECTEDNESS)
    weights = np.where(noisy, 1.0, 0.1) * np.where(ring_frequencies() < 0.25, 0.3, 1.0)
    log_power = np.log(np.maximum(rings.power, 1e-12 * rings.power.max()))

    def misfit(parameters: np.ndarray) -> np.ndarray:
        log_sigma0, log_scale, exponent, log_floor = parameters
        shape = (np.exp(log_scale), exponent, np.exp(log_floor))
        return weights * (2 * (log_sigma0 + np.log(_ring_transfer(*shape))) - log_power)

    bounds = ([-40, np.log(0.05), 0.5, -14], [40, np.log(20), 2.0, 0])
    start = [0.5 * float(log_power[:3].mean()), np.log(0.6), 1.3, -8]
    found = least_squares(misfit, start, bounds=bounds, loss="soft_l1", f_scale=0.1).x
    sigma0, scale, floor = (float(np.exp(found[i])) for i in (0, 1, 3))
    return NoiseSpectrum(sigma0, scale, float(found[2]), floor)


def ring_statistics(image: np.ndarray, least_share: float = 0.0) -> RingStatistics:
    """Return the spectrum of an image's noise and its likeness to noise, calibrated on noise.

    Blocks with less than a share of the usual power at middle frequencies can be left out.
    """
    power, spread, directedness = _raw_statistics(image, least_share)
    white = _white_statistics()
    return RingStatistics(power / white[0], spread / white[1], directedness - white[2])


@lru_cache(maxsize=1)
def _white_statistics() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    shape = (_CALIBRATION_EDGE, _CALIBRATION_EDGE)
    seen = [
        _raw_statistics(np.random.default_rng(seed).standard_normal(shape))
        for seed in range(_CALIBRATION_SEEDS)
    ]
    power, spread, directedness = (np.mean(values, axis=0) for values in zip(*seen, strict=True))
    return power, spread, directedness


def _raw_statistics(
    image: np.ndarray, least_share: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    periodograms = _periodograms(image)
    rings = np.stack([periodograms[:, ring].mean(axis=1) for ring in _rings()], axis=1)
    if least_share:
        middle = rings[:, _TOLD_BY].mean(axis=1)
        full = middle > least_share * np.median(middle[middle > _EMPTY * middle.max()])
        periodograms, rings = periodograms[full], rings[full]
    low, middle = np.quantile(rings, _SPREAD, axis=0)
    spread = np.log(middle / np.maximum(low, 1e-12 * middle + 1e-300))
    return np.quantile(rings, _ENVELOPE, axis=0), spread, _directedness(periodograms)


def _directedness(periodograms: np.ndarray) -> np.ndarray:
    """Return the log of arithmetic over geometric mean on each ring, over the quieter blocks."""
    flat = periodograms / np.maximum(np.median(periodograms, axis=0), 1e-300)
    return np.array([_unevenness(flat[:, ring]) for ring in _rings()])


def _unevenness(values: np.ndarray) -> float:
    means = values.mean(axis=1)
    quiet = means <= np.median(means)
    log_values = np.log(np.maximum(values[quiet], 1e-12))
    return float((np.log(np.maximum(means[quiet], 1e-12)) - log_values.mean(axis=1)).mean())


def _periodograms(image: np.ndarray) -> np.ndarray:
    """Return the power of blocks under a Hann window that keeps white noise's variance."""
    windows = view_as_windows(np.ascontiguousarray(image), (BLOCK, BLOCK), _STEP)
    n_kept = min(windows.shape[0] * windows.shape[1], _MOST_BLOCKS)
    places = np.linspace(0, windows.shape[0] * windows.shape[1] - 1, n_kept).round().astype(int)
    blocks = windows[np.unravel_index(places, windows.shape[:2])]
    centred = (blocks - blocks.mean(axis=(1, 2), keepdims=True)) * _window()
    return np.abs(fft.rfft2(centred)) ** 2


def has_enough_blocks(shape: tuple[int, ...]) -> bool:
    """Return whether an image of this height and width is large enough for its spectrum."""
    n_blocks = np.prod([max(0, (length - BLOCK) // _STEP + 1) for length in shape])
    return bool(n_blocks >= _FEWEST_BLOCKS)


@lru_cache(maxsize=1)
def _window() -> np.ndarray:
    edge = np.hanning(BLOCK + 2)[1:-1]
    window = np.outer(edge, edge)
    return window / np.sqrt((window**2).sum())


@lru_cache(maxsize=1)
def _grid() -> np.ndarray:
    return np.hypot(fft.fftfreq(BLOCK, 0.5)[:, None], fft.rfftfreq(BLOCK, 0.5))


@lru_cache(maxsize=1)
def _rings() -> tuple[np.ndarray, ...]:
    return tuple((_grid() >= a) & (_grid() < b) for a, b in pairwise(_EDGES))


def ring_frequencies() -> np.ndarray:
    """Return the mean frequency of each ring, in units of Nyquist."""
    return np.array([_grid()[ring].mean() for ring in _rings()])


def _ring_transfer(scale: float, exponent: float, floor: float) -> np.ndarray:
    """Return the root mean power on each ring, relative to that at frequency 0."""
    power = _transfer(_grid(), scale, exponent, floor) ** 2
    return np.sqrt([power[ring].mean() for ring in _rings()])
