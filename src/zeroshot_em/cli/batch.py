"""One micrograph in, maps out: what the command line does with each image of a batch."""

import json
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from zeroshot_em.cli.naming import Task
from zeroshot_em.cli.options import Method, Preparation, Writing
from zeroshot_em.cli.planes import EnhancedPlanes, describe, gather, write_planes
from zeroshot_em.cli.speaking import gathered_advice, say
from zeroshot_em.cli.staging import all_or_nothing
from zeroshot_em.core.enhancement import Enhancement, as_asked
from zeroshot_em.core.plan import Plan
from zeroshot_em.core.progress import duration
from zeroshot_em.core.series import enhance_series
from zeroshot_em.core.settings import Request
from zeroshot_em.data.files import read_json, write_json
from zeroshot_em.data.images import MicrographStack
from zeroshot_em.data.model_files import load_model
from zeroshot_em.data.preparation import read_prepared_stack
from zeroshot_em.data.provenance import file_sha256
from zeroshot_em.data.summary import summary_of, table_row
from zeroshot_em.errors import InputError
from zeroshot_em.show.preview import write_preview

logger = logging.getLogger(__name__)


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
    summary = batch.folder / _summary_name(task)
    if batch.writing.overwrite or not summary.exists():
        return False
    if not batch.writing.resume:
        return True
    try:
        return bool(_asked_of(summary) == _fingerprint(task, batch))
    except OSError:
        return False


def shares(tasks: Sequence[Task], done: Sequence[bool]) -> list[tuple[float, float]]:
    """Return from which to which share of the work each image is, by the sizes of the files."""
    sizes = [0 if is_done else _size(task) for task, is_done in zip(tasks, done, strict=True)]
    ends = [end / max(1, sum(sizes)) for end in accumulate(sizes)]
    return list(zip([0.0, *ends[:-1]], ends, strict=True))


def _size(task: Task) -> int:
    try:
        return max(1, task.path.stat().st_size)
    except OSError:
        return 0


def enhance_file(task: Task, batch: Batch) -> dict[str, Any]:
    """Enhance one image and write its maps, model, preview and summary.

    Returns
    -------
    dict
        The image's row of the table, by `summary.COLUMNS`.

    Raises
    ------
    InputError
        If the image or an option cannot be used.
    """
    stack = read_prepared_stack(task.path, **vars(batch.preparation))
    keep_type = batch.writing.dtype == "keep"
    with all_or_nothing(batch.folder, last=_summary_name(task)) as staging:
        started = time.perf_counter()
        with gathered_advice() as advice:
            made = gather(
                stack, _results(task, stack, batch), np.float64 if keep_type else np.float32
            )
        seconds = round(time.perf_counter() - started, 1)
        notes = write_planes(staging, task.stem, made, keep_type)
        _write_preview(staging / f"{task.stem}_preview.png", made)
        summary = _summary(task, batch, made) | {"seconds": seconds}
        summary["notes"] += notes
        summary["warnings"] += _advice(made, batch, advice)
        names = sorted([path.name for path in staging.iterdir()])
        write_json(staging / _summary_name(task), summary)
    _say_what_was_made(task, batch, summary, names)
    return table_row(str(task.path), summary)


def _results(task: Task, stack: MicrographStack, batch: Batch) -> Iterator[Enhancement]:
    method = batch.method
    return enhance_series(
        stack.planes.reshape(-1, *stack.planes.shape[-2:]),
        _request(batch),
        per_plane=method.per_plane,
        random_state=method.seed,
        n_threads=method.threads,
        announce=partial(_announce, task, stack),
    )


def failed_row(task: Task, message: str) -> dict[str, Any]:
    """Return the row of an image that could not be enhanced."""
    return {"image": str(task.path), "status": "failed", "message": message}


def kept_row(task: Task, batch: Batch) -> dict[str, Any]:
    """Return the row of an image whose results were there already.

    Raises
    ------
    InputError
        If they are another image's, or their summary is damaged.
    """
    path = batch.folder / _summary_name(task)
    try:
        summary = read_json(path)
        row = table_row(str(task.path), summary) | {"status": "kept"}
        # On resuming, what the results are of was compared to decide that they are kept.
        is_same = batch.writing.resume or (
            summary["asked"]["image_sha256"] == file_sha256(task.path)
        )
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path}: the file is damaged; --overwrite replaces it") from None
    if not is_same:
        raise InputError(
            f"{task.path}: {batch.folder} has results of another image by this name "
            f"({summary['image']}); choose another folder, or replace them by --overwrite"
        )
    return row


def _summary_name(task: Task) -> str:
    return f"{task.stem}_summary.json"


def _request(batch: Batch) -> Request:
    given = batch.method.keywords()
    if batch.writing.model_from is not None:
        given["model"] = load_model(batch.writing.model_from)
    return as_asked(**given)


def _announce(task: Task, stack: MicrographStack, plan: Plan, seconds: float) -> None:
    """Say in a sentence what the image is, what its noise, how it is enhanced and how long."""
    logger.info(f"{task.path}: {describe(stack)}; {plan.sentence()}, about {duration(seconds)}")


def _say_what_was_made(
    task: Task, batch: Batch, summary: dict[str, Any], names: Sequence[str]
) -> None:
    """Say what noise was found and what was written, and what to heed."""
    edge, model = summary["settings"]["patch_size"], summary["settings"]["model"]
    noise = summary["noise_in_words"].rstrip(".")
    done = f"{noise}: {model} {edge} x {edge}, {summary['seconds']} s"
    say(f"{task.path}: {done}; wrote {', '.join(names)} to {batch.folder}")
    for text in [*summary["warnings"], *summary["notes"]]:
        say(f"{task.path}: {text}")


def _advice(made: EnhancedPlanes, batch: Batch, advice: Sequence[str]) -> list[str]:
    """Return what was said of learning; of its end only where the passes were not chosen by us."""
    model, method = made.shown.model, batch.method
    chosen = method.max_iter is None and method.noise != "learned"
    if model.converged_ or chosen or batch.writing.model_from is not None:
        return list(advice)
    unfinished = f"learning had not ended after {model.n_iter_} passes over the patches"
    return [*advice, f"{unfinished}; --max-iter {2 * model.n_iter_} lets it go on"]


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
        return read_json(summary)["asked"]
    except (ValueError, KeyError, TypeError):
        return None


def _summary(task: Task, batch: Batch, made: EnhancedPlanes) -> dict[str, Any]:
    summary = {
        "image": str(task.path),
        **summary_of(made.middle, made.shown),
        "planes": len(made.stack),
        "axes": made.stack.axes,
        "noise_in_words": made.noise[len(made.noise) // 2],
        "warnings": made.warnings,
        "asked": _fingerprint(task, batch),
    }
    return summary | ({"noise_of_planes": made.noise} if len(made.noise) > 1 else {})


def _write_preview(path: Path, made: EnhancedPlanes) -> None:
    shown = made.shown
    deviation = np.sqrt(np.maximum(shown.variance, 0))
    panels = (made.middle.pixels, shown.denoised, deviation)
    write_preview(path, panels, shown.settings.border)
