"""Micrographs in and out of files: gray values as recorded, pixel size kept.

Gray values are never rescaled on the way in. What a file may hold and what becomes of it:

* One image of 8 or 16 bit integers, floats or single bits. A file with several images is
  refused, reduced copies (pyramid levels, thumbnails) aside.
* Colour becomes gray by the luma of ITU-R BT.601, ``0.299 R + 0.587 G + 0.114 B``, unrounded;
  a palette is looked up first, in steps of 8 bit; an alpha channel is dropped.
* A TIFF that stores black as its largest value is turned round, so that higher is brighter.
"""

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

from zeroshot_em.errors import InputError

LARGEST_PIXEL_NM = 1000.0
"""Larger "pixel sizes" are the dots per inch of a printer or a screen."""

NM_PER_UNIT = {
    "m": 1e9,
    "cm": 1e7,
    "mm": 1e6,
    "um": 1e3,
    "µm": 1e3,
    "μm": 1e3,
    "\\u00b5m": 1e3,
    "micron": 1e3,
    "microns": 1e3,
    "micrometer": 1e3,
    "nm": 1.0,
    "nanometer": 1.0,
    "å": 0.1,
    "a": 0.1,
    "angstrom": 0.1,
    "pm": 1e-3,
    "inch": 2.54e7,
}

logging.getLogger("tifffile").addHandler(logging.NullHandler())


@dataclass(frozen=True, eq=False)
class MicrographImage:
    """One grayscale micrograph.

    Attributes
    ----------
    pixels : ndarray of shape (height, width), float64
        Gray values as the file holds them.
    pixel_size_nm : float or None
        Edge of a pixel (its width, if it is not square); None where the file does not say.
    dtype : str
        Data type of the samples in the file.
    """

    pixels: np.ndarray
    pixel_size_nm: float | None
    dtype: str


class _Unreadable(Exception):
    """Why a file cannot be used, in words that follow its name."""


