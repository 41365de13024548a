"""Where compiled kernels are kept from one run to the next."""

import atexit
import os
import shutil
import stat
import tempfile
from pathlib import Path

import numba


def keep_kernels_somewhere() -> None:
    """Let numba keep kernels in a temporary folder where it can write to none of its own.

    Its own are beside the package's files, in the user's cache, and ``NUMBA_CACHE_DIR``.
    """
    try:
        numba.njit(cache=True)(_probe)
    except RuntimeError:
        numba.config.CACHE_DIR = str(_temporary_folder())  # type: ignore[attr-defined]


def _probe() -> None:
    """Be a function that numba may want to keep."""


def _temporary_folder() -> Path:
    """Return a folder that only this user can write to, the same in every run if possible.

    Kernels are loaded from it, so that no other user may put files there.
    """
    if hasattr(os, "getuid"):
        folder = Path(tempfile.gettempdir(), f"zeroshot-em-kernels-{os.getuid()}")
        folder.mkdir(mode=0o700, exist_ok=True)
        if _is_private(folder):
            return folder
    folder = Path(tempfile.mkdtemp(prefix="zeroshot-em-kernels-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_private(folder: Path) -> bool:
    found = folder.lstat()
    is_own = found.st_uid == os.getuid() and not found.st_mode & 0o077
    return stat.S_ISDIR(found.st_mode) and is_own
