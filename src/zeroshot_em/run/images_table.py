"""Images named by a table, a row an image, each checked before any job runs."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from zeroshot_em.data.sources.registry import registry
from zeroshot_em.errors import InputError, did_you_mean
from zeroshot_em.run.fits import Configuration
from zeroshot_em.run.geometry import ShapeOf, check_enhanced
from zeroshot_em.run.plain import check_plain
from zeroshot_em.run.schema import Schema, fill_in_defaults, first_mistake, read_text_values

FAULTS_SHOWN = 5
OF_THE_SOURCE = ("path", "pixel_size_nm")
CROP = ("x", "y", "width", "height")
NAME = re.compile(r"[A-Za-z0-9_]{1,100}")


class Row(NamedTuple):
    """What is written in a row, without its empty cells."""

    line: int
    cells: dict[str, str]


class Entries(NamedTuple):
    """What a row becomes in the configuration; the source is None if the row names one."""

    image: dict[str, Any]
    source: dict[str, Any] | None


def add_images(
    config: dict[str, Any], table: Path, schema: Schema, shape_of: ShapeOf | None
) -> None:
    """Add the images that the rows of a table describe to a configuration.

    Parameters
    ----------
    config : dict
        A complete configuration but for these images; changed in place.
    table : Path
    schema : mapping
        The schema of the configuration, which says what the columns may hold.
    shape_of : callable, optional
        Returns the height and width of the image in a file. Without it no file is looked at.

    Raises
    ------
    InputError
        Naming the table, and the line of each fault.
    """
    columns = Columns(schema)
    check = RowCheck(config, columns, shape_of)
    faults: list[str] = []
    for row in read_table(table, columns.names):
        with _collected(faults, row.line):
            check.add(row)
    if faults:
        raise InputError(f"{table}: {_shown(faults)}")
    for name, entries in check.found.items():
        config["images"][name] = entries.image
        if entries.source:
            config["sources"][name] = entries.source


class Columns:
    """The columns that a table may have, and what their cells mean, as the schema says."""

    def __init__(self, schema: Schema) -> None:
        source, image, enhance = (
            schema["$defs"][part]["properties"] for part in ("source", "image", "enhance")
        )
        self.of_source = {column: source[column] for column in OF_THE_SOURCE}
        self.of_image = {column: image[column] for column in image if column != "enhance"}
        self.of_enhancing = dict(enhance)
        self._schema = {
            "properties": {**self.of_source, **self.of_image, **self.of_enhancing},
            "$defs": schema["$defs"],
        }
        self.value = cache(self._value)
        self.defaults: dict[str, Any] = {}
        fill_in_defaults(self.defaults, {"properties": self.of_image, "$defs": schema["$defs"]})

    @property
    def names(self) -> list[str]:
        """All of them."""
        return ["name", *self._schema["properties"]]

    def _value(self, column: str, cell: str) -> Any:
        """Return what a cell means.

        Raises
        ------
        InputError
        """
        given = {column: _crop(cell) if column == "crop" else cell}
        check_plain({column: cell})
        read_text_values(given, self._schema)
        if mistake := first_mistake(given, self._schema):
            raise InputError(mistake)
        check_plain(given)
        return given[column]


def read_table(path: Path, known: Sequence[str]) -> list[Row]:
    """Read the rows of a table.

    Cells are separated by tabs if the header holds any, else by semicolons if it holds any, else
    by commas. Empty lines do not count.

    Raises
    ------
    InputError
        If the table cannot be read, its header holds a column that is not known, or a row has
        more cells than the header.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header = file.readline()
            file.seek(0)
            lines = list(_lines(csv.reader(file, delimiter=_delimiter(header), strict=True)))
    except FileNotFoundError:
        raise InputError(f"images: there is no table {path}") from None
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{path}: the table cannot be read: {error}") from error
    if len(lines) < 2:
        raise InputError(f"{path}: expected a header and a row for each image, found no row")
    columns = [cell.strip() for cell in lines[0][1]]
    _check_columns(path, columns, known)
    return [_row(path, number, cells, columns) for number, cells in lines[1:]]