def read_image(path: str | os.PathLike[str]) -> MicrographImage:
    """Read a micrograph from a TIFF, OME-TIFF, PNG, JPEG, MRC, DM3 or DM4 file.

    MRC and DM files need the optional dependencies, ``pip install zeroshot-em[microscopy]``.

    Parameters
    ----------
    path : path-like
        The file; its kind is told from its content, not from its name.

    Returns
    -------
    MicrographImage

    Raises
    ------
    InputError
        If the file is missing, truncated, not an image, holds more than one image, or holds
        values that are not finite numbers.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: expected an image file, found a folder; name a file in it")
    try:
        with path.open("rb") as file:
            head = file.read(512)
        reader = _reader_for(head)
        samples, pixel_size = reader(path)
        gray = _finite(to_gray(samples))
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; check the name and the folder") from None
    except PermissionError:
        raise InputError(f"{path}: this file may not be read; check its permissions") from None
    except _Unreadable as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:
        # Decoders raise errors of many kinds; all of them mean that the file is damaged.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{path}: the image cannot be decoded, the file is damaged or incomplete ({reason}); "
            "fetch or export it again"
        ) from error
    return MicrographImage(gray, pixel_size, str(samples.dtype))


def to_gray(samples: np.ndarray) -> np.ndarray:
    """Turn the samples of an image into gray values.

    Parameters
    ----------
    samples : ndarray of shape (height, width) or (height, width, n_channels)
        One channel is gray, two are gray and alpha, three are RGB, four are RGB and alpha.

    Returns
    -------
    ndarray of shape (height, width), float64
        The luma of ITU-R BT.601, ``0.299 R + 0.587 G + 0.114 B``, unrounded; equal R, G and B
        give exactly their common value.
    """
    values = samples.astype(np.float64)
    if values.ndim == 2:
        return values
    if values.shape[2] < 3:
        return values[:, :, 0]
    red, green, blue = values[:, :, 0], values[:, :, 1], values[:, :, 2]
    return green + 0.299 * (red - green) + 0.114 * (blue - green)


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
        The file to write; its folder is made if need be.
    array : ndarray of shape (height, width)
        Written as it is if it is uint8 or uint16, as float32 otherwise.
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
    if array.dtype not in (np.uint8, np.uint16):
        array = array.astype(np.float32)
    metadata: dict[str, Any] = {"axes": "YX"}
    resolution = None
    if pixel_size_nm is not None:
        metadata["unit"] = "nm"
        resolution = (1 / pixel_size_nm, 1 / pixel_size_nm)
    if description:
        metadata["Info"] = description

    try:
        with atomic_path(path) as temporary:
            tifffile.imwrite(
                temporary, array, imagej=True, resolution=resolution, metadata=metadata
            )
    except OSError as error:
        raise InputError(f"{path}: this file cannot be written ({error.strerror})") from error


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary name beside ``path``; what is written there gets the name ``path``.

    The folder is made if need be. After an error nothing is left behind.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


# --- one reader for each kind of file: path -> (samples, pixel size in nm) -----------------


def _reader_for(head: bytes) -> Callable[[Path], tuple[np.ndarray, float | None]]:
    if not head:
        raise _Unreadable("the file is empty; fetch or export it again")
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _read_tiff
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _read_png
    if head.startswith(b"\xff\xd8\xff"):
        return _read_jpeg
    if head[208:212] == b"MAP ":
        return _read_mrc
    if head[:4] in (b"\0\0\0\3", b"\0\0\0\4"):
        return _read_dm
    found = "something else"
    if head.startswith(b"PK"):
        found = "a zip archive"
    elif head.lstrip()[:5].lower() in (b"<html", b"<!doc", b"<?xml"):
        found = "a web page"
    raise _Unreadable(f"expected an image (TIFF, PNG, JPEG, MRC, DM3 or DM4), found {found}")


def _read_tiff(path: Path) -> tuple[np.ndarray, float | None]:
    with tifffile.TiffFile(path) as tiff:
        page = _only_series(tiff)
        _check_complete(tiff, page)
        return _tiff_samples(page), _tiff_pixel_size(tiff, page)


def _only_series(tiff: tifffile.TiffFile) -> tifffile.TiffPageSeries:
    """Return the only image of a TIFF, with axes YX or YXS."""
    series = [one for one in tiff.series if not one.keyframe.is_reduced]
    if not series:
        raise _Unreadable("the file is truncated: no image is left; fetch or export it again")
    if len(series) != 1:
        raise _Unreadable(
            f"expected one image, found {len(series)}; save the one to use as a file of its own"
        )
    axes, shape = series[0].get_axes(squeeze=True), series[0].get_shape(squeeze=True)
    if axes.replace("S", "") != "YX":
        raise _Unreadable(
            f"expected one image, found a stack of shape {shape} ({axes}); "
            "save the plane to use as a file of its own"
        )
    return series[0]


def _check_complete(tiff: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> None:
    """Refuse a TIFF whose pixels lie past its end; decoders may fill the gap silently."""
    size = tiff.filehandle.size
    for page in series.pages:
        if page is None:
            raise _Unreadable("the file is truncated: a plane of the image is missing")
        segments = list(zip(page.dataoffsets, page.databytecounts, strict=True))
        end = max(offset + count for offset, count in segments)
        if end > size or not all(offset and count for offset, count in segments):
            raise _Unreadable(
                f"the file is truncated: {size} bytes, its pixels need {end}; "
                "fetch or export it again"
            )


def _tiff_samples(series: tifffile.TiffPageSeries) -> np.ndarray:
    page: Any = series.keyframe
    samples = series.asarray(squeeze=True)
    axes = series.get_axes(squeeze=True)
    if "S" in axes:
        samples = np.moveaxis(samples, axes.index("S"), -1)
    photometric = page.photometric
    if photometric == tifffile.PHOTOMETRIC.RGB or page.compression == tifffile.COMPRESSION.JPEG:
        return _with_channels(samples, (1, 3, 4))
    if photometric == tifffile.PHOTOMETRIC.MINISBLACK:
        return _with_channels(samples, (1, 2))
    if photometric == tifffile.PHOTOMETRIC.PALETTE:
        return (page.colormap.T // 257).astype(np.uint8)[_with_channels(samples, (1,))]
    if photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        return _inverted(_with_channels(samples, (1, 2)))
    raise _Unreadable(f"expected gray, RGB or palette colours, found {photometric.name}")


def _with_channels(samples: np.ndarray, expected: tuple[int, ...]) -> np.ndarray:
    found = samples.shape[2] if samples.ndim == 3 else 1
    if found not in expected:
        raise _Unreadable(
            f"expected one gray or RGB image, found {found} channels; "
            "save the one to use as a file of its own"
        )
    return samples


def _inverted(samples: np.ndarray) -> np.ndarray:
    if samples.dtype == bool:
        return ~samples
    if np.issubdtype(samples.dtype, np.unsignedinteger):
        return np.iinfo(samples.dtype).max - samples
    return -samples


def _tiff_pixel_size(tiff: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> float | None:
    """Read the pixel size from the tags of OME, the microscope's maker, ImageJ or TIFF itself."""
    for read in (_ome_pixel_size, _maker_pixel_size, _resolution_pixel_size):
        with suppress(KeyError, TypeError, ValueError, ZeroDivisionError, AttributeError):
            size = _plausible(read(tiff, series.keyframe))
            if size is not None:
                return size
    return None


