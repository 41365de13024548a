"""TIFF and OME-TIFF."""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from zeroshot_em.data.images.claims import check_chain, check_claim
from zeroshot_em.data.images.pixel_sizes import nm_per_unit, stated, tiff_pixel_size
from zeroshot_em.data.images.recording import Recording, Scale
from zeroshot_em.data.images.tiff_values import tiff_values
from zeroshot_em.data.images.unreadable import Unreadable

logging.getLogger("tifffile").addHandler(logging.NullHandler())

NAMED_AXES = "TZC"


def read_tiff(path: Path) -> Recording:
    """Return what a TIFF holds: an image, or a stack of planes of one size."""
    with tifffile.TiffFile(path) as tiff:
        check_chain(tiff)
        series = _only_series(tiff)
        check_claim(path, series.shape, series.dtype.itemsize)
        _check_complete(tiff, series)
        samples, axes = _samples(series)
        values, dtype, notes = tiff_values(tiff, series.keyframe, samples, "S" in axes)
        colour = "S" if values.ndim == len(axes.replace("S", "")) + 1 else ""
        kind = "ome-tiff" if tiff.is_ome else "tiff"
        axes = axes.replace("S", "") + colour
        return Recording(values, axes, _scale(tiff, series.keyframe), kind, dtype, notes)


def tiff_shape(path: Path) -> tuple[tuple[int, ...], str]:
    """Return the size of what a TIFF holds and its axes, from the headers alone."""
    with tifffile.TiffFile(path) as tiff:
        check_chain(tiff)
        series = _only_series(tiff)
        return series.get_shape(squeeze=True), series.get_axes(squeeze=True)


def _only_series(tiff: tifffile.TiffFile) -> tifffile.TiffPageSeries:
    series = [one for one in tiff.series if not one.keyframe.is_reduced]
    if not series:
        raise Unreadable("the file is truncated: no image is left; fetch or export it again")
    if len(series) != 1:
        raise Unreadable(
            f"expected one image, found {len(series)}; save the one to use as a file of its own"
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
    _check_imagej_stack(tiff, series)


def _check_imagej_stack(tiff: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> None:
    """Refuse a stack of ImageJ that has fewer planes than its description says."""
    said = int((tiff.imagej_metadata or {}).get("images", 1))
    planes = zip(series.get_axes(squeeze=False), series.get_shape(squeeze=False), strict=True)
    found = int(np.prod([length for axis, length in planes if axis not in "YXS"]))
    if found < said:
        raise Unreadable(
            f"the file is truncated: {found} of its {said} planes are there; "
            "fetch or export it again"
        )


def _samples(series: tifffile.TiffPageSeries) -> tuple[np.ndarray, str]:
    """Return samples with colours along the last axis, and a letter for each axis."""
    samples = series.asarray(squeeze=True)
    axes = series.get_axes(squeeze=True)
    if "S" in axes:
        samples = np.moveaxis(samples, axes.index("S"), -1)
        axes = axes.replace("S", "") + "S"
    others = axes.removesuffix("S").removesuffix("YX")
    named = "".join(axis if axis in NAMED_AXES else "I" for axis in others)
    if named.count("I") > 1 or not axes.removesuffix("S").endswith("YX"):
        raise Unreadable(f"expected an image or a stack, found axes {axes}, which are not known")
    return samples, axes.replace(others, named, 1) if others else axes


def _scale(tiff: tifffile.TiffFile, page: Any) -> Scale:
    spacing, interval = None, None
    with suppress(KeyError, TypeError, ValueError):
        if tiff.is_ome:
            images = tifffile.xml2dict(tiff.ome_metadata or "")["OME"]["Image"]
            pixels = (images[0] if isinstance(images, list) else images)["Pixels"]
            interval = _interval(pixels)
            unit = pixels.get("PhysicalSizeZUnit", "µm")
            spacing = stated(float(pixels["PhysicalSizeZ"]) * nm_per_unit(unit))
        elif tiff.imagej_metadata:
            facts = tiff.imagej_metadata
            interval = stated(float(facts.get("finterval", 0)))
            spacing = stated(float(facts["spacing"]) * nm_per_unit(facts["unit"]))
    return Scale(tiff_pixel_size(tiff, page), spacing, interval)


def _interval(pixels: dict[str, Any]) -> float | None:
    seconds = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "min": 60.0}
    unit = str(pixels.get("TimeIncrementUnit", "s"))
    return stated(float(pixels.get("TimeIncrement", 0)) * seconds.get(unit, 0))
