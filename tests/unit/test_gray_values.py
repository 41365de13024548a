"""Each file gives the values that the instrument meant, and says what was changed for it."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
import pytest
import tifffile
from PIL import Image

from zeroshot_em.data.images import claims, read_image
from zeroshot_em.errors import InputError

RANDOM = np.random.default_rng(6)
SHAPE = (40, 64)
BITS8, BITS12, BITS14, BITS16 = (
    RANDOM.integers(0, 2**bits, SHAPE).astype("uint8" if bits == 8 else "uint16")
    for bits in (8, 12, 14, 16)
)
SIGNED = (BITS16.astype(int) - 32768).astype(np.int16)
SIGNED[0, 0] = -32768
FLOATS = SIGNED / np.float32(7)
SIGNED_IMAGEJ = "ImageJ=1.54f\ncf=0\nc0=-32768.0\nc1=1.0\nvunit=Gray Value\n"
ENTRIES = RANDOM.integers(0, 256, 256, dtype=np.uint16)

Write = Callable[[Path], None]


def tiff(samples: np.ndarray, **options: Any) -> Write:
    return lambda path: tifffile.imwrite(path, samples, metadata=None, **options)


def mrc(samples: np.ndarray, *changes: tuple[int, bytes]) -> Write:
    """Write an MRC whose header is changed at some places afterwards."""

    def write(path: Path) -> None:
        with mrcfile.new(path) as opened:
            opened.set_data(samples)
        content = bytearray(path.read_bytes())
        for at, value in changes:
            content[at : at + len(value)] = value
        path.write_bytes(content)

    return write


def big_endian_mrc(samples: np.ndarray, stamp: bytes) -> Write:
    def write(path: Path) -> None:
        head = bytearray(1024)
        struct.pack_into(">4i", head, 0, samples.shape[1], samples.shape[0], 1, 2)
        head[208:216] = b"MAP " + stamp
        path.write_bytes(bytes(head) + samples.astype(">f4").tobytes())

    return write


MIN_WHITE = {"photometric": "miniswhite"}
TURNED = "turned round"
NO_MAP, NO_STAMP = (208, bytes(4)), (212, bytes(4))
IMOD, IMOD_SIGNED = (
    (152, struct.pack("<2i", 1146047817, 0)),
    (152, struct.pack("<2i", 1146047817, 1)),
)
BYTES = BITS8.view(np.int8)

ROWS: list[tuple[str, Write, np.ndarray, str]] = [
    ("8 bit, white is 0", tiff(BITS8, **MIN_WHITE), 255 - BITS8, TURNED),
    ("16 bit, white is 0", tiff(BITS16, **MIN_WHITE), 65535 - BITS16, TURNED),
    ("14 bit in 16, white is 0", tiff(BITS14, **MIN_WHITE), 16383 - BITS14, TURNED),
    ("12 bit in 16, white is 0", tiff(BITS12, **MIN_WHITE), 4095 - BITS12, TURNED),
    ("12 bit in 32, white is 0", tiff(BITS12.astype("u4"), **MIN_WHITE), 4095 - BITS12, TURNED),
    (
        "14 bit stated, of which 12 are used, white is 0",
        tiff(BITS12, extratags=[(281, 3, 1, 16383, True)], **MIN_WHITE),
        16383 - BITS12,
        TURNED,
    ),
    ("signed, white is least", tiff(SIGNED, **MIN_WHITE), -SIGNED.astype(float), "signs"),
    ("floats, white is least", tiff(FLOATS, **MIN_WHITE), -FLOATS, "signs"),
    ("signed", tiff(SIGNED), SIGNED, ""),
    ("signed by ImageJ", tiff(BITS16, description=SIGNED_IMAGEJ), BITS16 - 32768.0, "ImageJ adds"),
    (
        "palette of 8-bit entries",
        tiff(BITS8, photometric="palette", colormap=np.stack([ENTRIES] * 3)),
        ENTRIES[BITS8],
        "8 bit",
    ),
    (
        "palette of 16-bit entries",
        tiff(BITS8, photometric="palette", colormap=np.stack([ENTRIES] * 3) * 257),
        ENTRIES[BITS8],
        "",
    ),
    (
        "palette of 16-bit entries as ImageJ writes them",
        tiff(BITS8, photometric="palette", colormap=np.stack([ENTRIES] * 3) * 256),
        ENTRIES[BITS8],
        "",
    ),
    ("MRC", mrc(FLOATS), FLOATS, ""),
    ("MRC without the word", mrc(FLOATS, NO_MAP), FLOATS, "MAP"),
    ("MRC without a stamp", mrc(FLOATS, NO_STAMP), FLOATS, "stamp"),
    ("MRC without either", mrc(FLOATS, NO_MAP, NO_STAMP), FLOATS, "MAP"),
    ("MRC of another stamp", mrc(FLOATS, (212, b"DA\0\0")), FLOATS, ""),
    ("big-endian MRC", big_endian_mrc(FLOATS, b"\x11\x11\0\0"), FLOATS, ""),
    ("big-endian MRC of a wrong stamp", big_endian_mrc(FLOATS, b"DD\0\0"), FLOATS, "stamp"),
    ("MRC of signed bytes", mrc(BYTES), BYTES, ""),
    ("MRC of IMOD's signed bytes", mrc(BYTES, IMOD_SIGNED), BYTES, ""),
    ("MRC of IMOD's bytes", mrc(BYTES, IMOD), BITS8, "without a sign"),
]


@pytest.mark.parametrize(("name", "write", "meant", "note"), ROWS, ids=[row[0] for row in ROWS])
def test_gray_values(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    write: Write,
    meant: np.ndarray,
    note: str,
) -> None:
    write(tmp_path / "a.file")
    image = read_image(tmp_path / "a.file")
    np.testing.assert_array_equal(image.pixels, meant)
    assert note in " ".join(image.notes)
    assert bool(image.notes) == bool(note)
    assert all(f"a.file: {said}" in caplog.text for said in image.notes)


def test_the_recorded_type_is_the_meant_one(tmp_path: Path) -> None:
    tiff(BITS16, description=SIGNED_IMAGEJ)(tmp_path / "a.tif")
    mrc(BYTES, IMOD)(tmp_path / "a.mrc")
    tifffile.imwrite(tmp_path / "b.tif", FLOATS, byteorder=">")
    types = [read_image(tmp_path / name).dtype for name in ("a.tif", "a.mrc", "b.tif")]
    assert types == ["int16", "uint8", "float32"]


def test_4_bit_mrc_is_named(tmp_path: Path) -> None:
    mrc(BYTES, (12, struct.pack("<i", 101)))(tmp_path / "a.mrc")
    with pytest.raises(InputError, match=r"MRC of 4 bits a pixel.*newstack"):
        read_image(tmp_path / "a.mrc")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_image_is_no_attack(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    Image.fromarray(BITS8).save(tmp_path / "a", kind)
    assert read_image(tmp_path / "a").pixels.shape == SHAPE
    assert Image.MAX_IMAGE_PIXELS == 100


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "JPEG"])
def test_an_image_larger_than_the_memory_is_refused(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(BITS8).save(tmp_path / "a", kind)
    monkeypatch.setattr(claims, "_memory", lambda: 8 * BITS8.size - 1)
    with pytest.raises(InputError, match=r"needs .* GB of memory, this machine has"):
        read_image(tmp_path / "a")
