"""Decide how an image is enhanced: what its noise is, what the model sees, the settings."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zeroshot_em.core.domain import (
    AsRecorded,
    Domain,
    Scaled,
    behind_whitening,
    counts_domain,
    unit_noise_domain,
)
from zeroshot_em.core.learning import patch_size_of
from zeroshot_em.core.noise import NoiseModel, estimate_noise
from zeroshot_em.core.patches import patch_grid
from zeroshot_em.core.settings import EFFORTS, PATCHES_PER_COMPONENT, Effort, Request, Settings
from zeroshot_em.errors import InputError

PAPER_PATCH_SIZE = 6
AUTO_PATCH_SIZE = 8
PSEUDO_COUNT_OFFSET = 4.0
"""Where noise is the same everywhere, so many times the contrast is added before counting."""


@dataclass(frozen=True)
class Plan:
    """How an image is enhanced.

    Attributes
    ----------
    settings : Settings
    domain : Domain
        What the model is shown.
    unit_noise : Domain or None
        Where the noise is white and of deviation 1: where the second step works.
    noise : NoiseModel or None
        What the noise was found to be.
    warnings : tuple of str
    """

    settings: Settings
    domain: Domain
    unit_noise: Domain | None
    noise: NoiseModel | None
    warnings: tuple[str, ...]


def make_plan(image: np.ndarray, request: Request, random_state: int) -> Plan:
    """Choose from the image what was not asked for.

    Raises
    ------
    InputError
        If what was asked for does not suit the image.
    """
    request.check()
    noise, warnings = _find_noise(image, request)
    unit_noise = _unit_noise(request, noise)
    domain = _model_domain(image, request, noise, unit_noise)
    settings = _settings(image, request, unit_noise, domain)
    return Plan(replace(settings, random_state=random_state), domain, unit_noise, noise, warnings)


def _find_noise(image: np.ndarray, request: Request) -> tuple[NoiseModel | None, tuple[str, ...]]:
    """Estimate the noise where it is left to the image; where that fails the model learns it."""
    if request.noise != "auto":
        return None, ()
    try:
        noise = estimate_noise(image)
    except InputError as error:
        return None, (f"{error}; the model learns the noise from the image, as in the paper",)
    return noise, tuple(noise.warnings)


def _unit_noise(request: Request, noise: NoiseModel | None) -> Domain | None:
    if not isinstance(request.noise, str):
        return Scaled(float(request.noise))
    if noise is None:
        return None
    return unit_noise_domain(noise)


def _model_domain(
    image: np.ndarray, request: Request, noise: NoiseModel | None, unit_noise: Domain | None
) -> Domain:
    if unit_noise is None:
        return AsRecorded()
    if request.model_name == "sssc":
        return unit_noise
    if noise is None:
        return _pseudo_counts(image, float(request.noise))
    if noise.is_signal_dependent:
        return behind_whitening(counts_domain(noise), noise)
    return behind_whitening(_pseudo_counts(image, noise.white_sigma()), noise)


def _pseudo_counts(image: np.ndarray, sigma: float) -> Scaled:
    """Return a scale on which constant noise is as that of counts: variance near the mean.

    After adding an offset far above the contrast, the mean hardly varies over the image, and in
    units of ``sigma ** 2 / mean`` it equals the variance.
    """
    low, high = np.percentile(image, (0.5, 99.5))
    level = PSEUDO_COUNT_OFFSET * max(high - low, sigma)
    offset = float(np.median(image)) - level
    return Scaled(sigma**2 / level, offset, least=0.0)


def _settings(
    image: np.ndarray, request: Request, unit_noise: Domain | None, domain: Domain
) -> Settings:
    effort = EFFORTS[request.effort]
    patch_size = _patch_size(image, request, unit_noise)
    is_unit = domain is unit_noise
    n_patches = min(math.prod(patch_grid(image.shape, patch_size)), effort.n_patches)
    options = {} if unit_noise is None else _chosen_options(request, effort, n_patches)
    if is_unit:
        options["noise_variance"] = 1.0
    return Settings(
        model=request.model_name,
        patch_size=patch_size,
        merge=request.merge or ("mean" if unit_noise is None else "median"),
        noise=_origin_of_noise(request, unit_noise),
        domain=_name_of(domain, unit_noise),
        n_refinements=0 if unit_noise is None else effort.n_refinements,
        n_patches=None if unit_noise is None else effort.n_patches,
        effort=request.effort,
        options=options | dict(request.options),
    )


def _chosen_options(request: Request, effort: Effort, n_patches: int) -> dict[str, Any]:
    n_components = max(1, min(effort.most_components, n_patches // PATCHES_PER_COMPONENT))
    options = {"n_components": n_components, "max_iter": effort.max_iter}
    if request.model_name == "sssc":
        options["n_states"] = effort.n_states
    return options | {"n_rounds": effort.n_rounds}


def _patch_size(image: np.ndarray, request: Request, unit_noise: Domain | None) -> int:
    if request.fitted is not None:
        return patch_size_of(request.fitted)
    if request.patch_size is not None:
        return request.patch_size
    return min(PAPER_PATCH_SIZE if unit_noise is None else AUTO_PATCH_SIZE, *image.shape)


def _origin_of_noise(request: Request, unit_noise: Domain | None) -> str:
    if unit_noise is None:
        return "learned"
    return "estimated" if request.noise == "auto" else "given"


def _name_of(domain: Domain, unit_noise: Domain | None) -> str:
    if unit_noise is None:
        return "grey values"
    return "unit noise" if domain is unit_noise else "counts"
