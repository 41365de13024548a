"""The patch models by name, and their files."""

import inspect
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from zeroshot_em.errors import InputError
from zeroshot_em.gpmm import GPMM
from zeroshot_em.sssc import SSSC

PatchModel = SSSC | GPMM
MODELS: dict[str, type[SSSC] | type[GPMM]] = {"sssc": SSSC, "gpmm": GPMM}


def model_name(model: PatchModel) -> str:
    """Return the name under which a model's class is known."""
    return next(name for name, kind in MODELS.items() if isinstance(model, kind))


def fit_settings(model: PatchModel) -> dict[str, Any]:
    """Return what a model was fitted with, but for the number of threads, which does not matter."""
    names = inspect.signature(type(model)).parameters
    settings = {name: getattr(model, name) for name in names if name != "n_threads"}
    return {**settings, "n_components": len(model.components_)}


def save_model(path: str | os.PathLike[str], model: PatchModel, **how: Any) -> None:
    """Write a fitted model to an ``.npz`` file.

    Parameters
    ----------
    path : path-like
        Written under a temporary name first and renamed when complete.
    model : SSSC or GPMM
        Fitted.
    **how
        Anything that JSON can hold which says how the model was fitted.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            np.savez(file, model=model_name(model), how=json.dumps(how), **model.to_arrays())  # type: ignore[arg-type]
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def load_model(path: str | os.PathLike[str]) -> PatchModel:
    """Read a model written by `save_model`.

    Raises
    ------
    InputError
        If the file cannot be read or is not a model's.
    """
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        kind = MODELS[str(arrays.pop("model"))]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path} is not a model file of zeroshot-em ({error})") from error
    arrays.pop("how")
    return kind.from_arrays(arrays)


def model_facts(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what `save_model` was told about how the model was fitted.

    Raises
    ------
    InputError
        If the file cannot be read or is not a model's.
    """
    try:
        with np.load(path) as file:
            return json.loads(str(file["how"]))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path} is not a model file of zeroshot-em ({error})") from error
