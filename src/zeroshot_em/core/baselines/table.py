"""The table of baselines. A new one is a row here and a function, image in and image out."""

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from zeroshot_em.errors import InputError


@dataclass(frozen=True)
class Baseline:
    """A denoiser of others.

    Attributes
    ----------
    label : str
        What it is called in tables and figures.
    package : str
        What must be installed, as the index calls it.
    module : str
        What that package is imported as.
    function : str
        ``module:name`` below this package: (image, noise, seed) to the denoised image.
    environment : str
        Of `envs`, where it runs.
    told : tuple of str
        What it is told of the noise: ``sigma``, ``gain`` and ``intercept``; empty for nothing.
    """

    label: str
    package: str
    module: str
    function: str
    environment: str = "models"
    told: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        """Whether its package is here."""
        return importlib.util.find_spec(self.module) is not None

    def denoise(self, image: np.ndarray, noise: Mapping[str, float], seed: int = 0) -> np.ndarray:
        """Denoise an image of shape (height, width); `noise` holds what it may be told.

        Raises
        ------
        InputError
            If the package is not installed, the image cannot be used, or `noise` lacks something.
        """
        image = np.asarray(image, dtype=np.float64)
        if image.ndim != 2 or not np.all(np.isfinite(image)):
            raise InputError(f"{self.label} needs a matrix of finite numbers")
        if not self.is_installed:
            raise InputError(
                f"{self.label} needs the package {self.package}, which is not installed"
            )
        if missing := [name for name in self.told if name not in noise]:
            raise InputError(f"{self.label} must be told {' and '.join(missing)}")
        told: dict[str, Any] = {name: noise[name] for name in self.told}
        module, name = self.function.split(":")
        function = getattr(importlib.import_module(f"{__package__}.{module}"), name)
        return np.asarray(function(image, seed=seed, **told), dtype=np.float64)


BASELINES = {
    "bm3d_told": Baseline(
        "BM3D, told σ", "bm3d", "bm3d", "bm3d:told", "bm3d", ("sigma",)
    ),
    "bm3d_anscombe": Baseline(
        "BM3D, told gain", "bm3d", "bm3d", "bm3d:behind_anscombe", "bm3d", ("gain", "intercept")
    ),
    "bm3d": Baseline("BM3D, not told", "bm3d", "bm3d", "bm3d:not_told", "bm3d"),
    "gaussian": Baseline("Gaussian", "scikit-image", "skimage", "calibrated:gaussian"),
    "nl_means": Baseline("Non-local means", "scikit-image", "skimage", "calibrated:nl_means"),
    "total_variation": Baseline(
        "Total variation", "scikit-image", "skimage", "calibrated:total_variation"
    ),
    "ndsafir": Baseline("ND-SAFIR", "ndsafir", "ndsafir", "nd_safir:denoise", "ndsafir"),
    "noise2void": Baseline(
        "Noise2Void", "careamics", "careamics", "noise2void:denoise", "noise2void"
    ),
    "deep_image_prior": Baseline(
        "Deep image prior", "torch", "torch", "deep_image_prior:denoise", "noise2void"
    ),
    "topaz": Baseline(
        "Topaz-Denoise, pretrained", "topaz-em", "topaz", "topaz_denoise:denoise", "topaz"
    ),
}  # fmt: skip
"""By name; all but the first two are told nothing, and the last has learned from other images."""
