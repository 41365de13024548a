"""The patch models by name."""

import inspect
from typing import Any

from zeroshot_em.core.models.gpmm.model import GPMM
from zeroshot_em.core.models.protocol import PatchModel
from zeroshot_em.core.models.sssc.model import SSSC

MODELS: dict[str, type[SSSC] | type[GPMM]] = {"sssc": SSSC, "gpmm": GPMM}


def model_name(model: PatchModel) -> str:
    """Return the name under which a model's class is known."""
    return next(name for name, kind in MODELS.items() if isinstance(model, kind))


def option_names(name: str) -> list[str]:
    """Return what a model can be made with, but for seed and threads, which all of them share."""
    return [
        option
        for option in inspect.signature(MODELS[name]).parameters
        if option not in ("random_state", "n_threads", "noise_variance")
    ]


def fit_settings(model: PatchModel) -> dict[str, Any]:
    """Return what a model was fitted with, but for the number of threads, which does not matter."""
    names = inspect.signature(type(model)).parameters
    settings = {name: getattr(model, name) for name in names if name != "n_threads"}
    return {**settings, "n_components": len(model.components_)}
