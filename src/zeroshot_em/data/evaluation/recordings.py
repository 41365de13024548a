"""Quality without a clean image: signal against background, and two exposures of one scene."""

from collections.abc import Sequence

import numpy as np
from scipy import fft
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter
from scipy.signal.windows import tukey

from zeroshot_em.data.evaluation.maps import check_one_size
from zeroshot_em.errors import InputError

Region = tuple[slice, slice]

RESOLVED = 0.143
"""Fourier ring correlation above which two exposures agree, by custom."""

BORDER = 0.25
"""Share of an edge over which an image fades out before its Fourier transform."""


def region_snr(image: np.ndarray, pairs: Sequence[tuple[Region, Region]]) -> float:
    """Return the signal-to-noise ratio of regions, as Bepler et al. (2020, Topaz-Denoise) do.

    Parameters
    ----------
    image : ndarray of shape (height, width)
    pairs : sequence of (region, region)
        A region of signal and one of background each, as slices of rows and columns.

    Returns
    -------
    float
        Mean over the pairs of 10 log10((mean of signal - mean of background) ** 2 / variance of
        background), in dB; infinite for a background without noise.

    Raises
    ------
    InputError
        If there are no pairs, or a region is empty.
    """
    if not pairs:
        raise InputError("the signal-to-noise ratio needs a region of signal and one of background")
    ratios = [_ratio(image[signal], image[background]) for signal, background in pairs]
    with np.errstate(divide="ignore"):
        return float(np.mean(10 * np.log10(ratios)))


def _ratio(signal: np.ndarray, background: np.ndarray) -> float:
    if signal.size == 0 or background.size < 2:
        raise InputError("a region of signal or background lies outside the image")
    contrast = (float(signal.mean()) - float(background.mean())) ** 2
    variance = float(background.var())
    return contrast / variance if variance > 0 else np.inf


def find_regions(image: np.ndarray, size: int, n_pairs: int) -> list[tuple[Region, Region]]:
    """Return the darkest even squares of an image paired with the brightest, none overlapping.

    A square is even where the smoothed image varies little in it. All methods are measured in the
    regions found in the image as recorded.

    Raises
    ------
    InputError
        If the image has no room for so many pairs.
    """
    smooth = gaussian_filter(np.asarray(image, dtype=np.float64), size / 4)
    unevenness = maximum_filter(smooth, size) - minimum_filter(smooth, size)
    signal = _squares(smooth + unevenness, size, n_pairs)
    background = _squares(unevenness - smooth, size, n_pairs)
    return list(zip(signal, background, strict=True))


def _squares(cost: np.ndarray, size: int, n_squares: int) -> list[Region]:
    """Return squares of least cost at their centres, each clear of the others and the border."""
    half = size // 2
    cost = cost.copy()
    cost[:half], cost[-half:], cost[:, :half], cost[:, -half:] = (np.inf,) * 4
    found: list[Region] = []
    for _ in range(n_squares):
        row, column = (int(i) for i in np.unravel_index(np.argmin(cost), cost.shape))
        if not np.isfinite(cost[row, column]):
            raise InputError(
                f"{n_squares} regions of {size} x {size} pixels do not fit into the image"
            )
        found.append(
            (slice(row - half, row - half + size), slice(column - half, column - half + size))
        )
        cost[max(0, row - size) : row + size, max(0, column - size) : column + size] = np.inf
    return found


def fourier_ring_correlation(
    first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the correlation of two exposures ring by ring of their spectra.

    Parameters
    ----------
    first, second : ndarray of shape (height, width)
        With noise that is independent of each other's.

    Returns
    -------
    frequencies : ndarray
        Middle of each ring, in cycles per pixel, up to 1/2; the images' means take no part.
    correlations : ndarray
        Real part of the normalised cross spectrum; 1 where the exposures agree.

    Raises
    ------
    InputError
        If the sizes differ.
    """
    check_one_size(("the first exposure", first), ("the second", second))
    one, other = (_spectrum(image) for image in (first, second))
    radius = np.hypot(fft.fftfreq(one.shape[0])[:, None], fft.fftfreq(one.shape[1])[None, :])
    n_rings = min(one.shape) // 2
    ring = np.minimum((radius * 2 * n_rings).astype(int), n_rings).ravel()

    def in_rings(values: np.ndarray) -> np.ndarray:
        return np.bincount(ring, values.ravel(), n_rings + 1)[:n_rings]

    power = in_rings(np.abs(one) ** 2) * in_rings(np.abs(other) ** 2)
    cross = in_rings((one * other.conj()).real)
    frequencies = (np.arange(n_rings) + 0.5) / (2 * n_rings)
    correlations = cross / np.sqrt(np.maximum(power, np.finfo(float).tiny))
    return frequencies[1:], correlations[1:]


def resolved_frequency(
    frequencies: np.ndarray, correlations: np.ndarray, least: float = RESOLVED
) -> float:
    """Return the frequency at which the correlation first falls below `least`; 1/2 if never."""
    below = np.flatnonzero(correlations < least)
    return float(frequencies[below[0]]) if below.size else 0.5


def _spectrum(image: np.ndarray) -> np.ndarray:
    centred = np.asarray(image, dtype=np.float64) - np.mean(image)
    rows, columns = (tukey(edge, 2 * BORDER) for edge in centred.shape)
    return fft.fft2(centred * rows[:, None] * columns[None, :])
