"""Fitted models to and from files."""

import os
from typing import Any

from zeroshot_em.core.models.protocol import PatchModel
from zeroshot_em.core.models.registry import MODELS, fit_settings, model_name
from zeroshot_em.data.model_format import read_fit, refusing, write_fit


def save_model(path: str | os.PathLike[str], model: PatchModel, **context: Any) -> None:
    """Write a fitted model to a file.

    Parameters
    ----------
    path : path-like
        Written under a temporary name first and renamed when complete.
    model : SSSC or GPMM
        Fitted.
    **context
        What the model cannot know of its fit, as JSON can hold it: the image, the number of rounds,
        the versions. Times do not belong here, since equal fits make equal files.
    """
    write_fit(path, model_name(model), fit_settings(model), model.to_arrays(), context)


def load_model(path: str | os.PathLike[str]) -> PatchModel:
    """Read a model written by `save_model`.

    Raises
    ------
    InputError
        If the file cannot be read, is not a model's, or holds what no fitted model holds.
    """
    record, arrays = read_fit(path)
    with refusing(path):
        return MODELS[record.model].from_arrays(arrays, **record.settings)
