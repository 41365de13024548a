"""One at a time: locks that other processes of this user respect."""

import logging
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

logger = logging.getLogger(__name__)


@contextmanager
def one_at_a_time(path: Path, awaited: str, *, keep: bool = False) -> Iterator[None]:
    """Hold the lock in a file, having said what is waited for if another process has it.

    The file is removed before the lock is given up, unless it is to be kept.
    """
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        logger.warning(f"waiting for {awaited} to end")
        lock.acquire()
    try:
        yield
    finally:
        if not keep:
            with suppress(OSError):
                path.unlink()
        lock.release()


def own_folder() -> Path:
    """Return a folder for locks in the system's temporary one that this user alone may change.

    Raises
    ------
    OSError
        If there is none: the name is taken by somebody else, or nothing can be made there.
    """
    user = getattr(os, "geteuid", int)()
    folder = Path(tempfile.gettempdir()) / f"zeroshot-em-{user}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    mine = found.st_uid == user and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(found.st_mode) or (os.name == "posix" and not mine):
        raise PermissionError(0, "it is not a folder that this user alone may change", str(folder))
    return folder
