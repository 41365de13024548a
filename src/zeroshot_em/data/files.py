"""Files that are written whole or not at all."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, EIO, ENOSPC
from pathlib import Path
from typing import Any

from zeroshot_em.errors import reason_of


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary name beside ``path``; what is written there gets the name ``path``.

    The folder is made if need be. After an error nothing is left behind, and one of the system's
    names ``path``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise _about(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _about(path: Path, error: OSError) -> OSError:
    """Return an error of writing that names the file, and calls a full disk that."""
    # numpy has no number for a file that it could not write whole: "9 requested and 4 written".
    cut_short = error.errno is None and str(error).endswith(" written")
    if cut_short or error.errno in (ENOSPC, EDQUOT, EFBIG):
        return OSError(ENOSPC, "the disk is full", os.fspath(path))
    return OSError(error.errno or EIO, error.strerror or reason_of(error), os.fspath(path))


def write_json(path: str | os.PathLike[str], content: Any, *, sort_keys: bool = False) -> None:
    """Write what JSON can hold, indented by two spaces."""
    text = json.dumps(content, indent=2, sort_keys=sort_keys) + "\n"
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_json(path: str | os.PathLike[str]) -> Any:
    """Read a JSON file.

    Raises
    ------
    OSError
        If there is none.
    ValueError
        If it is not JSON.
    """
    return json.loads(Path(path).read_text(encoding="utf-8"))
