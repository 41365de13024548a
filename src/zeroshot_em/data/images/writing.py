"""Write an image or a stack as a TIFF for Fiji, an OME-TIFF or an MRC."""

import hashlib
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from zeroshot_em.data.files import atomic_path
from zeroshot_em.data.images.recording import Scale
from zeroshot_em.errors import InputError

KEPT_TYPES = ("uint8", "uint16", "uint32", "int8", "int16", "int32")
FIJIS_TYPES = ("uint8", "uint16", "float32")
MRCS_TYPES = ("int8", "int16", "uint16")
OUTPUT_SUFFIXES = {"ome-tiff": ".ome.tif", "mrc": ".mrc"}


def output_suffix(format: str) -> str:
    """Return the suffix of what is made of a file: its own format where it can be written."""
    return OUTPUT_SUFFIXES.get(format, ".tif")


def as_recorded(array: np.ndarray, dtype: str) -> tuple[np.ndarray, str]:
    """Return values in the type that an image was recorded in, and a word on what that changed.

    Parameters
    ----------
    array : ndarray
        Real numbers.
    dtype : str
        Of the recorded image. Integers are rounded to and clipped at; floats become float32.

    Returns
    -------
    array : ndarray
        Of the recorded type, or float32.
    note : str
        Empty if nothing but digits behind those of float32 was lost.

    Examples
    --------
    >>> import numpy as np
    >>> from zeroshot_em.images import as_recorded
    >>> as_recorded(np.array([[-0.7, 12.3]]), "uint8")
    (array([[ 0, 12]], dtype=uint8), 'rounded to uint8; 1 of 2 values clipped to 0 to 255')
    """
    if np.dtype(dtype).kind not in "iu":
        return np.asarray(array, dtype=np.float32), ""
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    rounded = np.rint(array)
    n_clipped = np.count_nonzero((rounded < low) | (rounded > high))
    note = f"rounded to {dtype}; {n_clipped} of {rounded.size} values clipped to {low} to {high}"
    return np.clip(rounded, low, high).astype(dtype), note


def write_image(
    path: str | os.PathLike[str],
    array: np.ndarray,
    pixel_size_nm: float | None = None,
    description: str = "",
) -> None:
    """Write an image as a TIFF that Fiji and napari open with its pixel size.

    Equal input gives equal bytes, and no half-written file ever has the final name. The file is
    uncompressed: deflate would save a tenth of a noisy float image, at the price of bytes that
    depend on the version of the compressor.

    Parameters
    ----------
    path : path-like
        The file to write; its folder is made if need be. A name that ends in ``.ome.tif`` gives an
        OME-TIFF, one in ``.mrc`` an MRC.
    array : ndarray of shape (height, width)
        Integers of up to 32 bit are written as they are, all else as float32. (An MRC holds
        integers of up to 16 bit.)
    pixel_size_nm : float or None
        Edge of a pixel.
    description : str
        What the image shows; Fiji shows it under Image > Show Info.

    Raises
    ------
    InputError
        If the array is not two-dimensional or the file cannot be written.
    """
    array = np.asarray(array)
    if array.ndim != 2:
        raise InputError(f"{path}: expected an array (height, width), found shape {array.shape}")
    write_stack(path, array, "YX", Scale(pixel_size_nm), description)


def write_stack(
    path: str | os.PathLike[str],
    planes: np.ndarray,
    axes: str,
    scale: Scale = Scale(),  # noqa: B008
    description: str = "",
) -> None:
    """Write planes with their axes and sizes, as `write_image` writes one.

    Parameters
    ----------
    path : path-like
        As of `write_image`.
    planes : ndarray of shape (..., height, width)
        Integers of up to 32 bit are written as they are, all else as float32.
    axes : str
        A letter for each axis, as of a `MicrographStack`.
    scale : Scale
        Size of a pixel, and distances between planes.
    description : str
        What the planes show.

    Raises
    ------
    InputError
        If the axes do not fit the array or the file cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> from zeroshot_em.images import Scale, read_stack, write_stack
    >>> series = np.zeros((5, 24, 32), np.uint8)
    >>> write_stack("series.ome.tif", series, "ZYX", Scale(0.54, spacing_nm=60.0))
    >>> stack = read_stack("series.ome.tif")
    >>> len(stack), stack.axes, stack.scale.spacing_nm
    (5, 'ZYX', 60.0)
    """
    planes = np.asarray(planes)
    if len(axes) != planes.ndim or not axes.endswith("YX") or set(axes) - set("TZCIYX"):
        raise InputError(f"{path}: the axes {axes} do not fit an array of shape {planes.shape}")
    if planes.dtype.name not in KEPT_TYPES:
        planes = planes.astype(np.float32, copy=False)
    write = _writer_for(Path(path).name.lower())
    try:
        with atomic_path(path) as temporary:
            write(temporary, planes, axes, scale, description)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{path}: this file cannot be written ({reason})") from error


Writer = Callable[[Path, np.ndarray, str, Scale, str], None]


def _writer_for(name: str) -> Writer:
    if name.endswith((".ome.tif", ".ome.tiff")):
        return _write_ome
    return _write_mrc if name.endswith(".mrc") else _write_fiji


