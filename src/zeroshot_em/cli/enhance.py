"""The verb ``enhance``."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from zeroshot_em.cli.options import Method, Preparation, Writing
from zeroshot_em.cli.parameters import Output
from zeroshot_em.errors import InputError

if TYPE_CHECKING:
    from zeroshot_em.cli.batch import Batch
    from zeroshot_em.cli.naming import Task

EXAMPLES = """Examples:
  zeroshot-em enhance scene.tif -o out
  zeroshot-em enhance images/ -o out --effort low
  zeroshot-em enhance "day1/*.dm3" -o out --pixel-size 0.54 --dtype keep
  zeroshot-em enhance scene.tif -o out --crop 100,100,512,512
  zeroshot-em enhance a.tif -o out --model sssc --patch-size 6 --noise learned
  zeroshot-em enhance b.tif -o out --model-from out/a_model.npz"""


def enhance(
    images: Annotated[list[Path], Parameter(name="IMAGE")],
    /,
    *,
    output: Output,
    preparation: Preparation = Preparation(),  # noqa: B008
    method: Method = Method(),  # noqa: B008
    writing: Writing = Writing(),  # noqa: B008
) -> None:
    """Denoise micrographs and map the variance of their estimates.

    Writes DIR/<stem>_denoised.tif, <stem>_variance.tif, <stem>_model.npz,
    <stem>_preview.png and <stem>_summary.json for each image, and
    DIR/summary.csv for all. Maps of an OME-TIFF are OME-TIFF, those of an
    MRC are MRC. Of a stack every plane is enhanced, by one model for all.

    Parameters
    ----------
    images
        Micrographs (TIFF, PNG, JPEG, MRC, DM), patterns or folders of them.
    output
        Folder to write to.
    """
    from zeroshot_em.cli.batch import Batch
    from zeroshot_em.cli.naming import plan
    from zeroshot_em.data.summary import write_table

    tasks = plan(images)
    batch = Batch(output, preparation, method, writing)
    rows = _enhance_all(tasks, batch)
    failed = [row["message"] for row in rows if row["status"] == "failed"]
    if len(failed) < len(rows):
        write_table(output / "summary.csv", rows)
        print(output / "summary.csv")
    if failed:
        counted = f" ({len(failed)} of {len(tasks)} images failed)" if len(tasks) > 1 else ""
        raise InputError(f"{failed[-1]}{counted}")


def _enhance_all(tasks: "Sequence[Task]", batch: "Batch") -> list[dict[str, Any]]:
    from tqdm import tqdm

    rows = []
    shown = len(tasks) > 1 and sys.stderr.isatty()
    with tqdm(tasks, desc="images", unit="image", disable=not shown) as progress:
        for task in progress:
            rows.append(_enhance_one(task, batch))
            if len(tasks) > 1:
                _say(f"{task.path}: {_outcome(rows[-1])}")
    return rows


def _enhance_one(task: "Task", batch: "Batch") -> dict[str, Any]:
    """Return the image's row of the table; a fault of one image does not stop the others."""
    from zeroshot_em.cli.batch import enhance_file, failed_row, is_done, kept_row

    try:
        if is_done(task, batch):
            _say(f"{task.path}: results are kept (--overwrite replaces them)")
            return kept_row(task, batch)
        return enhance_file(task, batch)
    except InputError as error:
        return failed_row(task, str(error))
    except MemoryError as error:
        return failed_row(task, f"there is not enough memory for this: {error}; choose less")
    except OSError as error:
        return failed_row(task, f"{error.filename or task.path}: {error.strerror or error}")


def _outcome(row: dict[str, Any]) -> str:
    if row["status"] != "done":
        return str(row.get("message") or row["status"])
    size = f"{row['patch_size']} x {row['patch_size']}"
    return f"{row['noise']}; {row['model']} {size}, {row['seconds']} s"


def _say(text: str) -> None:
    print(f"zeroshot-em: {' '.join(text.split())}", file=sys.stderr)
