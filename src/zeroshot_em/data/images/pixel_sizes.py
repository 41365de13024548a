"""The size of a pixel, from the tags of OME, the microscope's maker, ImageJ or the format."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import tifffile
from PIL import Image

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


def tiff_pixel_size(tiff: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> float | None:
    """Read the pixel size from the tags of OME, the microscope's maker, ImageJ or TIFF itself."""
    for read in (_ome_pixel_size, _maker_pixel_size, _resolution_pixel_size):
        with suppress(KeyError, TypeError, ValueError, ZeroDivisionError, AttributeError):
            size = plausible(read(tiff, series.keyframe))
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


def plausible(size: float) -> float | None:
    """Return a size in nm unless no microscope has such pixels."""
    return size if 0 < size <= LARGEST_PIXEL_NM else None


def pillow_pixel_size(path: Path) -> float | None:
    """Return the pixel size in nm of a PNG or JPEG, None where it does not say."""
    with Image.open(path) as image:
        dots_per_inch = image.info.get("dpi", (0,))[0]
    return plausible(2.54e7 / float(dots_per_inch)) if dots_per_inch else None
