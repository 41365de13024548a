"""Grain: noise that was smoothed after it was recorded.

A published picture was filtered, enlarged or compressed, and its contrast was chosen. What is left
at the finest scale tells nothing of the grain that one sees, which is read as white noise behind a
filter of ::

    power(f) = sigma0 ** 2 * exp(-2 (f / scale) ** exponent)                               (G1)

with f in units of Nyquist: the exponent is 2 behind a Gaussian filter, about 3 where the image was
enlarged. Detail has edges and edges have directions; grain has none.

Beyond the frequency where the root of (G1) has fallen to `CUT` hardly anything is left. At the size
of which this is Nyquist the image loses nothing, and its grain is white once divided by (G1). How
strong it is there is measured by grey value: a chosen contrast ends grain in black and white.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from operator import itemgetter
from typing import Any, ClassVar, NamedTuple

import numpy as np
from scipy.ndimage import convolve

from zeroshot_em.core.noise.correlation import (
    NoiseSpectrum,
    has_enough_blocks,
    ring_frequencies,
    ring_statistics,
    undo_whitening,
    whiten,
)
from zeroshot_em.core.noise.curve import NoiseCurve, without_bias
from zeroshot_em.core.noise.defects import clipping, jpeg_blockiness, middle, picture_warnings
from zeroshot_em.core.resize import at_size

CUT = 0.25
EXPONENTS = (2.0, 3.0, 4.0)
SIZES = tuple(Fraction(*size) for size in ((3, 4), (2, 3), (3, 5), (1, 2), (2, 5), (1, 3), (1, 4)))
_SLIGHT = 0.9
"""From this share of the size on nothing is gained by a smaller one."""

_FLAT = 0.05
"""Blocks with less than this share of the usual power lie where contrast has ended grain."""

_FITTED = slice(2, 8)
_ALWAYS_FITTED = 3
_STILL_GRAIN = 0.2
_DIRECTED = 0.045
_LEAST_POWER = 0.04
"""Dividing by (G1) is bounded by this: it is not trusted in the corners of the spectrum."""

_MASK = np.outer([1, -2, 1], [1, -2, 1]) / 6.0
_BLOCK = 12
_QUANTILE = 0.25
_MOST_CLASSES, _BLOCKS_IN_CLASS = 12, 20
_LEAST_SIGMA = 0.25
_SMALLEST_EDGE = 36
_CALIBRATION_EDGE = 480


class Filter(NamedTuple):
    """What smoothed the noise (G1), in units of Nyquist."""

    scale: float
    exponent: float


@dataclass(frozen=True, eq=False)
class Grain:
    """Noise that was smoothed after it was recorded.

    Attributes
    ----------
    sigma : float
        Standard deviation of a pixel, in grey values; the typical one.
    size : Fraction
        The share of the image's size at which the grain is white, and no detail is lost.
    filter : Filter
    curve : NoiseCurve
        How strong the whitened grain is by grey value, at this size.
    spectrum : NoiseSpectrum
        Of the grain at this size.
    warnings : tuple of str
        What the reader of the maps should know.
    """

    sigma: float
    size: Fraction
    filter: Filter
    curve: NoiseCurve
    spectrum: NoiseSpectrum
    warnings: tuple[str, ...] = ()

    needs_whitening: ClassVar[bool] = True

    def is_hardly_any(self, contrast: float) -> bool:
        """Return False: grain is what a filter has left, however weak."""
        return False

    def stabiliser(self) -> NoiseCurve:
        """Return the transform of whitened grain to a standard deviation of 1."""
        return self.curve

    def counts(self) -> None:
        """Return None: a picture's grey values are no counts on any scale."""
        return None

    def without_bias(self, denoised: np.ndarray, image: np.ndarray) -> np.ndarray:
        """Return the denoised image with the image's own mean at each grey value."""
        return without_bias(denoised, image)

    def sentence(self) -> str:
        """Say it in a microscopist's words."""
        return (
            f"grain of {self.sigma:.3g} grey values and no detail finer than "
            f"{float(1 / self.size):.2g} pixels, as in an image that was filtered, enlarged or "
            "compressed."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for JSON."""
        return {
            "sigma": self.sigma,
            "size": float(self.size),
            "scale": self.filter.scale,
            "exponent": self.filter.exponent,
            "grey_values": self.curve.grey_values.tolist(),
            "sigmas": self.curve.sigmas.tolist(),
            "warnings": list(self.warnings),
        }


def find_grain(image: np.ndarray) -> Grain | None:
    """Find the grain of an image; None where it has none, or detail cannot be told from it.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Finite grey values.
    """
    if not has_enough_blocks(image.shape) or image.min() == image.max():
        return None
    filtered = _filter(image)
    size = size_for(filtered)
    if size is None or min(image.shape) * size < _SMALLEST_EDGE:
        return None
    spectrum = NoiseSpectrum(1.0, filtered.scale / float(size), filtered.exponent, _LEAST_POWER)
    curve = _curve(at_size(image, float(size)), spectrum)
    behind_filter = NoiseSpectrum(float(np.median(curve.sigmas) / size), *filtered)
    warnings = picture_warnings(clipping(image).share, jpeg_blockiness(middle(image)))
    return Grain(behind_filter.sigma, size, filtered, curve, spectrum, warnings)


def size_for(filtered: Filter) -> Fraction | None:
    """Return at which share of its size an image behind the filter (G1) loses nothing."""
    limit = filtered.scale * (-np.log(CUT)) ** (1 / filtered.exponent)
    if limit > _SLIGHT:
        return None
    return min(SIZES, key=lambda size: abs(np.log(float(size) / limit)))


def _filter(image: np.ndarray) -> Filter:
    """Return (G1) by a line through the logarithm of power over the frequency's power.

    Its scale is infinite where the spectrum does not fall, or falls more in some directions.
    """
    rings = ring_statistics(image, _FLAT)
    if rings.directedness[_FITTED].mean() > _DIRECTED:
        return Filter(np.inf, EXPONENTS[0])
    amplitude = np.sqrt(np.maximum(rings.power, 1e-300))[_FITTED]
    fitted = amplitude > _STILL_GRAIN * amplitude[0]
    fitted[:_ALWAYS_FITTED] = True
    frequencies = ring_frequencies()[_FITTED][fitted]
    return min((_fit(frequencies, amplitude[fitted], p) for p in EXPONENTS), key=itemgetter(1))[0]


def _fit(frequencies: np.ndarray, amplitude: np.ndarray, exponent: float) -> tuple[Filter, float]:
    """Return (G1) of an exponent, and the sum of squares that it leaves."""
    (slope, _), residuals, *_ = np.polyfit(frequencies**exponent, np.log(amplitude), 1, full=True)
    scale = (-1 / slope) ** (1 / exponent) if slope < 0 else np.inf
    return Filter(float(scale), exponent), float(residuals.sum())


def _curve(image: np.ndarray, spectrum: NoiseSpectrum) -> NoiseCurve:
    """Measure whitened grain by the grey value of blocks, in the quietest of each class of them."""
    whitened = whiten(image, spectrum)
    squares, means = _fine_power(whitened), _block_means(whitened)
    n_classes = int(np.clip(len(means) // _BLOCKS_IN_CLASS, 1, _MOST_CLASSES))
    classes = np.array_split(np.argsort(means, kind="stable"), n_classes)
    quietest = np.quantile(_fine_power(_whitened_noise(spectrum)), _QUANTILE)
    variances = [np.quantile(squares[c], _QUANTILE) / quietest for c in classes]
    sigmas = np.sqrt(variances)
    least = _LEAST_SIGMA * sigmas.max()
    return NoiseCurve(np.array([means[c].mean() for c in classes]), np.maximum(sigmas, least))


def _block_means(values: np.ndarray) -> np.ndarray:
    rows, columns = (length // _BLOCK for length in values.shape)
    whole = values[: rows * _BLOCK, : columns * _BLOCK]
    return whole.reshape(rows, _BLOCK, columns, _BLOCK).mean(axis=(1, 3)).ravel()


def _whitened_noise(spectrum: NoiseSpectrum) -> np.ndarray:
    """Return noise of deviation 1 behind the filter (G1), as far as whitening gives it back."""
    noise = np.random.default_rng(0).standard_normal((_CALIBRATION_EDGE, _CALIBRATION_EDGE))
    return whiten(undo_whitening(noise, replace(spectrum, floor=0.0)), spectrum)


def _fine_power(image: np.ndarray) -> np.ndarray:
    """Return the noise variance of blocks, if there is nothing else (Immerkær 1996)."""
    return _block_means(convolve(image, _MASK) ** 2)
