"""Files that appear under their names together, or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def all_or_nothing(folder: Path, last: str = "") -> Iterator[Path]:
    """Give a temporary folder whose files move into `folder` when all of them are written.

    It is made first, so that a folder that cannot be written to is known before the work begins.
    While files move, none is there of the name `last`, by which others may know that all are.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".zeroshot-em-") as staging:
            yield Path(staging)
            if last:
                (folder / last).unlink(missing_ok=True)
            for path in sorted(Path(staging).iterdir(), key=lambda path: path.name == last):
                os.replace(path, folder / path.name)
    finally:
        if is_new and folder.exists() and not any(folder.iterdir()):
            folder.rmdir()
