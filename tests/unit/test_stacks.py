"""Stacks are read plane by plane, and written back with their axes and sizes."""

import struct
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
import pytest
import tifffile

from zeroshot_em.data.images import (
    Scale,
    as_recorded,
    output_suffix,
    read_image,
    read_stack,
    write_image,
    write_stack,
)
from zeroshot_em.errors import InputError

RANDOM = np.random.default_rng(7)
HYPERSTACK = RANDOM.integers(0, 65536, (2, 3, 4, 37, 53), dtype=np.uint16)
STACK = HYPERSTACK[0, 0]
SCALE = Scale(0.54, 5.0, 0.25)
TYPES = ("uint8", "uint16", "int8", "int16", "uint32", "int32", "float32")


@pytest.mark.parametrize(
    ("stack", "options", "axes"),
    [
        (STACK, {"photometric": "minisblack", "metadata": None}, "IYX"),
        (STACK, {"imagej": True, "metadata": {"axes": "ZYX"}}, "ZYX"),
        (STACK, {"imagej": True, "metadata": {"axes": "TYX"}}, "TYX"),
        (STACK[:3], {"imagej": True, "metadata": {"axes": "CYX"}}, "CYX"),
        (HYPERSTACK, {"imagej": True, "metadata": {"axes": "TZCYX"}}, "TZCYX"),
        (STACK, {"ome": True, "metadata": {"axes": "ZYX"}}, "ZYX"),
        (HYPERSTACK, {"ome": True, "metadata": {"axes": "TZCYX"}}, "TZCYX"),
        (HYPERSTACK[0], {"ome": True, "metadata": {"axes": "CZYX"}}, "CZYX"),
        (STACK[0], {}, "YX"),
        (STACK[:1], {"imagej": True, "metadata": {"axes": "ZYX"}}, "YX"),
        (STACK, {"photometric": "minisblack", "compression": "zlib", "tile": (16, 16)}, "IYX"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_tiff(tmp_path: Path, stack: np.ndarray, options: dict[str, Any], axes: str) -> None:
    tifffile.imwrite(tmp_path / "a.tif", stack, **options)
    read = read_stack(tmp_path / "a.tif")
    assert read.axes == axes
    assert read.planes.dtype == stack.dtype
    np.testing.assert_array_equal(read.planes, stack.reshape(read.planes.shape))
    assert len(read) == stack.size // (37 * 53)
    assert all(plane.dtype == np.float64 and plane.shape == (37, 53) for plane in read)


def test_colours_become_gray_plane_by_plane(tmp_path: Path) -> None:
    colours = np.stack([STACK >> 8] * 3, axis=-1).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", colours, photometric="rgb")
    read = read_stack(tmp_path / "a.tif")
    assert read.axes == "IYX"
    np.testing.assert_array_equal(read.planes, STACK >> 8)


def test_white_is_zero_in_every_plane(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", STACK, photometric="miniswhite")
    np.testing.assert_array_equal(read_stack(tmp_path / "a.tif").planes, 65535 - STACK)


@pytest.mark.parametrize("is_volume", [False, True])
def test_mrc(tmp_path: Path, is_volume: bool) -> None:
    with mrcfile.new(tmp_path / "a.mrc") as mrc:
        mrc.set_data(STACK)
        (mrc.set_volume if is_volume else mrc.set_image_stack)()
        mrc.voxel_size = (5.4, 5.4, 50)
    read = read_stack(tmp_path / "a.mrc")
    assert read.axes == ("ZYX" if is_volume else "IYX")
    assert read.scale.pixel_size_nm == pytest.approx(0.54)
    assert read.scale.spacing_nm == (pytest.approx(5) if is_volume else None)
    np.testing.assert_array_equal(read.planes, STACK)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("axes", ["YX", "ZYX", "TYX", "CYX", "IYX", "TZCYX", "CZYX"])
@pytest.mark.parametrize("suffix", [".tif", ".ome.tif"])
def test_tiff_there_and_back(tmp_path: Path, suffix: str, axes: str, dtype: str) -> None:
    shape = [n + 2 for n in range(len(axes) - 2)] + [37, 53]
    planes = RANDOM.integers(0, 100, shape).astype(dtype)
    path = tmp_path / f"a{suffix}"
    write_stack(path, planes, axes, SCALE)
    read = read_stack(path)
    said = axes.replace("I", "Z")
    assert sorted(read.axes) == sorted(said)
    np.testing.assert_array_equal(
        read.planes, planes.transpose([said.index(axis) for axis in read.axes])
    )
    assert read.dtype == dtype
    assert read.scale.pixel_size_nm == pytest.approx(0.54, rel=1e-6)
    assert read.format == ("ome-tiff" if suffix == ".ome.tif" else "tiff")
    if "Z" in axes:
        assert read.scale.spacing_nm == pytest.approx(5)
    if "T" in axes:
        assert read.scale.frame_interval_s == pytest.approx(0.25)


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint16", "float32"])
@pytest.mark.parametrize("axes", ["YX", "ZYX", "IYX"])
def test_mrc_there_and_back(tmp_path: Path, axes: str, dtype: str) -> None:
    planes = RANDOM.integers(0, 100, (4, 37, 53)[3 - len(axes) :]).astype(dtype)
    write_stack(tmp_path / "a.mrc", planes, axes, SCALE, description="mean")
    read = read_stack(tmp_path / "a.mrc")
    assert (read.axes, read.dtype, read.format) == (axes, dtype, "mrc")
    np.testing.assert_array_equal(read.planes, planes)
    assert read.scale.pixel_size_nm == pytest.approx(0.54)
    if axes == "ZYX":
        assert read.scale.spacing_nm == pytest.approx(5)
    with mrcfile.open(tmp_path / "a.mrc") as mrc:
        assert mrc.get_labels() == ["mean"]
    assert mrcfile.validate(tmp_path / "a.mrc")


@pytest.mark.parametrize("suffix", [".tif", ".ome.tif", ".mrc"])
@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_equal_stacks_are_equal_files(tmp_path: Path, suffix: str, dtype: str) -> None:
    for name in ("a", "b"):
        write_stack(tmp_path / name / f"x{suffix}", STACK.astype(dtype), "ZYX", SCALE, "the same")
    contents = [(tmp_path / name / f"x{suffix}").read_bytes() for name in ("a", "b")]
    assert contents[0] == contents[1]


def test_other_readers_find_the_size(tmp_path: Path) -> None:
    from rsciio.tiff import file_reader

    for suffix in (".tif", ".ome.tif", ".mrc"):
        write_image(tmp_path / f"a{suffix}", STACK[0].astype(np.float32), 0.54)
    assert file_reader(str(tmp_path / "a.tif"))[0]["axes"][-1]["scale"] == pytest.approx(0.54)
    with mrcfile.open(tmp_path / "a.mrc") as mrc:
        assert mrc.voxel_size.x == pytest.approx(5.4)
    with tifffile.TiffFile(tmp_path / "a.ome.tif") as tiff:
        pixels = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]["Pixels"]
    assert (pixels["PhysicalSizeX"], pixels["PhysicalSizeXUnit"]) == (0.54, "nm")


def test_a_written_description_is_found(tmp_path: Path) -> None:
    write_stack(tmp_path / "a.ome.tif", STACK, "ZYX", SCALE, "mean of 6 x 6")
    with tifffile.TiffFile(tmp_path / "a.ome.tif") as tiff:
        assert "mean of 6 x 6" in tiff.ome_metadata


def imagej_stack(path: Path, n_missing: int, has_entries: bool) -> None:
    """Write a stack of ImageJ, of which each plane or the first alone has an entry in the file."""
    tifffile.imwrite(path, STACK, imagej=True, metadata={"axes": "ZYX"}, byteorder="<")
    with tifffile.TiffFile(path) as tiff:
        end = tiff.series[0].dataoffset + STACK.nbytes
    content = bytearray(path.read_bytes())
    start = struct.unpack_from("<I", content, 4)[0]
    n_tags = struct.unpack_from("<H", content, start)[0]
    if not has_entries:
        struct.pack_into("<I", content, start + 2 + 12 * n_tags, 0)
    path.write_bytes(content[: end - n_missing] if n_missing else content)


@pytest.mark.parametrize("has_entries", [True, False])
def test_a_stack_of_imagej(tmp_path: Path, has_entries: bool) -> None:
    imagej_stack(tmp_path / "a.tif", 0, has_entries)
    np.testing.assert_array_equal(read_stack(tmp_path / "a.tif").planes, STACK)


@pytest.mark.parametrize("has_entries", [True, False])
@pytest.mark.parametrize("n_bytes", [1, 37 * 53 * 2, 3 * 37 * 53 * 2, 4 * 37 * 53 * 2 - 5])
def test_a_truncated_stack_of_imagej_is_refused(
    tmp_path: Path, n_bytes: int, has_entries: bool
) -> None:
    imagej_stack(tmp_path / "a.tif", n_bytes, has_entries)
    for read in (read_stack, read_image):
        with pytest.raises(InputError, match=r"a\.tif: the file is truncated"):
            read(tmp_path / "a.tif")


def test_planes_of_several_sizes_are_refused(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(STACK[0], metadata=None)
        tiff.write(STACK[0, :20], metadata=None)
    with pytest.raises(InputError, match="expected one image, found 2"):
        read_stack(tmp_path / "a.tif")


def test_values_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    planes = STACK.astype(np.float32)
    planes[2, 3, 4] = np.nan
    tifffile.imwrite(tmp_path / "a.tif", planes, photometric="minisblack")
    with pytest.raises(InputError, match="1 of its 7844 pixels"):
        read_stack(tmp_path / "a.tif")


@pytest.mark.parametrize("axes", ["ZYX", "XY", "QYX", "YXS"])
def test_axes_that_do_not_fit_are_refused(tmp_path: Path, axes: str) -> None:
    array = STACK[0] if axes in ("ZYX", "XY") else STACK
    with pytest.raises(InputError, match="do not fit an array"):
        write_stack(tmp_path / "a.tif", array, axes)
    assert not list(tmp_path.iterdir())


def test_the_recorded_type_is_kept_by_rounding_and_clipping() -> None:
    values = np.array([[-3.2, 0.5, 1.5, 254.6, 300.0]])
    kept, note = as_recorded(values, "uint8")
    assert kept.dtype == np.uint8
    assert kept.tolist() == [[0, 0, 2, 255, 255]]
    assert note == "rounded to uint8; 2 of 5 values clipped to 0 to 255"
    floats, note = as_recorded(values, "float64")
    assert (floats.dtype, note) == (np.float32, "")


@pytest.mark.parametrize(
    ("format", "suffix"),
    [("ome-tiff", ".ome.tif"), ("mrc", ".mrc"), ("tiff", ".tif"), ("png", ".tif"), ("dm", ".tif")],
)
def test_what_is_made_of_a_file_has_its_format(format: str, suffix: str) -> None:
    assert output_suffix(format) == suffix