def _write_fiji(path: Path, planes: np.ndarray, axes: str, scale: Scale, description: str) -> None:
    planes, axes = _in_order(planes, axes, "TZC")
    metadata: dict[str, Any] = {"axes": axes}
    resolution = None
    if scale.pixel_size_nm is not None:
        metadata["unit"] = "nm"
        resolution = (1 / scale.pixel_size_nm, 1 / scale.pixel_size_nm)
    if scale.spacing_nm is not None:
        metadata |= {"spacing": scale.spacing_nm, "unit": "nm"}
    if scale.frame_interval_s is not None:
        metadata["finterval"] = scale.frame_interval_s
    if description:
        metadata["Info"] = description
    tags = _tags_of_hyperspy(scale)
    if planes.dtype.name in FIJIS_TYPES:
        tifffile.imwrite(
            path, planes, imagej=True, resolution=resolution, metadata=metadata, extratags=tags
        )
    else:
        text = _imagej_description(planes.shape, axes, metadata)
        tifffile.imwrite(
            path,
            planes,
            photometric="minisblack",
            resolution=resolution,
            description=text,
            metadata=None,
            extratags=tags,
        )


def _tags_of_hyperspy(scale: Scale) -> list[tuple[int, int, int, str | float, bool]]:
    """Return the size in the tags of Gatan, where HyperSpy finds its unit in any TIFF."""
    size, spacing = scale.pixel_size_nm, scale.spacing_nm
    tags: list[tuple[int, int, int, str | float, bool]] = []
    for unit, length, of_axis in (
        (65003, 65009, size),
        (65004, 65010, size),
        (65005, 65011, spacing),
    ):
        if of_axis is not None:
            tags += [(unit, 2, 0, "nm", True), (length, 12, 1, float(of_axis), True)]
    return tags


def _in_order(planes: np.ndarray, axes: str, order: str) -> tuple[np.ndarray, str]:
    """Return planes and axes in an order that a format demands; a sequence stands for depth."""
    axes = axes.replace("I", "Z" if "Z" not in axes else "T")
    wanted = "".join(axis for axis in f"{order}YX" if axis in axes)
    return planes.transpose([axes.index(axis) for axis in wanted]), wanted


def _imagej_description(shape: tuple[int, ...], axes: str, metadata: dict[str, Any]) -> str:
    """Describe integers that Fiji reads but tifffile's form for it does not hold."""
    names = {"C": "channels", "Z": "slices", "T": "frames"}
    lengths = {names[axis]: n for axis, n in zip(axes, shape, strict=True) if axis in names}
    lines = {"ImageJ": "1.11a", "images": int(np.prod(shape[:-2])), **lengths}
    lines |= {"hyperstack": "true"} if len(lengths) > 1 else {}
    facts = {key: value for key, value in metadata.items() if key not in ("axes", "Info")}
    return "".join(f"{key}={value}\n" for key, value in {**lines, **facts}.items())


def _write_ome(path: Path, planes: np.ndarray, axes: str, scale: Scale, description: str) -> None:
    planes, axes = _in_order(planes, axes, "TZC")
    sizes = {"X": scale.pixel_size_nm, "Y": scale.pixel_size_nm, "Z": scale.spacing_nm}
    metadata: dict[str, Any] = {"axes": axes, "Description": description}
    for axis, size in sizes.items():
        if size is not None:
            metadata |= {f"PhysicalSize{axis}": size, f"PhysicalSize{axis}Unit": "nm"}
    if scale.frame_interval_s is not None:
        metadata |= {"TimeIncrement": scale.frame_interval_s, "TimeIncrementUnit": "s"}
    metadata["UUID"] = str(_identity(planes, metadata))
    tags = _tags_of_hyperspy(scale)
    tifffile.imwrite(
        path, planes, ome=True, photometric="minisblack", metadata=metadata, extratags=tags
    )


def _identity(planes: np.ndarray, metadata: dict[str, Any]) -> uuid.UUID:
    """Return a name that equal files share, where OME-TIFF would have one of the time."""
    content = np.ascontiguousarray(planes).reshape(-1).view(np.uint8)
    digest = hashlib.sha256(content.data)
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{digest.hexdigest()} {metadata}")


def _write_mrc(path: Path, planes: np.ndarray, axes: str, scale: Scale, description: str) -> None:
    try:
        import mrcfile
    except ImportError:
        raise InputError(
            f"{path.name}: an MRC needs one more package: pip install 'zeroshot-em[microscopy]'"
        ) from None
    kept = planes.dtype.name in (*MRCS_TYPES, "uint8")
    with mrcfile.new(path) as mrc:
        flat = planes if planes.ndim < 4 else planes.reshape(-1, *planes.shape[-2:])
        mrc.set_data(flat if kept else flat.astype(np.float32))
        if axes == "IYX" or planes.ndim > 3:
            mrc.set_image_stack()
        size = 10 * (scale.pixel_size_nm or 0)
        mrc.voxel_size = (size, size, 10 * (scale.spacing_nm or 0) or size)
        mrc.header.label = b""
        mrc.header.label[0] = (description or "zeroshot-em").encode("ascii", "replace")[:80]
        mrc.header.nlabl = 1
