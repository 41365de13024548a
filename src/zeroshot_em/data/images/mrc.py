"""MRC, the format of electron cryo-microscopy."""

import struct
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from zeroshot_em.data.images.claims import check_claim
from zeroshot_em.data.images.pixel_sizes import stated
from zeroshot_em.data.images.recording import Recording, Scale
from zeroshot_em.data.images.unreadable import Unreadable, extra_needed

BYTES_OF_MODE = {0: 1, 1: 2, 2: 4, 3: 4, 4: 8, 6: 2, 12: 2, 101: 0.5}
FOUR_BITS = 101
IMOD_STAMP = 1146047817
SLACK = 4096
"""Bytes that may follow the pixels of a file without the word MAP in its header."""


def is_mrc(head: bytes, size: int) -> bool:
    """Say whether a file of `size` bytes is an MRC, by the word or by the numbers in its header."""
    if head[208:211] == b"MAP":
        return True
    return len(head) >= 96 and any(_fits(head, order, size) for order in "<>")


def _fits(head: bytes, order: str, size: int) -> bool:
    width, height, n_planes, mode = struct.unpack_from(f"{order}4i", head)
    (extended,) = struct.unpack_from(f"{order}i", head, 92)
    if min(width, height, n_planes) < 1 or extended < 0 or mode not in BYTES_OF_MODE:
        return False
    needed = 1024 + extended + width * height * n_planes * BYTES_OF_MODE[mode]
    return needed <= size <= needed + SLACK


def mrc_shape(path: Path) -> tuple[tuple[int, ...], str]:
    """Return the size of what an MRC holds and its axes, from the header alone."""
    head = _head(path)
    order = next(o for o in "<>" if struct.unpack_from(f"{o}i", head, 12)[0] in BYTES_OF_MODE)
    width, height, n_planes = struct.unpack_from(f"{order}3i", head)
    return ((height, width), "YX") if n_planes == 1 else ((n_planes, height, width), "IYX")


def read_mrc(path: Path) -> Recording:
    """Return what an MRC holds: an image, a stack of images or a volume."""
    try:
        import mrcfile
    except ImportError:
        raise extra_needed("an MRC file") from None
    head = _head(path)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with mrcfile.open(path, permissive=True, header_only=True) as mrc:
            _check(path, mrc.header)
        with mrcfile.open(path, permissive=True) as mrc:
            recording = _recording(mrc, [str(warning.message) for warning in said])
    return _without_sign(recording) if _is_unsigned(head) else recording


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)


def _check(path: Path, header: Any) -> None:
    if header.mode == FOUR_BITS:
        raise Unreadable(
            "found an MRC of 4 bits a pixel, which is not read; "
            "write it with 8 bits, such as by IMOD's newstack -mode 0"
        )
    shape = [int(edge) for edge in (header.nz, header.ny, header.nx)]
    check_claim(path, shape, int(BYTES_OF_MODE.get(int(header.mode), 1)))


def _recording(mrc: Any, complaints: list[str]) -> Recording:
    if mrc.data is None:
        reason = " ".join(complaints[-1].split())
        raise Unreadable(f"the file is damaged or incomplete ({reason})")
    samples = np.asarray(mrc.data)
    samples = samples.astype(samples.dtype.newbyteorder("="))
    axes = "ZYX" if mrc.is_volume() else "IYX"
    if samples.ndim > 3:
        raise Unreadable(f"expected an image or a stack, found shape {samples.shape}")
    if samples.ndim == 2 or len(samples) == 1:
        samples, axes = samples.reshape(samples.shape[-2:]), "YX"
    size, spacing = (stated(float(edge) / 10) for edge in (mrc.voxel_size.x, mrc.voxel_size.z))
    scale = Scale(size, spacing if axes == "ZYX" else None)
    return Recording(samples, axes, scale, "mrc", samples.dtype.name, _notes(complaints))


def _notes(complaints: list[str]) -> tuple[str, ...]:
    notes = {
        "Map ID": 'the word "MAP " is not in its header; it was read all the same',
        "stamp": "its machine stamp is not that of the standard; the byte order was guessed",
    }
    return tuple(note for word, note in notes.items() if any(word in one for one in complaints))


def _is_unsigned(head: bytes) -> bool:
    """Say whether IMOD wrote bytes without a sign, as it does unless a flag says otherwise."""
    stamps = (struct.unpack_from(f"{order}2i", head, 152) for order in "<>")
    return any(stamp == IMOD_STAMP and not flags & 1 for stamp, flags in stamps)


def _without_sign(recording: Recording) -> Recording:
    if recording.dtype != "int8":
        return recording
    notes = (*recording.notes, "its bytes were taken without a sign, as IMOD writes them")
    return replace(recording, samples=recording.samples.view("u1"), dtype="uint8", notes=notes)
