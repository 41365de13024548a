"""All that one image tells of its noise, in numbers and in a sentence."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from zeroshot_em.core.noise.correlation import NoiseSpectrum
from zeroshot_em.core.noise.scaled import Scaled
from zeroshot_em.core.noise.stabilise import Stabiliser

LEAST_NOISE = 0.025
"""Below this share of the image's deviation, noise is taken for the rest that a filter has left."""

_SHARED_ALONG_LINES = 0.1


@dataclass(frozen=True)
class NoiseModel:
    """The noise of one image.

    Attributes
    ----------
    sigma : float
        Standard deviation of a pixel's noise, in grey values; the typical one where it varies.
    sigma_error : float
        Its relative standard error by chance alone.
    is_signal_dependent : bool
        Whether the variance follows ``gain * mean + intercept``.
    gain, intercept : float
        Of the whitened image where `needs_whitening`; gain 0 where the variance is constant.
    offset, readout : float
        One way to split `intercept`: no readout if the line meets 0 within reach, else offset 0.
    spectrum : NoiseSpectrum
        White unless neighbours' noise is correlated.
    line_rows, line_columns : float
        Noise shared along a row or column, in sigmas.
    clipped_low, clipped_high, dead_pixels, hot_pixels : float
        Fractions of the pixels.
    grey_step, jpeg_blockiness : float
    warnings : tuple of str
        What makes the estimate doubtful, a line each.
    size : Fraction
        The share of the image's size at which its noise is removed.
    """

    size: ClassVar[Fraction] = Fraction(1)

    sigma: float
    sigma_error: float
    is_signal_dependent: bool
    gain: float
    intercept: float
    offset: float
    readout: float
    spectrum: NoiseSpectrum
    line_rows: float
    line_columns: float
    clipped_low: float
    clipped_high: float
    dead_pixels: float
    hot_pixels: float
    grey_step: float
    jpeg_blockiness: float
    warnings: tuple[str, ...] = ()

    @property
    def needs_whitening(self) -> bool:
        """Whether noise is so correlated that whitening pays; less is only allowed for in sigma."""
        return self.spectrum.is_strong

    @property
    def neighbour_correlation(self) -> float:
        """Correlation of the noise of adjacent pixels."""
        return self.spectrum.neighbour_correlation

    def white_sigma(self) -> float:
        """Return the deviation of the noise once it is white."""
        return self.spectrum.sigma0 if self.needs_whitening else self.sigma

    def is_hardly_any(self, contrast: float) -> bool:
        """Return whether noise is too weak beside the image's deviation to be a camera's."""
        return self.sigma < LEAST_NOISE * contrast

    def stabiliser(self) -> Stabiliser | Scaled:
        """Return the transform of white noise to a standard deviation of 1."""
        if self.is_signal_dependent:
            return Stabiliser(self.gain, self.intercept, self.readout)
        return Scaled(self.white_sigma())

    def counts(self) -> Scaled | None:
        """Return the scale on which grey values are counts; None where no gain is known."""
        return Scaled(self.gain, self.offset, least=0.0) if self.is_signal_dependent else None

    def without_bias(self, denoised: np.ndarray, image: np.ndarray) -> np.ndarray:
        """Return the denoised image as it is: the stabiliser's inverse is unbiased."""
        return denoised

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for JSON."""
        values = asdict(self)
        values["spectrum"]["scale"] = None if self.spectrum.is_white else self.spectrum.scale
        values["warnings"] = list(self.warnings)
        return values | {
            "neighbour_correlation": self.neighbour_correlation,
            "needs_whitening": self.needs_whitening,
        }

    def sentence(self) -> str:
        """Say it in a microscopist's words."""
        parts = [self._strength(), self._neighbours(), *self._lines()]
        return "; ".join(parts) + "."

    def _strength(self) -> str:
        if not self.is_signal_dependent:
            return f"noise of {self.sigma:.3g} grey values, the same in dark and bright regions"
        inverted = " (contrast inverted)" if self.gain < 0 else ""
        return (
            f"noise that grows with the signal like counted electrons, {abs(self.gain):.3g} grey "
            f"values a count{inverted}, offset {self.offset:.3g}, readout noise {self.readout:.3g}"
        )

    def _neighbours(self) -> str:
        if self.spectrum.is_white:
            return "independent from pixel to pixel"
        strength = "correlated" if self.needs_whitening else "slightly correlated"
        return f"{strength} between neighbouring pixels ({self.neighbour_correlation:.2f})"

    def _lines(self) -> list[str]:
        lines = {"rows": self.line_rows, "columns": self.line_columns}
        return [
            f"streaks along {name} ({share:.2f} of the noise)"
            for name, share in lines.items()
            if share > _SHARED_ALONG_LINES
        ]
