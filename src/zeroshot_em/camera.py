"""Gain and offset of a camera, read off a single image by the photon transfer curve.

A camera that turns ``N`` counted quanta into the grey value ``gain * N + offset`` gives noise whose
variance is a straight line in the mean::

    variance = gain * (mean - offset)

Constant readout noise shifts the line upwards and is absorbed by `offset`, which is the grey value
at which the noise would vanish.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import convolve
from scipy.signal import correlate2d
from scipy.stats import chi2, theilslopes

from zeroshot_em.errors import InputError

# Second difference across and down: blind to any plane a + bx + cy + dxy under it (Immerkær 1996).
_NOISE_FILTER = np.outer([1.0, -2.0, 1.0], [1.0, -2.0, 1.0])
_BLOCK_SIZE = 8
_BLOCKS_PER_BIN = 40
_FEWEST_BINS = 4
_QUANTILE = 0.25


@dataclass(frozen=True)
class PhotonTransfer:
    """A straight line through noise variance against mean grey value.

    Attributes
    ----------
    gain : float
        Grey values per count.
    offset : float
        Grey value of no counts.
    means, variances : ndarray of shape (n_bins,)
        The points the line was fitted to, in grey values and grey values squared.
    """

    gain: float
    offset: float
    means: np.ndarray
    variances: np.ndarray

    def to_counts(self, image: np.ndarray) -> np.ndarray:
        """Return the image in counts, ``(image - offset) / gain``; what would be negative is 0."""
        return np.maximum((image - self.offset) / self.gain, 0)


def fit_photon_transfer(image: np.ndarray) -> PhotonTransfer:
    """Estimate a camera's gain and offset from the noise of one image.

    The noise variance of every block of 8 x 8 pixels is that of its second differences. Blocks are
    binned by their mean; in each bin the lower quartile, where structure adds least, stands for
    the noise, divided by what the lower quartile of pure noise would be. The line is the
    Theil-Sen estimate.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Grey values as the camera gave them: neither resampled, filtered nor clipped. Noise that is
        correlated between neighbouring pixels makes the gain come out too small.

    Returns
    -------
    PhotonTransfer

    Raises
    ------
    InputError
        If the image is too small, or if its noise does not grow with the grey value.
    """
    image = np.asarray(image, dtype=np.float64)
    if image.ndim != 2 or not np.isfinite(image).all():
        raise InputError("the photon transfer fit needs a gray image without NaN or infinity")
    means = _block_means(image)
    n_bins = means.size // _BLOCKS_PER_BIN
    if n_bins < _FEWEST_BINS:
        smallest = _FEWEST_BINS * _BLOCKS_PER_BIN * _BLOCK_SIZE**2
        raise InputError(
            f"the photon transfer fit needs an image of {smallest} pixels or more, got {image.size}"
        )
    residuals = convolve(image, _NOISE_FILTER, mode="mirror") ** 2 / (_NOISE_FILTER**2).sum()
    variances = _block_means(residuals)
    bins = np.array_split(np.argsort(means, kind="stable"), n_bins)
    bin_means = np.array([means[chosen].mean() for chosen in bins])
    quartiles = np.array([np.quantile(variances[chosen], _QUANTILE) for chosen in bins])
    bin_variances = quartiles / _quantile_of_pure_noise()
    slope, intercept = theilslopes(bin_variances, bin_means)[:2]
    if not slope > 0:
        raise InputError(
            "the noise does not grow with the grey value, so that no gain can be estimated; "
            "was the image filtered, inverted or clipped?"
        )
    return PhotonTransfer(float(slope), float(-intercept / slope), bin_means, bin_variances)


def _block_means(image: np.ndarray) -> np.ndarray:
    """Return the means of the whole blocks of an image, flattened."""
    n_rows, n_columns = (length // _BLOCK_SIZE for length in image.shape)
    whole = image[: n_rows * _BLOCK_SIZE, : n_columns * _BLOCK_SIZE]
    return whole.reshape(n_rows, _BLOCK_SIZE, n_columns, _BLOCK_SIZE).mean(axis=(1, 3)).ravel()


def _quantile_of_pure_noise() -> float:
    """Return the quantile of a block's variance estimate where the true variance is 1.

    The squared residuals are correlated as the squares of the filter's autocorrelation, so that
    their mean is nearly chi-square with fewer degrees of freedom than a block has pixels.
    """
    correlation = correlate2d(_NOISE_FILTER, _NOISE_FILTER)
    correlation /= correlation.max()
    degrees_of_freedom = _BLOCK_SIZE**2 / (correlation**2).sum()
    return float(chi2.ppf(_QUANTILE, degrees_of_freedom) / degrees_of_freedom)
