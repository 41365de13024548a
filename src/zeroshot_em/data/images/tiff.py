"""TIFF and OME-TIFF."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from zeroshot_em.data.images.claims import check_chain, check_claim
from zeroshot_em.data.images.pixel_sizes import tiff_pixel_size
from zeroshot_em.data.images.unreadable import Unreadable

logging.getLogger("tifffile").addHandler(logging.NullHandler())


def read_tiff(path: Path) -> tuple[np.ndarray, float | None]:
    """Return the samples of a TIFF and its pixel size in nm."""
    with tifffile.TiffFile(path) as tiff:
        check_chain(tiff)
        page = _only_series(tiff)
        check_claim(path, page.shape, page.dtype.itemsize)
        _check_complete(tiff, page)
        return _tiff_samples(page), tiff_pixel_size(tiff, page.keyframe)


def _only_series(tiff: tifffile.TiffFile) -> tifffile.TiffPageSeries:
    """Return the only image of a TIFF, with axes YX or YXS."""
    series = [one for one in tiff.series if not one.keyframe.is_reduced]
    if not series:
        raise Unreadable("the file is truncated: no image is left; fetch or export it again")
    if len(series) != 1:
        raise Unreadable(
            f"expected one image, found {len(series)}; save the one to use as a file of its own"
        )
    axes, shape = series[0].get_axes(squeeze=True), series[0].get_shape(squeeze=True)
    if axes.replace("S", "") != "YX":
        raise Unreadable(
            f"expected one image, found a stack of shape {shape} ({axes}); "
            "save the plane to use as a file of its own"
        )
    return series[0]


def _check_complete(tiff: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> None:
    """Refuse a TIFF whose pixels lie past its end; decoders may fill the gap silently."""
    size = tiff.filehandle.size
    for page in series.pages:
        if page is None:
            raise Unreadable("the file is truncated: a plane of the image is missing")
        segments = list(zip(page.dataoffsets, page.databytecounts, strict=True))
        end = max(offset + count for offset, count in segments)
        if end > size or not all(offset and count for offset, count in segments):
            raise Unreadable(
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
    raise Unreadable(f"expected gray, RGB or palette colours, found {photometric.name}")


def _with_channels(samples: np.ndarray, expected: tuple[int, ...]) -> np.ndarray:
    found = samples.shape[2] if samples.ndim == 3 else 1
    if found not in expected:
        raise Unreadable(
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