def _lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield what is written in each line, with the number of the line it begins in."""
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, cells
        begins = reader.line_num + 1


def _delimiter(header: str) -> str:
    return next((mark for mark in "\t;" if mark in header), ",")


def _check_columns(path: Path, columns: Sequence[str], known: Sequence[str]) -> None:
    for place, column in enumerate(columns):
        if column not in known:
            raise InputError(
                f"{path}: line 1: there is no column {column!r}{did_you_mean(column, known)}; "
                f"allowed are {', '.join(known)}"
            )
        if column in columns[:place]:
            raise InputError(f"{path}: line 1: the column {column} is there twice")


def _row(path: Path, line: int, cells: Sequence[str], columns: Sequence[str]) -> Row:
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise InputError(
            f"{path}: line {line}: {len(cells)} cells, but the header has {len(columns)} columns"
        )
    written = zip(columns, (cell.strip() for cell in cells), strict=False)
    return Row(line, {column: cell for column, cell in written if cell})


@contextmanager
def _collected(faults: list[str], line: int) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        faults.append(f"line {line}: {error}")


def _shown(faults: Sequence[str]) -> str:
    left = len(faults) - FAULTS_SHOWN
    more = [f"and {left} more lines with a fault"] if left > 0 else []
    return "; ".join([*faults[:FAULTS_SHOWN], *more])


class RowCheck:
    """Rows become entries of the configuration, or errors that say what is wrong with them."""

    def __init__(self, config: Configuration, columns: Columns, shape_of: ShapeOf | None) -> None:
        self.found: dict[str, Entries] = {}
        self._lines: dict[str, int] = {}
        self._config = config
        self._columns = columns
        self._sources = list(registry(config["sources"]))
        self._shape_of = shape_of

    def add(self, row: Row) -> None:
        """Take a row in.

        Raises
        ------
        InputError
        """
        name = self._name(row)
        entries = self._entries(name, row.cells)
        if self._shape_of:
            source = entries.source or self._config["sources"].get(entries.image["source"]) or {}
            check_enhanced(self._config, entries.image, source, self._shape_of)
        self.found[name] = entries

    def _name(self, row: Row) -> str:
        """Return the name of a row's image: its own, or what its file or source is called."""
        cells = row.cells
        if ("path" in cells) == ("source" in cells):
            found = "both" if "path" in cells else "neither"
            raise InputError(f"expected a path or a source, found {found}")
        if "source" in cells and "pixel_size_nm" in cells:
            raise InputError("pixel_size_nm goes with a path; a source says its own under sources")
        called = cells.get("source") or Path(cells["path"]).stem
        name = cells.get("name") or re.sub(r"[^A-Za-z0-9_]", "_", called)
        if not NAME.fullmatch(name):
            raise InputError(
                f"name: {name!r} must be of at most 100 letters, digits and underscores"
            )
        if name in self._lines:
            raise InputError(f"the name {name} is that of line {self._lines[name]} already")
        if "path" in cells and name in self._config["sources"]:
            raise InputError(f"the name {name} is that of an entry of sources already")
        self._lines[name] = row.line
        return name

    def _entries(self, name: str, cells: Mapping[str, str]) -> Entries:
        """Return what the cells of a row say, as the configuration would."""
        columns = self._columns
        values = {column: columns.value(column, cell) for column, cell in cells.items()}
        values.pop("name", None)
        source = {column: values[column] for column in columns.of_source if column in values}
        image = {column: values[column] for column in columns.of_image if column in values}
        enhance = {column: values[column] for column in columns.of_enhancing if column in values}
        self._check_source(cells.get("source"))
        return Entries(
            {**columns.defaults, "source": name, **image, "enhance": enhance}, source or None
        )

    def _check_source(self, source: str | None) -> None:
        if source is not None and source not in self._sources:
            near = did_you_mean(source, self._sources)
            raise InputError(f"source: there is no entry {source!r} of sources{near}")


def _crop(cell: str) -> dict[str, int]:
    numbers = re.split(r"[,;\s]+", cell)
    if len(numbers) != len(CROP) or not all(number.isdecimal() for number in numbers):
        raise InputError(f"crop must be x, y, width and height in pixels; found {cell!r}")
    return dict(zip(CROP, map(int, numbers), strict=True))
