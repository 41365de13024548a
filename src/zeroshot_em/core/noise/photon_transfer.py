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
_QUIET = 0.25
_KEPT = 0.9
_CLIPPINGS = 10


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


def photon_transfer_facts(image: np.ndarray) -> dict[str, float] | None:
    """Return gain and offset by name, to be reported; None where they cannot be estimated."""
    try:
        found = fit_photon_transfer(image)
    except InputError:
        return None
    return {"gain": found.gain, "offset": found.offset}


def fit_photon_transfer(image: np.ndarray) -> PhotonTransfer:
    """Estimate a camera's gain and offset from the noise of one image.

    The noise variance of every block of 8 x 8 pixels is that of its second differences. Blocks are
    binned by their mean, and in each bin those with more variance than noise explains are left
    out. The line is the Theil-Sen estimate.

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
    bin_variances = np.array([_noise_variance(variances[chosen]) for chosen in bins])
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


def _noise_variance(variances: np.ndarray) -> float:
    """Return the variance of the noise in blocks some of which have structure.

    The blocks above what noise exceeds once in ten times are left out, and their mean is corrected
    for what noise was left out with them, until that settles. The squared residuals are correlated
    as the squares of the filter's autocorrelation, so that a block's estimate is nearly chi-square
    with fewer degrees of freedom than it has pixels.
    """
    correlation = correlate2d(_NOISE_FILTER, _NOISE_FILTER)
    correlation /= correlation.max()
    freedom = _BLOCK_SIZE**2 / (correlation**2).sum()
    cut = chi2.ppf(_KEPT, freedom)
    mean_below_cut = chi2.cdf(cut, freedom + 2) / _KEPT
    estimate = np.quantile(variances, _QUIET) / (chi2.ppf(_QUIET, freedom) / freedom)
    for _ in range(_CLIPPINGS):
        estimate = variances[variances <= estimate * cut / freedom].mean() / mean_below_cut
    return float(estimate)
