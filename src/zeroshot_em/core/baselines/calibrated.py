"""Denoisers of scikit-image, each set by its own self-supervised calibration.

`skimage.restoration.calibrate_denoiser` chooses the parameter with the least J-invariant loss
(Batson and Royer 2019), which needs nothing but the noisy image. It takes the noise of neighbours
to be independent.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from skimage import filters, restoration

SIGMAS = np.array([0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0])
"""Of the Gaussian, in pixels."""
STRENGTHS = np.array([0.5, 0.7, 0.9, 1.2])
"""Of non-local means, in units of the noise that scikit-image finds."""
WEIGHTS = np.array([0.5, 0.8, 1.2, 1.8, 2.5])
"""Of total variation, likewise."""


def gaussian(image: np.ndarray, *, seed: int) -> np.ndarray:
    """Smooth by the Gaussian of the width that its calibration chooses."""
    return _calibrated(filters.gaussian, image, {"sigma": SIGMAS}, {})


def nl_means(image: np.ndarray, *, seed: int) -> np.ndarray:
    """Denoise by non-local means of the strength that its calibration chooses."""
    strengths = {"h": STRENGTHS * _noise(image)}
    window = {"patch_size": 5, "patch_distance": 6, "fast_mode": True}
    return _calibrated(restoration.denoise_nl_means, image, strengths, window)


def total_variation(image: np.ndarray, *, seed: int) -> np.ndarray:
    """Denoise by total variation of the weight that its calibration chooses."""
    weights = {"weight": WEIGHTS * _noise(image)}
    return _calibrated(restoration.denoise_tv_chambolle, image, weights, {})


def _noise(image: np.ndarray) -> float:
    return max(float(restoration.estimate_sigma(image)), np.finfo(float).tiny)


def _calibrated(
    denoiser: Callable[..., np.ndarray],
    image: np.ndarray,
    choices: dict[str, np.ndarray],
    fixed: dict[str, Any],
) -> np.ndarray:
    def denoise(noisy: np.ndarray, **chosen: Any) -> np.ndarray:
        return denoiser(noisy, **fixed, **chosen)

    return restoration.calibrate_denoiser(image, denoise, choices)(image)
