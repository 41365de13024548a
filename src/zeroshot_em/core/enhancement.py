"""Enhance one image: settings from the image, a model of its patches, maps, a second step."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from zeroshot_em.core.cost import Cost, expected_cost, planning_share
from zeroshot_em.core.learning import apply_model, check_image, fit_model
from zeroshot_em.core.models.parameters import check_n_threads, check_random_state
from zeroshot_em.core.models.protocol import PatchModel
from zeroshot_em.core.models.registry import model_name
from zeroshot_em.core.noise import Noise
from zeroshot_em.core.parallel import resolve_threads
from zeroshot_em.core.patches import MergedMaps
from zeroshot_em.core.plan import Plan, make_plan
from zeroshot_em.core.progress import one_bar, part
from zeroshot_em.core.refine import refine
from zeroshot_em.core.resize import interpolated, resized
from zeroshot_em.core.settings import Request, Settings

Announce = Callable[[Plan, float], None]


@dataclass(frozen=True)
class Enhancement:
    """An enhanced image; every map has the shape (height, width) of the input, in its grey values.

    Attributes
    ----------
    denoised : ndarray
        The denoised image.
    variance : ndarray
        Variance over overlapping patches of the model's estimates of a pixel: the paper's variance
        image.
    within_variance : ndarray
        Mean over overlapping patches of the posterior variance of a pixel.
    model : SSSC or GPMM
        The fitted model.
    settings : Settings
        What was asked for and what was chosen from the image.
    noise : NoiseModel, Grain or None
        What the noise was found to be; None where the model learned it or it was given.
    warnings : tuple of str
        What the reader of the maps should know.
    """

    denoised: np.ndarray
    variance: np.ndarray
    within_variance: np.ndarray
    model: PatchModel
    settings: Settings
    noise: Noise | None = None
    warnings: tuple[str, ...] = field(default=())

    @property
    def total_variance(self) -> np.ndarray:
        """Within plus between variance (law of total variance)."""
        return self.within_variance + self.variance


def enhance(
    image: np.ndarray,
    model: str | PatchModel = "auto",
    patch_size: int | None = None,
    *,
    effort: str = "normal",
    noise: str | float = "auto",
    merge: str | None = None,
    random_state: int = 0,
    n_threads: int | None = None,
    **options: Any,
) -> Enhancement:
    """Learn a model from one image and enhance the image by it; what is not given is chosen.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Grey values as recorded.
    model : {"auto", "sssc", "gpmm"} or fitted model
        A fitted model is applied, not learned; the image is turned into what its noise asks for.
    patch_size : int, optional
        Edge of a patch in pixels.
    effort : {"normal", "low", "high"}
        How much time to spend.
    noise : {"auto", "learned"} or float
        Estimated before learning and held; learned by the model on the grey values as recorded,
        which with a model and a patch size is the paper's method; or the standard deviation of
        white noise in grey values.
    merge : str, optional
        How the overlapping estimates become one: "mean", "median" or as the image asks for.
    random_state : int
        Seed of every random choice; the same seed gives the same bits.
    n_threads : int, optional
        All cores by default. Results do not depend on it.
    **options
        Of the model and of learning, for example ``n_components`` or ``n_rounds``.

    Returns
    -------
    Enhancement
        Denoised image, variances (in squared grey values), the model, and what was found.

    Raises
    ------
    InputError
        If the image is not a matrix of finite numbers, or an option cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> from zeroshot_em import enhance
    >>> image = np.random.default_rng(0).normal(100.0, 10.0, (48, 48))
    >>> result = enhance(image, "sssc", 4, noise="learned", n_components=8, n_states=8, tol=0.01)
    >>> result.denoised.shape, result.variance.shape
    ((48, 48), (48, 48))
    """
    request = as_asked(model, patch_size, effort=effort, noise=noise, merge=merge, **options)
    return enhance_as_asked(image, request, random_state, n_threads)


def enhance_as_asked(
    image: np.ndarray,
    request: Request,
    random_state: int = 0,
    n_threads: int | None = None,
    announce: Announce | None = None,
) -> Enhancement:
    """Enhance one image as it was asked for.

    Parameters
    ----------
    image : ndarray of shape (height, width)
    request : Request
    random_state : int
    n_threads : int, optional
    announce : callable, optional
        Is told the plan once it is made, and about how many seconds the work will take.
    """
    check_random_state(random_state)
    check_n_threads(n_threads)
    request.check()
    image = check_image(image)
    with one_bar():
        started = time.monotonic()
        with part(0.0, planning_share(request)):
            plan = make_plan(image, request, random_state, n_threads)
        cost = expected_cost(plan.settings, image.shape, request.fitted is None)
        if announce:
            elapsed = time.monotonic() - started
            announce(plan, cost.seconds_left(elapsed, resolve_threads(n_threads)))
        made = _enhance_by(plan, request.fitted, cost, n_threads)
    return made if plan.settings.size == 1 else _of_shape(made, image.shape)


def _of_shape(made: Enhancement, shape: tuple[int, ...]) -> Enhancement:
    """Return maps of a smaller image at the image's own height and width."""
    return replace(
        made,
        denoised=resized(made.denoised, shape),
        variance=interpolated(made.variance, shape),
        within_variance=interpolated(made.within_variance, shape),
    )


