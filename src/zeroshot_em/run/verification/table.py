"""The table of a run: where and by what it was made, and a summary of each file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from zeroshot_em.data.files import read_json, write_json
from zeroshot_em.errors import InputError, reason_of
from zeroshot_em.run.verification.machine import machine_kind
from zeroshot_em.run.verification.summary import FileSummary


@dataclass(frozen=True)
class Table:
    """What a run made, and on what kind of machine.

    Attributes
    ----------
    machine : mapping of str to str
        As `machine_kind` returns it.
    files : mapping of str to FileSummary
        By the path below the run's folder.
    """

    machine: Mapping[str, str]
    files: Mapping[str, FileSummary]


def tabulate(folder: Path, files: Iterable[Path]) -> Table:
    """Summarize files below the folder of a run.

    Raises
    ------
    InputError
        Naming a file that cannot be read.
    """
    paths = sorted(Path(file).relative_to(folder).as_posix() for file in files)
    return Table(machine_kind(), {path: FileSummary.of(folder / path) for path in paths})


def write_table(path: Path, table: Table) -> None:
    """Write a table as JSON."""
    files = {name: summary.to_mapping() for name, summary in table.files.items()}
    write_json(path, {"machine": dict(table.machine), "files": files})


def read_table(path: Path) -> Table:
    """Read what `write_table` wrote.

    Raises
    ------
    InputError
        If there is none or it is damaged.
    """
    try:
        content = read_json(path)
        files = {name: FileSummary.from_mapping(e) for name, e in content["files"].items()}
        return Table(content["machine"], files)
    except FileNotFoundError as error:
        raise InputError(
            f"there is no table {path} yet; `snakemake reference` with the run's configuration "
            "writes it"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is not a table of a run ({reason_of(error)})") from error
