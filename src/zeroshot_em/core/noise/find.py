"""The noise of an image, be it as a camera leaves it or as a filter does."""

import numpy as np

from zeroshot_em.core.noise.correlation import looks_filtered
from zeroshot_em.core.noise.defects import middle, repeats_neighbours
from zeroshot_em.core.noise.estimate import estimate_noise
from zeroshot_em.core.noise.grain import Grain, find_grain
from zeroshot_em.core.noise.model import NoiseModel
from zeroshot_em.errors import InputError

Noise = NoiseModel | Grain


def find_noise(image: np.ndarray) -> Noise:
    """Estimate the noise of an image; its grain, where a filter has left no other.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Grey values of any scale, offset or sign.

    Returns
    -------
    NoiseModel or Grain

    Raises
    ------
    InputError
        As by `estimate_noise`, where there is no grain either.
    """
    try:
        noise = estimate_noise(image)
    except InputError:
        grain = find_grain(image)
        if grain is None:
            raise
        return grain
    hardly_any = noise.is_hardly_any(float(image.std()))
    suspect = hardly_any or _is_smoothed(noise) or _is_filtered(noise, image)
    return (find_grain(image) if suspect else None) or noise


def _is_smoothed(noise: NoiseModel) -> bool:
    """Return whether neighbours share noise that is not that of counted electrons in a camera."""
    return noise.needs_whitening and not noise.is_signal_dependent


def _is_filtered(noise: NoiseModel, image: np.ndarray) -> bool:
    return noise.spectrum.is_white and (looks_filtered(image) or repeats_neighbours(middle(image)))