def _ome_pixel_size(tiff: Any, page: Any) -> float:
    images = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]
    pixels = (images[0] if isinstance(images, list) else images)["Pixels"]
    return (
        float(pixels["PhysicalSizeX"])
        * NM_PER_UNIT[str(pixels.get("PhysicalSizeXUnit", "µm")).lower()]
    )


def _maker_pixel_size(tiff: Any, page: Any) -> float:
    if tiff.is_fei:
        return float(tiff.fei_metadata["Scan"]["PixelWidth"]) * 1e9
    if tiff.is_sem:
        _, value, unit = tiff.sem_metadata["ap_image_pixel_size"]
        return float(value) * NM_PER_UNIT[unit.lower()]
    return float(tiff.sis_metadata["pixelsizex"]) * 1e9


def _resolution_pixel_size(tiff: Any, page: Any) -> float:
    numerator, denominator = page.tags["XResolution"].value
    unit = {2: "inch", 3: "cm"}.get(page.tags["ResolutionUnit"].value, "")
    if tiff.imagej_metadata and "unit" in tiff.imagej_metadata:
        unit = tiff.imagej_metadata["unit"].lower()
    return denominator / numerator * NM_PER_UNIT[unit]


def _plausible(size: float) -> float | None:
    return size if 0 < size <= LARGEST_PIXEL_NM else None


def _read_png(path: Path) -> tuple[np.ndarray, float | None]:
    # Pillow cuts 16-bit colour down to 8 bit; imagecodecs does not, and looks palettes up.
    samples = imagecodecs.png_decode(path.read_bytes())
    return samples, _pillow_pixel_size(path)


def _read_jpeg(path: Path) -> tuple[np.ndarray, float | None]:
    with Image.open(path) as image:
        gray = image.mode == "L"
        samples = np.asarray(image if gray else image.convert("RGB"))
    return samples, _pillow_pixel_size(path)


def _pillow_pixel_size(path: Path) -> float | None:
    with Image.open(path) as image:
        dots_per_inch = image.info.get("dpi", (0,))[0]
    return _plausible(2.54e7 / float(dots_per_inch)) if dots_per_inch else None


def _read_mrc(path: Path) -> tuple[np.ndarray, float | None]:
    try:
        import mrcfile
    except ImportError:
        raise _Unreadable(_extra_needed("an MRC file")) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with mrcfile.open(path) as mrc:
            samples = mrc.data.squeeze().copy()
            width = float(mrc.voxel_size.x) / 10
    return _only_plane(samples), _plausible(width)


def _read_dm(path: Path) -> tuple[np.ndarray, float | None]:
    try:
        from rsciio.digitalmicrograph import file_reader
    except ImportError:
        raise _Unreadable(_extra_needed("a DM3 or DM4 file")) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        images = file_reader(str(path))
    if len(images) != 1:
        raise _Unreadable(f"expected one image, found {len(images)}")
    samples = _only_plane(np.asarray(images[0]["data"]).squeeze())
    if samples.dtype.names:
        samples = np.stack([samples[channel] for channel in "RGB"], axis=-1)
    axis = images[0]["axes"][-1]
    unit = NM_PER_UNIT.get(str(axis["units"]).lower())
    return samples, _plausible(float(axis["scale"]) * unit) if unit else None


def _extra_needed(kind: str) -> str:
    return f"found {kind}, which needs one more package: pip install 'zeroshot-em[microscopy]'"


def _only_plane(samples: np.ndarray) -> np.ndarray:
    if samples.ndim != 2:
        raise _Unreadable(
            f"expected one image, found a stack of shape {samples.shape}; "
            "save the plane to use as a file of its own"
        )
    if np.iscomplexobj(samples):
        raise _Unreadable("expected real gray values, found complex numbers")
    return samples


def _finite(gray: np.ndarray) -> np.ndarray:
    bad = gray.size - np.count_nonzero(np.isfinite(gray))
    if bad:
        raise _Unreadable(
            f"{bad} of its {gray.size} pixels are not finite numbers (NaN or infinity); "
            "mend them before use"
        )
    return gray
