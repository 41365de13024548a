"""What a file says of itself, held against its size before memory is given to it."""

import math
import os
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tifffile

from zeroshot_em.data.images.unreadable import Unreadable

ALWAYS_ALLOWED = 2**30
"""Bytes of pixels that a file of any size may hold, such as a mask that is black throughout."""

ALLOWED_PER_BYTE = 100
"""Bytes of pixels that each byte of a file may hold beyond; no micrograph compresses so well."""


def check_claim(path: Path, shape: Sequence[int], n_bytes: int = 1) -> None:
    """Refuse an image that could not come out of a file so small.

    Parameters
    ----------
    path : Path
        The file.
    shape : sequence of int
        What it says that it holds.
    n_bytes : int
        Bytes of one sample.

    Raises
    ------
    Unreadable
    """
    size = os.path.getsize(path)
    claimed = n_bytes * int(np.prod(shape, dtype=object))
    if claimed > ALWAYS_ALLOWED + ALLOWED_PER_BYTE * size:
        raise Unreadable(
            f"the file claims an image of shape {tuple(shape)}, {claimed} bytes of pixels, "
            f"but is of {size} bytes; it is damaged, fetch or export it again"
        )
    _check_memory(shape, claimed)


def _check_memory(shape: Sequence[int], claimed: int) -> None:
    """Refuse an image that does not fit into this machine as the float64 that it becomes."""
    needed, memory = max(claimed, 8 * int(np.prod(shape[:2], dtype=object))), _memory()
    if needed > memory:
        raise Unreadable(
            f"an image of shape {tuple(shape)} needs {needed / 1e9:.1f} GB of memory, "
            f"this machine has {memory / 1e9:.1f} GB; cut it into parts"
        )


def _memory() -> float:
    """Return the bytes of memory of this machine, infinity where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return math.inf


def check_png_claim(path: Path, head: bytes) -> None:
    """Refuse a PNG whose header claims more than the file can hold.

    Raises
    ------
    Unreadable
    """
    if head[12:16] != b"IHDR" or len(head) < 24:
        raise Unreadable("the file is damaged: a PNG without its header; fetch or export it again")
    width, height = struct.unpack(">II", head[16:24])
    check_claim(path, (height, width))


def check_chain(tiff: tifffile.TiffFile) -> None:
    """Refuse a TIFF whose pages lead back to one another, which would be followed without end.

    Raises
    ------
    Unreadable
    """
    layout, file = tiff.tiff, tiff.filehandle
    seen: set[int] = set()
    file.seek(layout.offsetsize)
    while offset := _number(file.read(layout.offsetsize), layout.offsetformat):
        if offset in seen:
            raise Unreadable("the file is damaged: its pages go round in a circle")
        seen.add(offset)
        file.seek(offset)
        n_tags = _number(file.read(layout.tagnosize), layout.tagnoformat)
        file.seek(offset + layout.tagnosize + n_tags * layout.tagsize)


def _number(content: bytes, form: str) -> int:
    """Return a number, or 0 where the file has ended."""
    return struct.unpack(form, content)[0] if len(content) == struct.calcsize(form) else 0
