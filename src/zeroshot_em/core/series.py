"""Enhance the planes of a series: by one model learned from several of them, or by one each."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import compress

import numpy as np

from zeroshot_em.core.cost import expected_cost
from zeroshot_em.core.enhancement import Announce, Enhancement, enhance_as_asked, learn
from zeroshot_em.core.learning import check_image
from zeroshot_em.core.models.registry import model_name
from zeroshot_em.core.parallel import resolve_threads
from zeroshot_em.core.plan import make_plan
from zeroshot_em.core.progress import one_bar, part
from zeroshot_em.core.settings import Request

PLANES_LEARNED = 4
"""A model is learned from so many planes, evenly spaced over the series."""


def enhance_series(
    planes: np.ndarray,
    request: Request,
    *,
    per_plane: bool = False,
    random_state: int = 0,
    n_threads: int | None = None,
    announce: Announce | None = None,
) -> Iterator[Enhancement]:
    """Enhance planes of one size one after another.

    The noise of each plane is estimated for itself, and the model is shown patches whose noise is
    of one strength, so that the planes may differ in exposure.

    Parameters
    ----------
    planes : ndarray of shape (n_planes, height, width)
        Grey values as recorded.
    request : Request
        As by `as_asked`.
    per_plane : bool
        Learn a model of each plane, in place of one of `PLANES_LEARNED` planes.
    random_state : int
    n_threads : int, optional
    announce : callable, optional
        Is told the plan of the middle plane, or of the first where each has a model of its own,
        before the work begins, and about how many seconds it will take.

    Yields
    ------
    Enhancement
        Of each plane.

    Raises
    ------
    InputError
        If a plane or an option cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> from zeroshot_em.core.enhancement import as_asked
    >>> from zeroshot_em.core.series import enhance_series
    >>> series = np.random.default_rng(0).normal(100.0, 10.0, (3, 48, 48))
    >>> request = as_asked("sssc", 4, noise="learned", n_components=8, n_states=8, tol=0.01)
    >>> [result.denoised.shape for result in enhance_series(series, request)]
    [(48, 48), (48, 48), (48, 48)]
    """
    begun = 0.0
    if request.fitted is None and not per_plane and len(planes) > 1:
        begun = share_of_learning(len(planes))
        with one_bar(), part(0.0, begun):
            request = _learned_together(planes, request, random_state, n_threads, announce)
            announce = None
    for place, plane in enumerate(planes):
        each = (1 - begun) / len(planes)
        with one_bar(), part(begun + place * each, begun + (place + 1) * each):
            result = enhance_as_asked(plane, request, random_state, n_threads, announce)
        yield result
        announce = None


def _learned_together(
    planes: np.ndarray,
    request: Request,
    random_state: int,
    n_threads: int | None,
    announce: Announce | None,
) -> Request:
    """Learn one model of several planes, by the settings that the middle one asks for."""
    started = time.monotonic()
    plans = []
    chosen = [check_image(planes[place]) for place in middle_first(len(planes))]
    for number, plane in enumerate(chosen):
        with part(number / (len(chosen) + 1), (number + 1) / (len(chosen) + 1)):
            plans.append(make_plan(plane, request, random_state, n_threads))
    if announce:
        elapsed = (time.monotonic() - started) / len(plans)
        cost = expected_cost(plans[0].settings, planes[0].shape)
        seconds = cost.seconds_left(elapsed, resolve_threads(n_threads), len(planes))
        announce(plans[0], seconds)
    shown = [(plan.settings.domain, plan.settings.size) for plan in plans]
    alike = [each == shown[0] for each in shown]
    with part(len(chosen) / (len(chosen) + 1), 1.0):
        fitted = learn([*compress(plans, alike)], n_threads)
    return replace(request, model=model_name(fitted), patch_size=None, options={}, fitted=fitted)


def middle_first(n_planes: int) -> list[int]:
    """Return the places of the planes that are learned from, the middle of the series first."""
    n_learned = min(n_planes, PLANES_LEARNED)
    places = [(2 * k + 1) * n_planes // (2 * n_learned) for k in range(n_learned)]
    return sorted(places, key=lambda place: abs(place - n_planes // 2))


def share_of_learning(n_planes: int) -> float:
    """Return about how much of the work is learning, which takes as long as a plane or so."""
    n_learned = min(n_planes, PLANES_LEARNED)
    return (n_learned + 1) / (n_learned + 1 + n_planes)
