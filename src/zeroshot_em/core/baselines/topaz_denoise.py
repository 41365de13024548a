"""Topaz-Denoise (Bepler et al. 2020), pretrained on other micrographs: its package holds it."""

import numpy as np


def denoise(image: np.ndarray, *, seed: int) -> np.ndarray:
    """Denoise by the package's pretrained U-net."""
    from topaz.denoise import Denoise

    mean, deviation = float(image.mean()), max(float(image.std()), np.finfo(float).tiny)
    network = Denoise("unet", use_cuda=False)
    denoised = network.denoise(((image - mean) / deviation).astype(np.float32))
    return mean + deviation * np.asarray(denoised)
