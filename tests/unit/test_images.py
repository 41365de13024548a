"""Images are read as recorded, whatever the file, or refused in one line that says why."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import mrcfile
import numpy as np
import pytest
import tifffile
from dm_files import dm_file
from PIL import Image

from zeroshot_em.data.files import atomic_path
from zeroshot_em.data.images import read_image, to_gray, write_image
from zeroshot_em.errors import InputError

SHAPE = (37, 53)
RANDOM = np.random.default_rng(5)
GRAY = RANDOM.integers(0, 256, SHAPE, dtype=np.uint8)
GRAY16 = RANDOM.integers(0, 65536, SHAPE, dtype=np.uint16)
RGB = RANDOM.integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
RGB16 = RANDOM.integers(0, 65536, (*SHAPE, 3), dtype=np.uint16)
PIXEL_NM = 0.54


def luma(rgb: np.ndarray) -> np.ndarray:
    """ITU-R BT.601, written out."""
    return rgb[..., :3].astype(float) @ np.array([0.299, 0.587, 0.114])


# --- TIFF ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "f2", "f4", "f8"])
def test_gray_values_are_never_rescaled(tmp_path: Path, dtype: str) -> None:
    values = (GRAY.astype(float) / (1 if dtype[0] in "ui" else 7)).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values)
    image = read_image(tmp_path / "a.tif")
    assert image.pixels.dtype == np.float64
    assert image.dtype == values.dtype.name
    np.testing.assert_array_equal(image.pixels, values.astype(float))


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "lzw"},
        {"compression": "zlib", "predictor": True},
        {"compression": "deflate"},
        {"compression": "packbits"},
        {"tile": (16, 16)},
        {"tile": (32, 16), "compression": "zlib"},
        {"rowsperstrip": 5},
        {"bigtiff": True},
        {"byteorder": ">"},
    ],
    ids=lambda options: "-".join(map(str, options)),
)
def test_ways_to_store_a_tiff(tmp_path: Path, options: dict) -> None:
    tifffile.imwrite(tmp_path / "a.tif", GRAY16, **options)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels, GRAY16)


@pytest.mark.parametrize("colour", [RGB, RGB16], ids=["8 bit", "16 bit"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("alpha", [False, True])
def test_colour_becomes_gray(tmp_path: Path, colour: np.ndarray, planar: str, alpha: bool) -> None:
    stored = np.concatenate([colour, colour[..., :1]], axis=2) if alpha else colour
    if planar == "separate":
        stored = np.moveaxis(stored, 2, 0)
    options = {"extrasamples": ["unassalpha"]} if alpha else {}
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planar, **options)
    np.testing.assert_allclose(read_image(tmp_path / "a.tif").pixels, luma(colour), rtol=1e-12)


def test_gray_stored_as_colour_stays_exactly_what_it_is() -> None:
    np.testing.assert_array_equal(to_gray(np.stack([GRAY] * 3, axis=2)), GRAY)


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    palette = RANDOM.integers(0, 256, (3, 256), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", GRAY, photometric="palette", colormap=palette * 257)
    expected = luma(np.moveaxis(palette[:, GRAY], 0, 2))
    np.testing.assert_allclose(read_image(tmp_path / "a.tif").pixels, expected, rtol=1e-12)


def test_white_as_zero_is_turned_round(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", GRAY16, photometric="miniswhite")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels, 65535.0 - GRAY16)


def test_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(GRAY > 127).save(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels, GRAY > 127)


def test_a_thumbnail_does_not_count_as_an_image(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(GRAY, metadata=None)
        tiff.write(GRAY[::4, ::4], subfiletype=1, metadata=None)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels, GRAY)


def test_a_pyramid_is_read_at_full_size(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=True) as tiff:
        tiff.write(GRAY16, subifds=1, metadata={"axes": "YX"})
        tiff.write(GRAY16[::2, ::2], subfiletype=1)
    np.testing.assert_array_equal(read_image(tmp_path / "a.ome.tif").pixels, GRAY16)


@pytest.mark.parametrize(
    ("stack", "options"),
    [
        (np.stack([GRAY] * 5), {"imagej": True, "metadata": {"axes": "ZYX"}}),
        (np.stack([GRAY] * 3), {"imagej": True, "metadata": {"axes": "TYX"}}),
        (np.stack([GRAY] * 2), {"ome": True, "metadata": {"axes": "CYX"}}),
        (np.stack([GRAY] * 3), {"imagej": True, "metadata": {"axes": "CYX"}}),
        (np.stack([GRAY] * 4), {"photometric": "minisblack"}),
        (np.stack([GRAY] * 5, axis=2), {"photometric": "minisblack", "planarconfig": "contig"}),
    ],
    ids=["depth", "time", "two channels", "three channels", "pages", "five samples"],
)
def test_a_stack_is_refused(tmp_path: Path, stack: np.ndarray, options: dict) -> None:
    tifffile.imwrite(tmp_path / "a.tif", stack, **options)
    with pytest.raises(InputError, match=r"a\.tif: expected one .*image, found"):
        read_image(tmp_path / "a.tif")


def test_a_stack_of_one_is_an_image(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", GRAY[None, None], imagej=True)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels, GRAY)


def test_gray_with_alpha(tmp_path: Path) -> None:
    stored = np.stack([GRAY, GRAY[::-1]], axis=2)
    options = {"photometric": "minisblack", "planarconfig": "contig", "extrasamples": [2]}
    tifffile.imwrite(tmp_path / "a.tif", stored, **options)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels, GRAY)


# --- other files ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "image", "expected"),
    [
        ("gray", Image.fromarray(GRAY), GRAY),
        ("gray 16", Image.fromarray(GRAY16), GRAY16),
        ("colour", Image.fromarray(RGB), luma(RGB)),
        ("alpha", Image.fromarray(RGB).convert("RGBA"), luma(RGB)),
        ("gray alpha", Image.fromarray(GRAY).convert("LA"), GRAY),
        ("black and white", Image.fromarray(GRAY > 127), 255.0 * (GRAY > 127)),
    ],
)
def test_png(tmp_path: Path, name: str, image: Image.Image, expected: np.ndarray) -> None:
    image.save(tmp_path / "a.png")
    np.testing.assert_allclose(read_image(tmp_path / "a.png").pixels, expected, rtol=1e-12)


def test_png_of_16_bit_colour_keeps_16_bit(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in RGB16)
    header = struct.pack(">IIBBBBB", SHAPE[1], SHAPE[0], 16, 2, 0, 0, 0)
    (tmp_path / "a.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    np.testing.assert_allclose(read_image(tmp_path / "a.png").pixels, luma(RGB16), rtol=1e-12)


def test_png_palette(tmp_path: Path) -> None:
    image = Image.fromarray(RGB).quantize(16)
    image.save(tmp_path / "a.png")
    expected = luma(np.asarray(image.convert("RGB")))
    np.testing.assert_allclose(read_image(tmp_path / "a.png").pixels, expected, rtol=1e-12)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg(tmp_path: Path, mode: str) -> None:
    smooth = np.add.outer(np.arange(64), np.arange(80)).astype(np.uint8)
    Image.fromarray(smooth).convert(mode).save(tmp_path / "a.jpg", quality=95)
    assert np.abs(read_image(tmp_path / "a.jpg").pixels - smooth).max() < 5


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    Image.fromarray(GRAY).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels, GRAY)


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint16", "float32"])
def test_mrc(tmp_path: Path, dtype: str) -> None:
    values = (GRAY // 2).astype(dtype)
    with mrcfile.new(tmp_path / "a.mrc") as mrc:
        mrc.set_data(values)
        mrc.voxel_size = 10 * PIXEL_NM
    image = read_image(tmp_path / "a.mrc")
    np.testing.assert_array_equal(image.pixels, values)
    assert image.pixel_size_nm == pytest.approx(PIXEL_NM)


def test_a_truncated_mrc_is_refused(tmp_path: Path) -> None:
    with mrcfile.new(tmp_path / "a.mrc") as mrc:
        mrc.set_data(GRAY.astype("float32"))
    content = (tmp_path / "a.mrc").read_bytes()
    (tmp_path / "a.mrc").write_bytes(content[:2000])
    with pytest.raises(InputError, match=r"a\.mrc: .*damaged or incomplete"):
        read_image(tmp_path / "a.mrc")


def test_an_mrc_stack_is_refused(tmp_path: Path) -> None:
    with mrcfile.new(tmp_path / "a.mrc") as mrc:
        mrc.set_data(np.stack([GRAY.astype("float32")] * 3))
    with pytest.raises(InputError, match=r"found a stack of shape \(3, 37, 53\)"):
        read_image(tmp_path / "a.mrc")


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32"])
def test_dm(tmp_path: Path, version: int, dtype: str) -> None:
    values = (GRAY // 2).astype(dtype)
    (tmp_path / "a.dm").write_bytes(dm_file(values, PIXEL_NM, "nm", version))
    image = read_image(tmp_path / "a.dm")
    np.testing.assert_array_equal(image.pixels, values)
    assert image.pixel_size_nm == pytest.approx(PIXEL_NM)
    assert image.dtype == dtype


def test_dm_with_two_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.dm4").write_bytes(dm_file(GRAY, PIXEL_NM, "nm", 4, images=2))
    with pytest.raises(InputError, match=r"a\.dm4: expected one image, found 2"):
        read_image(tmp_path / "a.dm4")


@pytest.mark.parametrize("module", ["mrcfile", "rsciio.digitalmicrograph"])
def test_a_missing_reader_is_named(
    tmp_path: Path, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mrcfile.new(tmp_path / "mrcfile") as mrc:
        mrc.set_data(GRAY.astype("float32"))
    (tmp_path / "rsciio.digitalmicrograph").write_bytes(dm_file(GRAY, 1.0, "nm", 3))
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(InputError, match=r"pip install 'zeroshot-em\[microscopy\]'"):
        read_image(tmp_path / module)


# --- files that cannot be used -------------------------------------------------------------


def truncated(suffix: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        Image.fromarray(GRAY).save(path, format=suffix)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])

    return write


def truncated_tiff(**options: object) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        tifffile.imwrite(path, GRAY16, **options)
        path.write_bytes(path.read_bytes()[:2500])

    return write


def with_value(value: float) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        values = GRAY.astype(np.float32)
        values[3, 4] = value
        tifffile.imwrite(path, values)

    return write


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "found a folder"),
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_text("x, y\n1, 2\n"), "expected an image"),
        (lambda path: path.write_text("<!doctype html><title>Sorry</title>"), "a web page"),
        (lambda path: path.write_bytes(b"PK\3\4" + bytes(99)), "a zip archive"),
        (lambda path: path.write_bytes(b"II*\0" + bytes(8)), "truncated"),
        (lambda path: path.write_bytes(b"II*\0\xff\xff\xff\x7f"), "truncated"),
        (truncated("png"), "damaged or incomplete"),
        (truncated("jpeg"), "damaged or incomplete"),
        (truncated_tiff(), "truncated"),
        (truncated_tiff(compression="zlib"), "truncated"),
        (truncated_tiff(tile=(16, 16)), "truncated"),
        (truncated_tiff(rowsperstrip=4), "truncated"),
        (with_value(np.nan), "1 of its 1961 pixels are not finite"),
        (with_value(np.inf), "1 of its 1961 pixels are not finite"),
        (
            lambda path: tifffile.imwrite(path, np.dstack([RGB] * 2)[..., :4], photometric=5),
            "found SEPARATED",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, write: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "image"
    write(path)
    with pytest.raises(InputError) as raised:
        read_image(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert reason in message
    assert "\n" not in message


# --- writing -------------------------------------------------------------------------------


@pytest.mark.parametrize("pixel_size", [None, 0.54, 1.08, 12.5])
def test_what_is_written_is_what_is_read(tmp_path: Path, pixel_size: float | None) -> None:
    values = GRAY * np.pi
    write_image(tmp_path / "deep/er/a.tif", values, pixel_size, description="mean, 6 x 6")
    image = read_image(tmp_path / "deep/er/a.tif")
    np.testing.assert_array_equal(image.pixels, values.astype(np.float32))
    if pixel_size is None:
        assert image.pixel_size_nm is None
    else:
        assert image.pixel_size_nm == pytest.approx(pixel_size, rel=1e-8)
    with tifffile.TiffFile(tmp_path / "deep/er/a.tif") as tiff:
        assert tiff.imagej_metadata["Info"] == "mean, 6 x 6"
        assert tiff.imagej_metadata.get("unit") == (None if pixel_size is None else "nm")


def test_16_bit_stays_16_bit(tmp_path: Path) -> None:
    write_image(tmp_path / "a.tif", GRAY16, PIXEL_NM)
    image = read_image(tmp_path / "a.tif")
    assert image.dtype == "uint16"
    np.testing.assert_array_equal(image.pixels, GRAY16)


def test_equal_images_are_equal_files(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        write_image(tmp_path / name, GRAY16 / 3, PIXEL_NM, description="the same")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_only_images_are_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected an array \(height, width\)"):
        write_image(tmp_path / "a.tif", RGB)


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"a\.tif: this file cannot be written"):
        write_image(tmp_path / "file" / "a.tif", GRAY)


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.shared
def test_real_images(shared_data: Path) -> None:
    house = read_image(shared_data / "house.png")
    assert house.pixels.shape == (256, 256)
    for path in sorted(shared_data.glob("niaid*.jpg")):
        with Image.open(path) as original:
            expected = luma(np.asarray(original))
        np.testing.assert_allclose(read_image(path).pixels, expected, rtol=1e-12, atol=1e-12)
