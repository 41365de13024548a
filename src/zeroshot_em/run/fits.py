"""The fits that a configuration asks for, and the options of each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

Configuration = Mapping[str, Any]

MODEL_NAMES = ("sssc", "gpmm")


class Fit(NamedTuple):
    """One model learned from one image."""

    image: str
    model: str
    patch_size: int


def fits_of(entry: Configuration) -> list[Fit]:
    """Return the fits that the entry of a figure asks for, those of SSSC first."""
    if "model" in entry:
        return [Fit(entry["image"], entry["model"], entry["patch_size"])]
    sizes = entry.get("patch_sizes", {})
    return [Fit(entry["image"], model, p) for model in MODEL_NAMES for p in sizes.get(model, [])]


def model_options(config: Configuration, model: str, patch_size: int | str) -> dict[str, Any]:
    """Return a model's options, those for its patch size replacing the general ones."""
    options = dict(config["models"][model])
    of_size = options.pop("patch_sizes", {})
    return options | of_size.get(f"p{patch_size}", {})
