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


def noise_spectrum(image: np.ndarray) -> NoiseSpectrum | None:
    """Estimate the spectrum of the noise; None where it cannot be told from white.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Grey values.
    """
    if not has_enough_blocks(image.shape):
        return None
    rings = ring_statistics(image)
    return fit_spectrum(rings) if looks_correlated(rings) else slight_spectrum(image, rings)
