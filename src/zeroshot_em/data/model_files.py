"""Fitted models in files."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zipfile import BadZipFile

import numpy as np

from zeroshot_em.core.models.registry import MODELS, PatchModel, model_name
from zeroshot_em.data.files import atomic_path
from zeroshot_em.errors import InputError


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
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.savez(file, model=model_name(model), how=json.dumps(how), **model.to_arrays())  # type: ignore[arg-type]


def load_model(path: str | os.PathLike[str]) -> PatchModel:
    """Read a model written by `save_model`.

    Raises
    ------
    InputError
        If the file cannot be read or is not a model's.
    """
    with _model_file(path) as file:
        arrays = {name: file[name] for name in file.files if name not in ("model", "how")}
        kind = MODELS[str(file["model"])]
    return kind.from_arrays(arrays)


def model_facts(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what `save_model` was told about how the model was fitted.

    Raises
    ------
    InputError
        If the file cannot be read or is not a model's.
    """
    with _model_file(path) as file:
        return json.loads(str(file["how"]))


@contextmanager
def _model_file(path: str | os.PathLike[str]) -> Iterator[Any]:
    try:
        with open(path, "rb") as opened, np.load(opened) as file:
            yield file
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise InputError(f"{path} is not a model file of zeroshot-em ({error})") from error
