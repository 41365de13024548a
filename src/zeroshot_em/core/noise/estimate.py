"""Estimation of the noise of one image: every estimator in turn, and what is doubtful."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import uniform_filter

from zeroshot_em.core.noise.correlation import (
    NoiseSpectrum,
    line_noise,
    looks_filtered,
    whiten,
)
from zeroshot_em.core.noise.defects import (
    Clipping,
    bad_pixels,
    clipping,
    grey_step,
    jpeg_blockiness,
    middle,
    picture_warnings,
)
from zeroshot_em.core.noise.directions import PATCH_SIZE, SMALLEST_EDGE
from zeroshot_em.core.noise.level import noise_level
from zeroshot_em.core.noise.model import NoiseModel
from zeroshot_em.core.noise.photon_transfer import PhotonTransfer, photon_transfer
from zeroshot_em.core.noise.spectrum import noise_spectrum
from zeroshot_em.core.noise.stabilise import Stabiliser
from zeroshot_em.errors import InputError

_MOST_CLIPPED = 0.3
_MANY_BAD_PIXELS = 1e-5
_STREAKS = 0.3
_UNCERTAIN = 0.05
# Rounding alone gives 0.29 steps; the estimate must stand out of it.
_LEAST_STEPS = 0.35
_LEAST_RELATIVE = 1e-4
_MOST_INFLATION = 1.5
_DARKEST = 0.001
# From so many counts of variance on, noise is the same everywhere once it is stabilised.
_FEW_COUNTS = 4.0


def estimate_noise(image: np.ndarray) -> NoiseModel:
    """Estimate the noise of one image from itself.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Grey values of any scale, offset or sign.

    Returns
    -------
    NoiseModel
        In the image's grey values.

    Raises
    ------
    InputError
        In one line: if the image is too small, not finite, constant, mostly clipped, or so smooth
        that it holds no noise.

    Examples
    --------
    >>> import numpy as np
    >>> from zeroshot_em.core.noise import estimate_noise
    >>> image = np.random.default_rng(0).normal(100.0, 10.0, (128, 128))
    >>> 9.5 < estimate_noise(image).sigma < 10.5
    True
    """
    image = _checked(image)
    clipped = clipping(image)
    _refuse_clipped(clipped)
    step = grey_step(image)
    level = noise_level(image, clipped.pixels)
    spectrum = noise_spectrum(image, clipped.pixels, level.sigma)
    line = _photon_transfer(image, clipped.pixels, spectrum)
    part = middle(image)
    sigma = _typical_sigma(line, part, spectrum, level.sigma)
    _refuse_noiseless(max(sigma, _strongest(line)), step, part)
    offset, readout = split_intercept(line.gain, line.intercept, part)
    dead, hot = bad_pixels(part, _local_sigma(line, part, spectrum, sigma))
    rows, columns = line_noise(image)
    model = NoiseModel(
        sigma=sigma,
        sigma_error=level.standard_error,
        is_signal_dependent=line.is_signal_dependent,
        gain=line.gain,
        intercept=line.intercept,
        offset=offset,
        readout=readout,
        spectrum=spectrum,
        line_rows=rows,
        line_columns=columns,
        clipped_low=clipped.low,
        clipped_high=clipped.high,
        dead_pixels=dead,
        hot_pixels=hot,
        grey_step=step,
        jpeg_blockiness=jpeg_blockiness(part),
    )
    return replace(model, warnings=_warnings(model, image))


def _checked(image: np.ndarray) -> np.ndarray:
    image = np.asarray(image, dtype=np.float64)
    if image.ndim != 2 or min(image.shape) < SMALLEST_EDGE:
        raise InputError(
            f"estimating noise needs a gray image of at least {SMALLEST_EDGE} x {SMALLEST_EDGE} "
            f"pixels, got shape {image.shape}"
        )
    if not np.isfinite(image).all():
        raise InputError("the noise of an image with NaN or infinite pixels cannot be estimated")
    if image.min() == image.max():
        raise InputError(f"the image is constant ({image.flat[0]:g} everywhere): it has no noise")
    return image


def _refuse_clipped(clipped: Clipping) -> None:
    for end, fraction in {"darkest": clipped.low, "brightest": clipped.high}.items():
        if fraction > _MOST_CLIPPED:
            raise InputError(
                f"{fraction:.0%} of the pixels are clipped at the {end} grey value: "
                "their noise is cut off and cannot be estimated"
            )


def _refuse_noiseless(sigma: float, step: float, image: np.ndarray) -> None:
    contrast = float(image.std())
    if sigma < max(_LEAST_STEPS * step, _LEAST_RELATIVE * contrast):
        raise InputError(
            f"no noise was found (at most {sigma:.2g} grey values, contrast {contrast:.3g}): "
            "was the image filtered, resampled or drawn?"
        )


def _strongest(line: PhotonTransfer) -> float:
    """Return the noise where it is strongest: places without counts have none."""
    if not line.is_signal_dependent:
        return 0.0
    return float(np.sqrt(line.variance(line.means).max()))


def _pixel_sigma(level: float, spectrum: NoiseSpectrum) -> float:
    """Return the noise of a pixel; correlation makes the level too small, never too large."""
    if spectrum.is_white:
        return level
    sigma = max(level, spectrum.sigma)
    return sigma if spectrum.is_strong else min(sigma, _MOST_INFLATION * level)


def _photon_transfer(
    image: np.ndarray, excluded: np.ndarray, spectrum: NoiseSpectrum
) -> PhotonTransfer:
    """Return the line, of the whitened image if need be, at the strength the spectrum tells.

    What correlation there is, or is left after whitening, makes the weakest directions too weak:
    they tell how the variance follows the mean, the spectrum how large it is on average.
    """
    if spectrum.is_strong:
        image = whiten(image, spectrum)
    line = photon_transfer(image, excluded)
    if spectrum.is_white:
        return _without_texture(line, image, excluded) if line.is_signal_dependent else line
    mean_variance = float(line.variance(image).mean())
    if spectrum.is_strong:
        return line.scaled(spectrum.sigma0**2 / mean_variance)
    return line.scaled(float(np.clip(spectrum.sigma**2 / mean_variance, 1, _MOST_INFLATION**2)))


def _without_texture(
    line: PhotonTransfer, image: np.ndarray, excluded: np.ndarray
) -> PhotonTransfer:
    """Return the line scaled by what a second look finds, at the image as the line stabilises it.

    Noise that is the same everywhere can be told from texture. At few counts no transform makes it
    so: those places are left out, and the line is kept where nothing else is left.
    """
    _, readout = split_intercept(line.gain, line.intercept, image)
    counts = line.variance(uniform_filter(image, PATCH_SIZE)) / line.gain**2
    stabilised = Stabiliser(line.gain, line.intercept, readout).forward(image)
    try:
        return line.scaled(noise_level(stabilised, excluded | (counts < _FEW_COUNTS)).sigma ** 2)
    except InputError:
        return line


def split_intercept(gain: float, intercept: float, image: np.ndarray) -> tuple[float, float]:
    """Return an offset and a readout noise that explain the intercept.

    One image tells only ``intercept = readout ** 2 - gain * offset``. The offset is taken as 0, or
    as the image's darkest place (brightest if inverted) where that is beyond; where this would
    need less than no readout noise, all is offset.
    """
    if gain == 0:
        return 0.0, 0.0
    smooth = uniform_filter(image, 5)
    # Rounding in the running sums takes the filter a little beyond the image's range.
    smooth = np.clip(smooth, image.min(), image.max())
    ends = np.quantile(smooth, [_DARKEST, 1 - _DARKEST])
    offset = min(0.0, float(ends[0])) if gain > 0 else float(ends[1])
    readout_variance = intercept + gain * offset
    if readout_variance < 0:
        return -intercept / gain, 0.0
    return offset, float(np.sqrt(readout_variance))


def _typical_sigma(
    line: PhotonTransfer, image: np.ndarray, spectrum: NoiseSpectrum, level: float
) -> float:
    """Return a pixel's noise, at the median grey value where it depends on that."""
    if line.is_signal_dependent and not spectrum.is_strong:
        return float(np.sqrt(line.variance(np.median(image))))
    return _pixel_sigma(level, spectrum)


