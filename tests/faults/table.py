"""One table of bad inputs and faults: what is given, what must come of it, what was said.

``python tests/faults`` prints it, and ``test_table.py`` makes a test of each row.
"""

import contextlib
import io
import os
import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REFUSED = "one line"
RIGHT = "right"
SECONDS = 90
"""The longest that one row may take on a busy machine."""


class Hang(BaseException):
    """It has taken too long; no `except Exception` may swallow this."""


@dataclass(frozen=True)
class Row:
    """What is given, and what must come of it.

    Attributes
    ----------
    kind : str
        "input" or "fault".
    place : str
        Where it enters, such as "image".
    name : str
    act : callable
        Does it, on a `Ground`; a row that must come out right asserts that it has.
    outcome : str
    words : tuple of str
        What the message must hold.
    """

    kind: str
    place: str
    name: str
    act: Callable[["Ground"], object]
    outcome: str = REFUSED
    words: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        return f"{self.place}: {self.name}".replace(" ", "_")


@dataclass(frozen=True)
class Result:
    """What came of a row."""

    outcome: str
    message: str


class Said(Exception):
    """What the command line wrote when it refused."""


class Ground:
    """A folder of its own for one row: inputs in it, outputs in a folder within."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outputs = folder / "outputs"

    def file(self, name: str, content: bytes = b"") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def enter(self) -> None:
        """Make the folder the working one, until the row ends."""
        os.chdir(self.folder)

    def cli(self, *arguments: object) -> str:
        """Run ``zeroshot-em`` in this process; return what it printed, or raise what it said."""
        from zeroshot_em.cli import main

        out, err = io.StringIO(), io.StringIO()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main([str(argument) for argument in arguments])
        except SystemExit as ended:
            if ended.code:
                raise Said(_refusal(ended.code, err.getvalue())) from None
        return out.getvalue()

    def left_behind(self) -> list[str]:
        """Return the files that a refusal should not have left, and all unfinished ones."""
        made = [path for path in self.outputs.rglob("*") if not path.is_dir()]
        hidden = [path for path in self.folder.rglob(".*") if not path.name.endswith(".lock")]
        return sorted({str(path.relative_to(self.folder)) for path in made + hidden})


def _refusal(status: object, said: str) -> str:
    lines = [line for line in said.splitlines() if ": warning: " not in line]
    if status != 2 or len(lines) != 1 or not lines[0].startswith("zeroshot-em: "):
        raise AssertionError(f"exit status {status}, {len(lines)} lines: {said}")
    return lines[0].removeprefix("zeroshot-em: ")


def run(row: Row) -> Result:
    """Do what a row says, within a limit of time, and see what has come of it."""
    with tempfile.TemporaryDirectory() as name, _as_found(), _at_most(SECONDS):
        ground = Ground(Path(name))
        result = _outcome(row, ground)
        left = ground.left_behind() if result.outcome == REFUSED else []
    return Result(f"LEFT {', '.join(left)}", result.message) if left else result


def _outcome(row: Row, ground: Ground) -> Result:
    from zeroshot_em.errors import InputError

    try:
        row.act(ground)
    except (InputError, Said) as error:
        message = str(error)
        return Result(REFUSED if "\n" not in message else "SEVERAL LINES", message)
    except Hang:
        return Result("HANG", "")
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        return Result("TRACEBACK", f"{type(error).__name__}: {error} ({where})")
    return Result(RIGHT, "")


@contextlib.contextmanager
def _as_found() -> Iterator[None]:
    """Undo what the command line sets for the process, and let warnings be warnings."""
    handler, folder = signal.getsignal(signal.SIGTERM), Path.cwd()
    environment = dict(os.environ)
    os.environ.pop("ZEROSHOT_EM_DATA", None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        signal.signal(signal.SIGTERM, handler)


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise Hang

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
