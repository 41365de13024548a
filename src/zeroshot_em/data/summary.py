"""What became of an image that was enhanced: a summary of each, and a table of all."""

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from zeroshot_em.data.files import atomic_path
from zeroshot_em.data.images import MicrographImage
from zeroshot_em.data.provenance import versions

if TYPE_CHECKING:  # it loads the models
    from zeroshot_em.core.enhancement import Enhancement

COLUMNS = (
    "image", "status", "width", "height", "planes", "pixel_size_nm", "noise", "model", "patch_size",
    "n_components", "seconds", "warnings", "message",
)  # fmt: skip


def summary_of(image: MicrographImage, result: "Enhancement") -> dict[str, Any]:
    """Return what an image is, what its noise was found to be, and how it was enhanced."""
    height, width = image.pixels.shape
    return {
        "width": width,
        "height": height,
        "planes": 1,
        "pixel_size_nm": image.pixel_size_nm,
        "notes": list(image.notes),
        "noise": result.noise.to_dict() if result.noise else None,
        "noise_in_words": result.noise.sentence() if result.noise else "learned by the model",
        "settings": asdict(result.settings) | {"n_components": len(result.model.components_)},
        "settings_in_words": result.settings.sentence(),
        "warnings": list(result.warnings),
        "versions": versions(),
    }


def table_row(image: str, summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of an image in the table of all, by `COLUMNS`."""
    settings = summary["settings"]
    same = ("width", "height", "planes", "pixel_size_nm", "seconds")
    return {name: summary[name] for name in same} | {
        "image": image,
        "status": "done",
        "noise": summary["noise_in_words"],
        "model": settings["model"],
        "patch_size": settings["patch_size"],
        "n_components": settings["n_components"],
        "warnings": "; ".join([*summary["warnings"], *summary["notes"]]),
    }


def write_table(path: str | os.PathLike[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as a CSV file with the columns `COLUMNS`."""
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
