"""What to say of a run that was compared with a table."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from zeroshot_em.errors import InputError
from zeroshot_em.run import checkout
from zeroshot_em.run.source_code import imported_modules, source_files
from zeroshot_em.run.verification.comparison import (
    STAGES,
    Difference,
    differences,
    is_same_kind,
)
from zeroshot_em.run.verification.table import Table, read_table, tabulate

SCRIPTS = {
    "scenes": "simulate.py", "truth": "preprocess.py", "images": "preprocess.py",
    "models": "fit.py", "maps": "reconstruct.py", "masks": "mask.py", "enhanced": "enhance.py",
    "figures": "figure.py",
}  # fmt: skip
MOST_COMMITS = 10


def faults(table: Table, found: Table) -> list[Difference]:
    """Return the differences that the kinds of the two machines do not explain."""
    same = is_same_kind(table.machine, found.machine)
    return [d for d in differences(table, found) if same or not d.is_tolerable]


def report(path: Path, table: Table, found: Table) -> list[str]:
    """Return line by line how a run differs from the table in a file.

    Parameters
    ----------
    path : Path
        Where the table lies; git is asked since when.
    table, found : Table
    """
    found_differences = differences(table, found)
    return [
        *_on_machines(table.machine, found.machine),
        *_on_stages(found, found_differences),
        *(_on_file(path, table, difference) for difference in found_differences),
        *_on_commits(path, table, faults(table, found)),
    ]


def _on_machines(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    if is_same_kind(old, new):
        yield "The table was made on the same kind of machine: files must have the same bytes."
        return
    yield "The table was made on another kind of machine: arrays must agree within tolerances."
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            yield f"  {key}: {new.get(key, 'none')} here, {old.get(key, 'none')} there"


def _on_stages(found: Table, differing: Sequence[Difference]) -> Iterator[str]:
    in_all = Counter(name.partition("/")[0] for name in found.files)
    others = Counter(difference.stage for difference in differing)
    for stage in sorted(in_all, key=STAGES.index):
        same = in_all[stage] - others[stage]
        yield f"{stage:8} {same} of {in_all[stage]} have the same bytes"


def _on_file(path: Path, table: Table, difference: Difference) -> str:
    line = f"  {difference.file}: {difference.words}"
    commit = _since(path, table, difference)
    return f"{line}, in the table since {commit}" if commit else line


def _since(path: Path, table: Table, difference: Difference) -> str:
    entry = table.files.get(difference.file)
    return checkout.commit_that_brought(entry.sha256, path) if entry else ""


def _script(difference: Difference) -> str:
    return "bm3d.py" if "/bm3d_s" in difference.file else SCRIPTS[difference.stage]


def _on_commits(path: Path, table: Table, differing: Sequence[Difference]) -> Iterator[str]:
    """Name the commits that may have brought the first difference, and how to find the one."""
    since = next((commit for d in differing if (commit := _since(path, table, d))), "")
    if not since:
        return
    script = _script(differing[0])
    files = source_files(*imported_modules(checkout.CHECKOUT / "workflow/scripts" / script))
    suspects = checkout.commits_since(since, files)
    yield f"Since {since}, {len(suspects)} commits changed what {script} runs:"
    yield from (f"  {line}" for line in suspects[:MOST_COMMITS])
    yield f"To find the one: git bisect start HEAD {since} && git bisect run make verify"


def verify(path: Path, folder: Path, files: Iterable[Path]) -> None:
    """Print how the files of a run differ from the table in a file.

    Raises
    ------
    InputError
        If they differ by more than the kinds of the two machines explain.
    """
    table, found = read_table(path), tabulate(folder, files)
    print("\n".join(report(path, table, found)))
    if too_many := faults(table, found):
        raise InputError(f"{len(too_many)} of {len(found.files)} files differ from {path}")
