"""Enhance the planes of a series: by one model learned from several of them, or by one each."""

from collections.abc import Iterator
from itertools import compress
from typing import Any

import numpy as np

from zeroshot_em.core.enhancement import Enhancement, enhance, learn
from zeroshot_em.core.learning import check_image
from zeroshot_em.core.models.protocol import PatchModel
from zeroshot_em.core.plan import make_plan
from zeroshot_em.core.settings import Request

APPLYING = ("effort", "noise", "merge")
"""What can be asked for when a model is applied."""

PLANES_LEARNED = 4
"""A model is learned from so many planes, evenly spaced over the series."""


def enhance_series(
    planes: np.ndarray,
    model: str | PatchModel = "auto",
    patch_size: int | None = None,
    *,
    per_plane: bool = False,
    random_state: int = 0,
    n_threads: int | None = None,
    **asked: Any,
) -> Iterator[Enhancement]:
    """Enhance planes of one size one after another.

    The noise of each plane is estimated for itself, and the model is shown patches whose noise is
    of one strength, so that the planes may differ in exposure.

    Parameters
    ----------
    planes : ndarray of shape (n_planes, height, width)
        Grey values as recorded.
    model, patch_size, random_state, n_threads, **asked
        As of `enhance`.
    per_plane : bool
        Learn a model of each plane, in place of one of `PLANES_LEARNED` planes.

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
    >>> from zeroshot_em.core.series import enhance_series
    >>> series = np.random.default_rng(0).normal(100.0, 10.0, (3, 48, 48))
    >>> results = enhance_series(series, "sssc", 4, n_components=8, max_iter=50)
    >>> [result.denoised.shape for result in results]
    [(48, 48), (48, 48), (48, 48)]
    """
    threads_and_seed: dict[str, Any] = {"random_state": random_state, "n_threads": n_threads}
    if isinstance(model, str) and not per_plane and len(planes) > 1:
        request = _request(model, patch_size, asked)
        model = _learn_together(planes, request, **threads_and_seed)
        patch_size, asked = None, {name: getattr(request, name) for name in APPLYING}
    for plane in planes:
        yield enhance(plane, model, patch_size, **threads_and_seed, **asked)


def _request(model: str, patch_size: int | None, asked: dict[str, Any]) -> Request:
    options = {name: value for name, value in asked.items() if name not in APPLYING}
    given = {name: value for name, value in asked.items() if name in APPLYING}
    return Request(model, patch_size, **given, options=options)


def _learn_together(
    planes: np.ndarray, request: Request, random_state: int, n_threads: int | None
) -> PatchModel:
    """Learn one model of several planes, by the settings that the middle one asks for."""
    chosen = [check_image(planes[place]) for place in middle_first(len(planes))]
    plans = [make_plan(plane, request, random_state, n_threads) for plane in chosen]
    alike = [plan.settings.domain == plans[0].settings.domain for plan in plans]
    return learn([*compress(chosen, alike)], [*compress(plans, alike)], n_threads)


def middle_first(n_planes: int) -> list[int]:
    """Return the places of the planes that are learned from, the middle of the series first."""
    n_learned = min(n_planes, PLANES_LEARNED)
    places = [(2 * k + 1) * n_planes // (2 * n_learned) for k in range(n_learned)]
    return sorted(places, key=lambda place: abs(place - n_planes // 2))
