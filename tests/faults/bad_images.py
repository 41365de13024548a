"""Files given as images."""

import os
import socket
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from samples import GRAY, dm_bytes, mrc_bytes, pillow_bytes, png_bytes, tiff_bytes
from table import RIGHT, Ground, Row

from zeroshot_em.images import read_image

EXTREME = struct.pack("<I", 0xFFFFFFF0)


def _tag(content: bytes, number: int, value: bytes) -> bytes:
    """Return a little-endian TIFF with the value of one tag replaced."""
    start = struct.unpack("<I", content[4:8])[0]
    count = struct.unpack("<H", content[start : start + 2])[0]
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        if struct.unpack("<H", content[entry : entry + 2])[0] == number:
            head = content[entry : entry + 2] + struct.pack("<HI", 4, 1)
            return content[:entry] + head + value + content[entry + 12 :]
    raise KeyError(number)


def _header(content: bytes, at: int, value: bytes) -> bytes:
    return content[:at] + value + content[at + len(value) :]


def _png_claim(width: int, height: int) -> bytes:
    """Return a PNG that says it is of this size, with a right checksum and little data."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(1000))
    chunks = (head, data, b"IEND")
    packed = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _circular_tiff() -> bytes:
    content = tiff_bytes(GRAY)
    start = struct.unpack("<I", content[4:8])[0]
    count = struct.unpack("<H", content[start : start + 2])[0]
    return _header(content, start + 2 + 12 * count, content[4:8])


def _with(array: np.ndarray, value: Any) -> np.ndarray:
    changed = array.copy()
    changed[3, 4] = value
    return changed


FLOATS = GRAY.astype(np.float32)
TIFF, PNG, JPEG = tiff_bytes(GRAY), png_bytes(GRAY), pillow_bytes(GRAY, "JPEG")
IMAGEJ = tiff_bytes(np.stack([GRAY] * 3), imagej=True, metadata={"axes": "ZYX"})
VOLUME = mrc_bytes(np.stack([FLOATS] * 3))
DEFLATED = tiff_bytes(GRAY, compression="zlib")
MRC, DM3, DM4 = mrc_bytes(FLOATS), dm_bytes(GRAY, 3), dm_bytes(GRAY, 4)

CONTENTS: list[tuple[str, bytes, tuple[str, ...]]] = [
    ("empty file", b"", ("empty",)),
    ("text", b"x,y\n1,2\n", ("expected an image",)),
    ("web page", b"<!doctype html><html></html>", ("web page",)),
    ("zip archive", b"PK\3\4" + bytes(60), ("zip archive",)),
    ("GIF", pillow_bytes(GRAY, "GIF"), ("expected an image",)),
    ("BMP", pillow_bytes(GRAY, "BMP"), ("expected an image",)),
    ("TIFF of a header alone", TIFF[:4], ()),
    ("TIFF without its end", TIFF[: len(TIFF) // 2], ("truncated",)),
    ("TIFF whose only page is its own successor", _circular_tiff(), ()),
    ("TIFF that claims 4 thousand million columns", _tag(TIFF, 256, EXTREME), ()),
    ("TIFF that claims 4 thousand million rows", _tag(TIFF, 257, EXTREME), ()),
    ("TIFF of no columns", _tag(TIFF, 256, bytes(4)), ()),
    ("TIFF of an unknown compression", _tag(TIFF, 259, struct.pack("<I", 4242)), ()),
    ("TIFF with its pixels past the end", _tag(TIFF, 273, EXTREME), ("truncated",)),
    ("TIFF of 8 damaged bytes in a deflated strip", _header(DEFLATED, 300, b"\xff" * 8), ()),
    ("stack of ImageJ without its end", IMAGEJ[: len(IMAGEJ) - GRAY.size], ("truncated",)),
    ("TIFF of 5 channels", tiff_bytes(np.dstack([GRAY] * 5), planarconfig="contig"), ("channels",)),
    ("TIFF in CMYK", tiff_bytes(np.dstack([GRAY] * 4), photometric="separated"), ("gray, RGB",)),
    ("TIFF of complex numbers", tiff_bytes(FLOATS + 1j), ("complex",)),
    ("TIFF with a NaN", tiff_bytes(_with(FLOATS, np.nan)), ("1 of its", "NaN")),
    ("TIFF with an infinity", tiff_bytes(_with(FLOATS, np.inf)), ("infinity",)),
    ("PNG of a signature alone", PNG[:8], ()),
    ("PNG without its end", PNG[: len(PNG) // 2], ()),
    ("PNG with a wrong checksum", _header(PNG, 60, b"\0\1\2\3"), ()),
    ("PNG of no columns", _png_claim(0, 10), ()),
    ("PNG that claims 40000 x 40000", _png_claim(40_000, 40_000), ("claims",)),
    ("PNG that claims 2^31 - 1 columns", _png_claim(2**31 - 1, 1), ("claims",)),
    ("JPEG of a header alone", JPEG[:20], ()),
    ("JPEG without its end", JPEG[: len(JPEG) // 2], ()),
    ("MRC without its end", MRC[: len(MRC) // 2], ()),
    ("MRC of negative size", _header(MRC, 0, struct.pack("<i", -30)), ()),
    ("MRC of an unknown mode", _header(MRC, 12, struct.pack("<i", 77)), ()),
    ("MRC of a volume without its end", VOLUME[: len(VOLUME) - FLOATS.nbytes], ()),
    ("MRC of complex numbers", mrc_bytes(FLOATS.astype(np.complex64)), ("complex",)),
    ("MRC with a NaN", mrc_bytes(_with(FLOATS, np.nan)), ("NaN",)),
    ("DM3 of a header alone", DM3[:12], ()),
    ("DM3 without its end", DM3[: len(DM3) // 2], ()),
    ("DM4 without its end", DM4[: len(DM4) // 2], ()),
    ("DM3 of 2^31 - 1 tags", _header(DM3, 14, struct.pack(">i", 2**31 - 1)), ()),
    ("DM3 of two images", dm_bytes(GRAY, 3, images=2), ("expected one image",)),
]


def _content(content: bytes) -> Callable[[Ground], object]:
    return lambda at: _enhance(at, at.file("scene.tif", content))


QUICKLY = ("--model=sssc", "--patch-size=2", "--n-components=2", "--n-states=2", "--max-iter=1")


def _enhance(at: Ground, path: str | os.PathLike[str]) -> object:
    return at.cli("enhance", path, "-o", at.outputs, *QUICKLY)


def _folder(at: Ground) -> object:
    (at.folder / "empty").mkdir()
    return _enhance(at, at.folder / "empty")


def _broken_link(at: Ground) -> object:
    (at.folder / "link.tif").symlink_to(at.folder / "lost.tif")
    return _enhance(at, at.folder / "link.tif")


def _link_to_itself(at: Ground) -> object:
    (at.folder / "link.tif").symlink_to(at.folder / "link.tif")
    return _enhance(at, at.folder / "link.tif")


def _fifo(at: Ground) -> object:
    os.mkfifo(at.folder / "pipe.tif")
    return _enhance(at, at.folder / "pipe.tif")


def _socket(at: Ground) -> object:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(at.folder / "s"))
        return _enhance(at, at.folder / "s")


def _undecodable_name(at: Ground) -> None:
    """A name that is not UTF-8 is as good as any other."""
    path = Path(os.fsdecode(os.fsencode(at.folder) + b"/\xff\xfe.tif"))
    path.write_bytes(TIFF)
    assert np.array_equal(read_image(path).pixels, GRAY)


PATHS: list[tuple[str, Callable[[Ground], object], tuple[str, ...]]] = [
    ("nothing of that name", lambda at: _enhance(at, at.folder / "lost.tif"), ("no such file",)),
    ("empty folder", _folder, ("empty",)),
    ("broken link", _broken_link, ("no such file",)),
    ("link to itself", _link_to_itself, ("link.tif",)),
    ("pipe that nobody writes to", _fifo, ("pipe.tif",)),
    ("socket", _socket, ()),
    ("/dev/zero", lambda at: _enhance(at, "/dev/zero"), ("/dev/zero",)),
    ("/dev/null", lambda at: _enhance(at, "/dev/null"), ("/dev/null",)),
    ("name with a NUL", lambda at: _enhance(at, "a\0b.tif"), ()),
    ("name of 300 bytes", lambda at: _enhance(at, at.folder / f"{'a' * 300}.tif"), ("long",)),
    ("empty name", lambda at: _enhance(at, ""), ()),
]


def _reads(content: bytes, expected: np.ndarray) -> Callable[[Ground], None]:
    def act(at: Ground) -> None:
        assert np.array_equal(read_image(at.file("scene", content)).pixels, expected)

    return act


def _bilevel(at: Ground) -> None:
    path = at.folder / "mask.tif"
    tifffile.imwrite(path, GRAY > 30, compression="packbits", photometric="minisblack")
    assert np.array_equal(read_image(path).pixels, GRAY > 30)


ODD_BUT_RIGHT: list[tuple[str, Callable[[Ground], object]]] = [
    ("big-endian TIFF", _reads(tiff_bytes(GRAY, byteorder=">"), GRAY)),
    ("BigTIFF", _reads(tiff_bytes(GRAY, bigtiff=True), GRAY)),
    ("TIFF of bits", _bilevel),
    ("TIFF of negative numbers", _reads(tiff_bytes(-FLOATS), -FLOATS)),
    ("TIFF of one pixel", _reads(tiff_bytes(GRAY[:1, :1]), GRAY[:1, :1])),
    ("PNG without a suffix", _reads(PNG, GRAY)),
    ("name that is not UTF-8", _undecodable_name),
]

ROWS = [
    *(
        Row("input", "image", name, _content(content), words=words)
        for name, content, words in CONTENTS
    ),
    *(Row("input", "image path", name, act, words=words) for name, act, words in PATHS),
    *(Row("input", "image", name, act, RIGHT) for name, act in ODD_BUT_RIGHT),
]
