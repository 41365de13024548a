"""What was fitted, how, and to what history: written once, read by every face."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from zeroshot_em.core.models.schema import edge_of_patch, history_names


@dataclass(frozen=True)
class FitRecord:
    """A fit, in values that JSON can hold.

    Attributes
    ----------
    model : {"sssc", "gpmm"}
    patch_size : int
        Edge of a patch in pixels.
    settings : mapping
        All settings of the model but the number of threads, as they were used.
    n_iter : int
        Passes made, in the last round.
    converged : bool
        Whether the tolerance was met.
    history : mapping
        By name one value a pass: ``bounds`` in nats per patch, and what else the model follows.
    context : mapping
        What surrounds the fit, such as the image, the number of rounds, the versions.
    """

    model: str
    patch_size: int
    settings: Mapping[str, Any]
    n_iter: int
    converged: bool
    history: Mapping[str, tuple[float, ...]]
    context: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        model: str,
        settings: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray],
        context: Mapping[str, Any],
    ) -> Self:
        """Describe a fit by the arrays of its model; `context` is what the model cannot know."""
        history = {kind: tuple(arrays[kind].tolist()) for kind in history_names(model)}
        return cls(
            model,
            edge_of_patch(arrays["components"].shape[1]),
            settings,
            len(history["bounds"]),
            bool(arrays["converged"]),
            history,
            context,
        )

    @property
    def bounds(self) -> tuple[float, ...]:
        """The bound after each pass, in nats per patch."""
        return self.history["bounds"]
