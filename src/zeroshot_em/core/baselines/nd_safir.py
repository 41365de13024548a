"""ND-SAFIR (Boulanger et al. 2010), which finds the noise itself, by its authors' package."""

import numpy as np


def denoise(image: np.ndarray, *, seed: int) -> np.ndarray:
    """Denoise by ND-SAFIR with the Gaussian noise that its own calibration finds."""
    import ndsafir

    pixels = image.astype(np.float32)
    noise = float(ndsafir.calibrate_gaussian(pixels))
    return ndsafir.denoise_gaussian(pixels, noise_std=noise, nthreads=1)
