"""The spectrum of an image's noise: clearly correlated, slightly, or not to be told from white."""

import numpy as np

from zeroshot_em.core.noise.correlation import (
    NoiseSpectrum,
    fit_spectrum,
    has_enough_blocks,
    looks_correlated,
    ring_statistics,
)
from zeroshot_em.core.noise.slight import slight_spectrum


def noise_spectrum(image: np.ndarray, excluded: np.ndarray, level: float) -> NoiseSpectrum:
    """Estimate the spectrum of the noise; white where it cannot be told from that.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Grey values.
    excluded : ndarray of bool, shape (height, width)
        Pixels that carry no noise, such as clipped ones.
    level : float
        Its standard deviation if it is white, as by `noise_level`.
    """
    white = NoiseSpectrum(level)
    if not has_enough_blocks(image.shape):
        return white
    rings = ring_statistics(image)
    if looks_correlated(rings):
        return fit_spectrum(rings)
    return slight_spectrum(image, excluded, level, rings) or white