def _enhance_by(
    plan: Plan, fitted: PatchModel | None, cost: Cost, n_threads: int | None
) -> Enhancement:
    _, learning, rebuilding, refining = cost.shares()
    with part(*learning):
        fitted = fitted or learn([plan], n_threads)
    with part(*rebuilding, "rebuilding the image"):
        maps = _estimate(fitted, plan, n_threads)
    with part(*refining, "comparing similar patches"):
        denoised = _refined(maps.denoised, plan, n_threads)
    if plan.noise:
        denoised = plan.noise.without_bias(denoised, plan.image)
    return Enhancement(
        denoised,
        maps.variance,
        maps.within_variance,
        fitted,
        plan.settings,
        plan.noise,
        plan.warnings,
    )


def as_asked(
    model: str | PatchModel = "auto",
    patch_size: int | None = None,
    *,
    effort: str = "normal",
    noise: str | float = "auto",
    merge: str | None = None,
    **options: Any,
) -> Request:
    """Return what is asked for by the arguments of `enhance`."""
    if isinstance(model, str):
        return Request(model, patch_size, effort, noise, merge, options)
    name = model_name(model)
    return Request(name, patch_size, effort, noise, merge, options, fitted=model)


def learn(plans: Sequence[Plan], n_threads: int | None = None) -> PatchModel:
    """Learn the model of the first plan from images of one size, each as its own plan shows it."""
    settings = plans[0].settings
    shown = [plan.domain.forward(plan.image) for plan in plans]
    guides = [guide for plan in plans if (guide := _guide(plan)) is not None]
    return fit_model(
        _together(shown),
        settings.model,
        settings.patch_size,
        guide=_together(guides) if guides else None,
        n_patches=settings.n_patches,
        random_state=settings.random_state,
        n_threads=n_threads,
        **settings.options,
    )


def _together(images: Sequence[np.ndarray]) -> np.ndarray:
    return images[0] if len(images) == 1 else np.stack(images)


def _guide(plan: Plan) -> np.ndarray | None:
    """Return the image as denoised by local priors, as the model is to see it."""
    if plan.unit_noise is None or plan.local is None:
        return None
    return plan.domain.forward(plan.unit_noise.inverse(plan.local))


def _estimate(fitted: PatchModel, plan: Plan, n_threads: int | None) -> MergedMaps:
    """Apply a model in its domain, and bring its maps back into grey values.

    Variances are brought back to first order (the delta method).
    """
    domain, merge = plan.domain, plan.settings.merge
    maps = apply_model(fitted, domain.forward(plan.image), merge=merge, n_threads=n_threads)
    maps = replace(maps, denoised=domain.inverse(maps.denoised))
    for variance in (maps.variance, maps.within_variance):
        variance *= np.square(domain.slope(maps.denoised))
    return maps


def _refined(denoised: np.ndarray, plan: Plan, n_threads: int | None) -> np.ndarray:
    """Take the second step where the noise is white and of deviation 1."""
    if plan.unit_noise is None or plan.local is None:
        return denoised
    unit = plan.unit_noise
    # Images of unit noise have no names here, so that each goes as soon as it was used.
    return unit.inverse(
        refine(unit.forward(plan.image), unit.forward(denoised), plan.local, n_threads)
    )
