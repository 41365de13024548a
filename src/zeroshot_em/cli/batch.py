"""One micrograph in, maps out: what the command line does with each image of a batch."""

import csv
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zeroshot_em.cli.naming import Task
from zeroshot_em.cli.options import Method, Preparation, Writing
from zeroshot_em.cli.staging import all_or_nothing
from zeroshot_em.core.enhancement import Enhancement, enhance
from zeroshot_em.data.files import atomic_path, write_json
from zeroshot_em.data.images import MicrographImage, write_image
from zeroshot_em.data.model_files import load_model, save_model
from zeroshot_em.data.preparation import read_prepared
from zeroshot_em.data.provenance import file_sha256, versions
from zeroshot_em.show.preview import write_preview

SUMMARY_COLUMNS = (
    "image", "status", "width", "height", "pixel_size_nm", "noise", "model", "patch_size",
    "n_components", "seconds", "warnings", "message",
)  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """What is asked of every image of a batch."""

    folder: Path
    preparation: Preparation
    method: Method
    writing: Writing


def is_done(task: Task, batch: Batch) -> bool:
    """Tell whether results of an image are there that are to be kept.

    All that exist are, unless they may be written over; on resuming only those of the same image
    made with the same options.
    """
    summary = batch.folder / f"{task.stem}_summary.json"
    if batch.writing.overwrite or not summary.exists():
        return False
    return not batch.writing.resume or _asked_of(summary) == _fingerprint(task, batch)


def enhance_file(task: Task, batch: Batch) -> dict[str, Any]:
    """Enhance one image and write its maps, model, preview and summary.

    Returns
    -------
    dict
        The image's row of the table, by `SUMMARY_COLUMNS`.

    Raises
    ------
    InputError
        If the image or an option cannot be used.
    """
    image = read_prepared(task.path, **vars(batch.preparation))
    with all_or_nothing(batch.folder) as staging:
        started = time.perf_counter()
        result = enhance(image.pixels, **_keywords(batch))
        seconds = round(time.perf_counter() - started, 1)
        summary = _summary(task, batch, image, result) | {"seconds": seconds}
        _write(staging, task.stem, image, result, batch.writing.dtype)
        write_json(staging / f"{task.stem}_summary.json", summary)
    return _row(task, summary)


def failed_row(task: Task, message: str) -> dict[str, Any]:
    """Return the row of an image that could not be enhanced."""
    return {"image": str(task.path), "status": "failed", "message": message}


def kept_row(task: Task, batch: Batch) -> dict[str, Any]:
    """Return the row of an image whose results were there already."""
    summary = json.loads((batch.folder / f"{task.stem}_summary.json").read_text("utf-8"))
    return _row(task, summary) | {"status": "kept"}


def write_table(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write ``summary.csv``, one row an image."""
    path = folder / "summary.csv"
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, SUMMARY_COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _keywords(batch: Batch) -> dict[str, Any]:
    given = batch.method.keywords()
    if batch.writing.model_from is not None:
        given["model"] = load_model(batch.writing.model_from)
    return given


def _fingerprint(task: Task, batch: Batch) -> dict[str, Any]:
    """Return what decides the results: the image and the options, but not the threads."""
    method = {name: value for name, value in asdict(batch.method).items() if name != "threads"}
    model = batch.writing.model_from
    asked = {
        "image_sha256": file_sha256(task.path),
        "model_sha256": file_sha256(model) if model else None,
        "dtype": batch.writing.dtype,
        **asdict(batch.preparation),
        **method,
    }
    return json.loads(json.dumps(asked))


def _asked_of(summary: Path) -> Any:
    try:
        return json.loads(summary.read_text("utf-8"))["asked"]
    except (ValueError, KeyError, TypeError):
        return None


def _summary(
    task: Task, batch: Batch, image: MicrographImage, result: Enhancement
) -> dict[str, Any]:
    height, width = image.pixels.shape
    return {
        "image": str(task.path),
        "width": width,
        "height": height,
        "pixel_size_nm": image.pixel_size_nm,
        "noise": result.noise.to_dict() if result.noise else None,
        "noise_in_words": result.noise.sentence() if result.noise else "learned by the model",
        "settings": asdict(result.settings) | {"n_components": len(result.model.components_)},
        "warnings": list(result.warnings),
        "asked": _fingerprint(task, batch),
        "versions": versions(),
    }


def _row(task: Task, summary: dict[str, Any]) -> dict[str, Any]:
    settings = summary["settings"]
    columns = {name: summary[name] for name in ("width", "height", "pixel_size_nm", "seconds")}
    return columns | {
        "image": str(task.path),
        "status": "done",
        "noise": summary["noise_in_words"],
        "model": settings["model"],
        "patch_size": settings["patch_size"],
        "n_components": settings["n_components"],
        "warnings": "; ".join(summary["warnings"]),
    }


def _write(
    folder: Path, stem: str, image: MicrographImage, result: Enhancement, dtype: str
) -> None:
    denoised = as_type(result.denoised, image.dtype) if dtype == "keep" else result.denoised
    write_image(folder / f"{stem}_denoised.tif", denoised, image.pixel_size_nm)
    write_image(folder / f"{stem}_variance.tif", result.variance, image.pixel_size_nm)
    save_model(folder / f"{stem}_model.npz", result.model)
    border = result.settings.patch_size - 1
    shown = (image.pixels, result.denoised, result.variance)
    write_preview(folder / f"{stem}_preview.png", shown, border)


def as_type(pixels: np.ndarray, dtype: str) -> np.ndarray:
    """Return grey values as another type, rounded and clipped where it holds whole numbers."""
    kind = np.dtype(dtype)
    if kind.kind not in "iu":
        return pixels.astype(kind if kind.kind == "f" else np.float32)
    bounds = np.iinfo(kind)
    return np.clip(np.rint(pixels), bounds.min, bounds.max).astype(kind)
