"""About how long enhancing takes: its stages in seconds of one core.

Only their ratios matter once the first stage is done, by which the machine is known.
"""

import math
from typing import Any, NamedTuple

from zeroshot_em.core.contest import EDGE
from zeroshot_em.core.models.registry import MODELS
from zeroshot_em.core.settings import EFFORTS, Request, Settings

SEARCH = 0.7e-5
"""Per pixel and pass over similar patches."""

LAST_SEARCH = 1.4e-5
"""The same of the last pass, which has two priors."""

PATCH = 0.4e-5
STATE = 2.7e-7
FIELD = 0.35e-9
"""Per patch and pass: of each, of each state, of each pixel of each generative field."""

TEMPLATE = 0.25e-9
"""The same of each pixel of each template of a mixture."""

USUAL_COMPONENTS = 1000
"""Of a mixture that was not told how many."""

NOISE = 0.6e-5
"""Per pixel."""

JUDGING = 1.2e-4
"""Per pixel that patch sizes are judged on."""

REBUILDING = 2.0
"""Passes of learning that rebuilding and merging the patches costs."""

SLOWNESS = (0.5, 5.0)
"""A machine is believed to be so much slower; what goes beyond is compiling or waiting."""

PLANNING = {"low": 0.4, "normal": 0.4, "high": 0.1}
"""The share of all that is spent before the settings are known, by effort."""

PLANNING_TO_APPLY, PLANNING_AS_THE_PAPER = 0.5, 0.01
"""The same where nothing is learned, and where only the noise is left to be learned."""


def planning_share(request: Request) -> float:
    """Return about which share of all work choosing the settings is."""
    if request.noise == "learned":
        return PLANNING_AS_THE_PAPER
    return PLANNING[request.effort] if request.fitted is None else PLANNING_TO_APPLY


class Cost(NamedTuple):
    """Seconds of one core."""

    planning: float
    learning: float
    rebuilding: float
    refining: float

    def shares(self) -> list[tuple[float, float]]:
        """Return from which to which share of all each stage goes."""
        ends = [sum(self[: n + 1]) / sum(self) for n in range(len(self))]
        return list(zip([0.0, *ends[:-1]], ends, strict=True))

    def seconds_left(self, elapsed: float, n_threads: int, n_images: int = 1) -> float:
        """Return how long the work after planning will take, judged by what planning took.

        Parameters
        ----------
        elapsed : float
            Seconds.
        n_threads : int
        n_images : int
            To be enhanced by the one model; each is planned for itself.
        """
        expected = self.planning / n_threads
        slowness = min(max(elapsed / expected, SLOWNESS[0]), SLOWNESS[1])
        each = self.rebuilding + self.refining
        rest = self.learning + n_images * each + (n_images - 1) * self.planning
        return slowness * rest / n_threads


def expected_cost(settings: Settings, shape: tuple[int, ...], is_learned: bool = True) -> Cost:
    """Return about what each stage of enhancing an image of this height and width costs."""
    n_pixels = round(math.prod(shape) * settings.size**2)
    options = MODELS[settings.model]().get_params() | dict(settings.options)
    per_patch = _per_patch(settings, options)
    n_learned = min(n_pixels, settings.n_patches or 100_000)
    n_passes = (options["max_iter"] + 1) * options.get("n_rounds", 2) if is_learned else 0
    judges = is_learned and settings.n_local_passes and EFFORTS[settings.effort].judges_patch_sizes
    n_judged = min(n_pixels, EDGE**2) if judges else 0
    n_searches = settings.n_local_passes + 1.1 if settings.n_local_passes else 0.0
    return Cost(
        n_pixels * (NOISE + SEARCH * n_searches) + JUDGING * n_judged,
        n_learned * per_patch * n_passes,
        n_pixels * per_patch * REBUILDING,
        n_pixels * LAST_SEARCH * (settings.n_local_passes > 0),
    )


def _per_patch(settings: Settings, options: dict[str, Any]) -> float:
    n_values = (options["n_components"] or USUAL_COMPONENTS) * settings.patch_size**2
    if settings.model == "gpmm":
        return PATCH + TEMPLATE * n_values
    return PATCH + STATE * options["n_states"] + FIELD * n_values