def _local_sigma(
    line: PhotonTransfer, image: np.ndarray, spectrum: NoiseSpectrum, sigma: float
) -> np.ndarray | float:
    if not line.is_signal_dependent:
        return sigma
    whitened_to_pixel = spectrum.sigma / spectrum.sigma0 if spectrum.is_strong else 1.0
    return whitened_to_pixel * np.sqrt(line.variance(uniform_filter(image, 5)))


def _warnings(model: NoiseModel, image: np.ndarray) -> tuple[str, ...]:
    """Return what makes the estimate doubtful, or the image unfit, a line each."""
    bad = model.dead_pixels + model.hot_pixels
    doubts = {
        "fine detail was filtered away and noise with it: the noise level is too low": (
            model.spectrum.is_white and looks_filtered(image)
        ),
        f"{100 * bad:.2g}% of the pixels are dead or hot": bad > _MANY_BAD_PIXELS,
        "noise in streaks along lines is not modelled": (
            max(model.line_rows, model.line_columns) > _STREAKS
        ),
        f"the image is small: sigma is uncertain by {model.sigma_error:.0%}": (
            model.sigma_error > _UNCERTAIN
        ),
    }
    of_picture = picture_warnings(model.clipped_low + model.clipped_high, model.jpeg_blockiness)
    return of_picture + tuple(text for text, holds in doubts.items() if holds)
