"""What was fitted, how, and to what history: written once, read by every face."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from zeroshot_em.core.models.protocol import PatchModel
from zeroshot_em.core.models.registry import fit_settings, model_name
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
    def of(cls, model: PatchModel, **context: Any) -> Self:
        """Describe a fitted model; `context` is what the model cannot know."""
        name = model_name(model)
        history = {kind: getattr(model, f"{kind}_") for kind in history_names(name)}
        return cls(
            name,
            edge_of_patch(model.components_.shape[1]),
            fit_settings(model),
            int(model.n_iter_),
            bool(model.converged_),
            {kind: tuple(float(value) for value in values) for kind, values in history.items()},
            context,
        )

    @property
    def bounds(self) -> tuple[float, ...]:
        """The bound after each pass, in nats per patch."""
        return self.history["bounds"]

    def summary(self) -> dict[str, Any]:
        """Return all but the history as one flat mapping."""
        return {
            "model": self.model,
            "patch_size": self.patch_size,
            **self.settings,
            "n_iter": self.n_iter,
            "converged": self.converged,
            **self.context,
        }
