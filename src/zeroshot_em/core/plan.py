"""Decide how an image is enhanced: what its noise is, what the model sees, the settings."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from zeroshot_em.core.contest import best_patch_size
from zeroshot_em.core.domain import (
    AsRecorded,
    Chained,
    Domain,
    behind_whitening,
    unit_noise_domain,
)
from zeroshot_em.core.learning import patch_size_of
from zeroshot_em.core.noise import Noise, estimate_noise, find_noise
from zeroshot_em.core.noise.scaled import Scaled
from zeroshot_em.core.patches import patch_grid
from zeroshot_em.core.progress import part
from zeroshot_em.core.refine import denoise_locally
from zeroshot_em.core.resize import at_size
from zeroshot_em.core.settings import EFFORTS, PATCHES_PER_COMPONENT, Effort, Request, Settings
from zeroshot_em.errors import InputError

PAPER_PATCH_SIZE = 6
PATCH_SIZES = ((0.8, 6), (0.3, 8), (0.12, 12), (0.0, 16))
"""From so much fine detail on, in units of the noise: the edge of a patch, before it is judged."""

DETAIL_WIDTH = 1.5

UNLIKE_COUNTS = 2.0
"""From this ratio of variance and mean on, either way, values are unlike counts."""

LEARNED_INSTEAD = "the model learns the noise from the image, as in the paper"

PSEUDO_COUNT_OFFSET = 4.0
"""Where noise is the same everywhere, so many times the contrast is added before counting."""


@dataclass(frozen=True)
class Plan:
    """How an image is enhanced.

    Attributes
    ----------
    image : ndarray of shape (height, width)
        At the size of the settings.
    settings : Settings
    domain : Domain
        What the model is shown of the image.
    unit_noise : Domain or None
        Where the noise is white and of deviation 1: where the second step works.
    local : ndarray or None
        The image as denoised by local priors alone, in `unit_noise`.
    noise : NoiseModel, Grain or None
        What the noise was found to be.
    warnings : tuple of str
    """

    image: np.ndarray
    settings: Settings
    domain: Domain
    unit_noise: Domain | None
    local: np.ndarray | None
    noise: Noise | None
    warnings: tuple[str, ...]

    def sentence(self) -> str:
        """Say in words what the noise is and how the image is enhanced."""
        origin = {"given": "noise as given", "learned": "noise learned by the model"}
        noise = self.noise.sentence().rstrip(".") if self.noise else origin[self.settings.noise]
        return f"{noise}: {self.settings.sentence()}"


def make_plan(
    image: np.ndarray, request: Request, random_state: int, n_threads: int | None
) -> Plan:
    """Choose from the image what was not asked for.

    Raises
    ------
    InputError
        If what was asked for does not suit the image.
    """
    request.check()
    with part(0.0, 0.3, "estimating the noise"):
        noise, warnings = _find_noise(image, request)
    size = float(noise.size) if noise else 1.0
    image = at_size(image, size)
    unit_noise = _unit_noise(request, noise)
    domain = _model_domain(image, request, noise, unit_noise)
    with part(0.3, 0.6, "comparing similar patches"):
        local = _denoise_locally(image, request, unit_noise, n_threads)
    with part(0.6, 1.0, "judging patch sizes"):
        patch_size = _patch_size(image, request, unit_noise, local, random_state, n_threads)
    settings = _settings(image, request, local, patch_size)
    name = _name_of(domain, unit_noise)
    settings = replace(settings, domain=name, size=size, random_state=random_state)
    return Plan(image, settings, domain, unit_noise, local, noise, warnings)


def _denoise_locally(
    image: np.ndarray, request: Request, unit_noise: Domain | None, n_threads: int | None
) -> np.ndarray | None:
    if unit_noise is None:
        return None
    n_passes = EFFORTS[request.effort].n_local_passes
    return denoise_locally(unit_noise.forward(image), n_passes, n_threads)


def _find_noise(image: np.ndarray, request: Request) -> tuple[Noise | None, tuple[str, ...]]:
    """Estimate the noise where it is left to the image; where that fails the model learns it."""
    if request.noise == "learned" and request.model_name == "gpmm":
        return None, _unlike_counts(image)
    if request.noise != "auto":
        return None, ()
    try:
        noise = find_noise(image)
    except InputError as error:
        return None, (f"{error}; {LEARNED_INSTEAD}",)
    contrast = float(image.std())
    if noise.is_hardly_any(contrast):
        share = f"{noise.sigma / contrast:.1%} of the contrast"
        found = f"hardly any noise is left ({share}), as a filter leaves it"
        return None, (f"{found}; {LEARNED_INSTEAD}", *noise.warnings)
    return noise, noise.warnings


def _unlike_counts(image: np.ndarray) -> tuple[str, ...]:
    """Warn where the mixture takes grey values for counts whose noise is not that of counts."""
    try:
        variance = estimate_noise(image).sigma ** 2
    except InputError:
        return ()
    level = float(np.median(image))
    if level <= 0 or 1 / UNLIKE_COUNTS < variance / level < UNLIKE_COUNTS:
        return ()
    outcome = "stays in the image" if variance > level else "is smoothed away and detail with it"
    return (
        "the mixture takes grey values for counts, whose variance is their mean; here the variance "
        f"is {variance / level:.2g} times the mean, so that noise {outcome}: "
        "leave the noise to be estimated, and they are converted first",
    )


def _unit_noise(request: Request, noise: Noise | None) -> Domain | None:
    if not isinstance(request.noise, str):
        return Scaled(float(request.noise))
    if noise is None:
        return None
    return unit_noise_domain(noise)


def _model_domain(
    image: np.ndarray, request: Request, noise: Noise | None, unit_noise: Domain | None
) -> Domain:
    if unit_noise is None:
        return AsRecorded()
    if request.model_name == "sssc":
        return unit_noise
    counts = noise.counts() if noise else None
    if noise and counts:
        return behind_whitening(counts, noise)
    return Chained(unit_noise, _pseudo_counts(unit_noise.forward(image)))


def _pseudo_counts(image: np.ndarray) -> Scaled:
    """Return a scale on which noise of deviation 1 is as that of counts: variance near the mean.

    After adding an offset far above the contrast, the mean hardly varies over the image, and in
    units of ``1 / mean`` it equals the variance.
    """
    low, high = np.percentile(image, (0.5, 99.5))
    level = PSEUDO_COUNT_OFFSET * max(high - low, 1.0)
    offset = float(np.median(image)) - level
    return Scaled(1 / level, offset, least=0.0)


def _settings(
    image: np.ndarray, request: Request, local: np.ndarray | None, patch_size: int
) -> Settings:
    effort = EFFORTS[request.effort]
    chosen = local is not None or request.noise == "auto"
    options: dict[str, Any] = {}
    if chosen:
        n_patches = min(math.prod(patch_grid(image.shape, patch_size)), effort.n_patches)
        options = _chosen_options(request, effort, n_patches)
    if local is not None and request.model_name == "sssc":
        options["noise_variance"] = 1.0
    return Settings(
        model=request.model_name,
        patch_size=patch_size,
        options=options | dict(request.options),
        n_patches=effort.n_patches if chosen else None,
        merge=request.merge or ("mean" if local is None else "median"),
        noise=_origin_of_noise(request, local),
        n_local_passes=0 if local is None else effort.n_local_passes,
        effort=request.effort,
    )


def _chosen_options(request: Request, effort: Effort, n_patches: int) -> dict[str, Any]:
    n_components = max(1, min(effort.most_components, n_patches // PATCHES_PER_COMPONENT))
    options: dict[str, Any] = {"n_components": n_components, "max_iter": effort.max_iter}
    if request.model_name == "sssc":
        options["n_states"] = effort.n_states
    return options | {"n_rounds": effort.n_rounds}


def _patch_size(
    image: np.ndarray,
    request: Request,
    unit_noise: Domain | None,
    local: np.ndarray | None,
    random_state: int,
    n_threads: int | None,
) -> int:
    if request.fitted is not None:
        return patch_size_of(request.fitted)
    if request.patch_size is not None:
        return request.patch_size
    if unit_noise is None or local is None:
        return min(PAPER_PATCH_SIZE, *image.shape)
    chosen = patch_size_for(fine_detail(local))
    if EFFORTS[request.effort].judges_patch_sizes:
        sizes = tuple(size for _, size in PATCH_SIZES)
        noisy = unit_noise.forward(image)
        chosen = best_patch_size(noisy, local, sizes, chosen, random_state, n_threads)
    return min(chosen, *image.shape)


def fine_detail(denoised: np.ndarray) -> float:
    """Return the deviation of what is finer than `DETAIL_WIDTH`, in units of the noise."""
    return float(np.std(denoised - gaussian_filter(denoised, DETAIL_WIDTH)))


def patch_size_for(detail: float) -> int:
    """Return the edge of a patch: the less detail stands out of the noise, the larger."""
    return next(size for least, size in PATCH_SIZES if detail >= least)


def _origin_of_noise(request: Request, local: np.ndarray | None) -> str:
    if local is None:
        return "learned"
    return "estimated" if request.noise == "auto" else "given"


def _name_of(domain: Domain, unit_noise: Domain | None) -> str:
    if unit_noise is None:
        return "grey values"
    return "unit noise" if domain is unit_noise else "counts"
