"""BM3D told the noise, told its gain, or not told."""

import numpy as np
from skimage.restoration import estimate_sigma

from zeroshot_em.core.models.bm3d import denoise
from zeroshot_em.core.noise.stabilise import Stabiliser

SCALE = 20.0
"""The package computes in single precision on grey values of about this size of noise."""


def told(image: np.ndarray, *, seed: int, sigma: float) -> np.ndarray:
    """Denoise by BM3D that knows the standard deviation of the noise."""
    return denoise(image, sigma)


def not_told(image: np.ndarray, *, seed: int) -> np.ndarray:
    """Denoise by BM3D with the noise that scikit-image finds in the image's wavelets."""
    return denoise(image, float(estimate_sigma(image)))


def behind_anscombe(image: np.ndarray, *, seed: int, gain: float, intercept: float) -> np.ndarray:
    """Denoise by BM3D what a variance-stabilising transform of known gain makes of the image."""
    stabiliser = Stabiliser(gain=gain, intercept=intercept)
    stabilised = SCALE * stabiliser.forward(image)
    return stabiliser.inverse(denoise(stabilised, SCALE) / SCALE)
