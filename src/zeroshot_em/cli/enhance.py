"""The verb ``enhance``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from zeroshot_em.cli.options import Method, Preparation, Writing
from zeroshot_em.cli.parameters import Output
from zeroshot_em.cli.speaking import say
from zeroshot_em.errors import InputError
from zeroshot_em.run.reporting import one_line

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
    rows: list[dict[str, Any]] = []
    try:
        _enhance_all(tasks, Batch(output, preparation, method, writing), rows)
    finally:
        if any(row["status"] != "failed" for row in rows):
            write_table(output / "summary.csv", rows)
            print(output / "summary.csv")
    failed = [row["message"] for row in rows if row["status"] == "failed"]
    if failed:
        counted = f" ({len(failed)} of {len(tasks)} images failed)" if len(tasks) > 1 else ""
        raise InputError(f"{failed[-1]}{counted}")


def _enhance_all(tasks: "Sequence[Task]", batch: "Batch", rows: list[dict[str, Any]]) -> None:
    """Add a row of the table for each image; the bar runs over all that is not done yet."""
    from zeroshot_em.cli.batch import is_done, shares
    from zeroshot_em.core.progress import one_bar, part

    done = [is_done(task, batch) for task in tasks]
    with one_bar() as work:
        for number, bounds in enumerate(shares(tasks, done)):
            work.about = f"{number + 1} of {len(tasks)}: " if len(tasks) > 1 else ""
            with part(*bounds):
                rows.append(_row_of(tasks[number], batch, done[number]))
            if rows[-1]["status"] == "failed" and len(tasks) > 1:
                say(rows[-1]["message"])


def _row_of(task: "Task", batch: "Batch", is_kept: bool) -> dict[str, Any]:
    """Return the image's row of the table; a fault of one image does not stop the others."""
    from zeroshot_em.cli.batch import enhance_file, failed_row, kept_row

    try:
        if is_kept:
            row = kept_row(task, batch)
            say(f"{task.path}: results are kept (--overwrite replaces them)")
            return row
        return enhance_file(task, batch)
    except InputError as error:
        return failed_row(task, one_line(error, str(task.path)))
    except MemoryError as error:
        return failed_row(
            task, f"{task.path}: there is not enough memory for this: {error}; choose less"
        )
    except OSError as error:
        return failed_row(task, f"{error.filename or task.path}: {error.strerror or error}")
