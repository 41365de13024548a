"""The size of a pixel, from the tags of OME, the microscope's maker, ImageJ or the format.

A size that one of them states is kept whatever it is. Dots per inch or centimetre are those of a
printer or a screen, unless they are so many that only a microscope has such pixels.
"""

import math
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

import tifffile

LARGEST_PRINTED_NM = 1000.0
"""Pixels that dots per inch or centimetre make larger are those of a printer or a screen."""

NM_PER_UNIT = {
    "m": 1e9, "meter": 1e9,
    "cm": 1e7, "centimeter": 1e7,
    "inch": 2.54e7, "in": 2.54e7,
    "mm": 1e6, "millimeter": 1e6,
    "μm": 1e3, "um": 1e3, "micron": 1e3, "micrometer": 1e3,
    "nm": 1.0, "nanometer": 1.0,
    "å": 0.1, "a": 0.1, "angstrom": 0.1, "ångström": 0.1, "ångstrom": 0.1, "angström": 0.1,
    "pm": 1e-3, "picometer": 1e-3,
}  # fmt: skip
PRINTERS_UNITS = ("cm", "centimeter", "inch", "in")


def nm_per_unit(unit: str) -> float:
    """Return how many nm a unit of length has, spelled out or not, singular or plural.

    Raises
    ------
    KeyError
        If it is no unit of length.
    """
    return NM_PER_UNIT[_plain(unit)]


def _plain(unit: str) -> str:
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), unit)
    text = unicodedata.normalize("NFKC", text).strip("\0 ").lower().replace("metre", "meter")
    return text.removesuffix("es") if text == "inches" else re.sub(r"(?<=\w{4})s$", "", text)


def stated(size: float) -> float | None:
    """Return a size in nm if it is one."""
    return float(size) if 0 < size < math.inf else None


def not_printed(size: float) -> float | None:
    """Return a size in nm unless it comes from the dots per inch of a printer or a screen."""
    return stated(size) if size <= LARGEST_PRINTED_NM else None


def tiff_pixel_size(tiff: tifffile.TiffFile, page: Any) -> float | None:
    """Return the width in nm of the pixels of a TIFF, None where it does not say."""
    for read in STATED_BY:
        with suppress(KeyError, TypeError, ValueError, ZeroDivisionError, AttributeError,
                      IndexError, ElementTree.ParseError):  # fmt: skip
            size = stated(read(tiff, page))
            if size is not None:
                return size
    return None


def _ome(tiff: Any, page: Any) -> float:
    images = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]
    pixels = (images[0] if isinstance(images, list) else images)["Pixels"]
    return float(pixels["PhysicalSizeX"]) * nm_per_unit(pixels.get("PhysicalSizeXUnit", "µm"))


def _fei_scan(tiff: Any, page: Any) -> float:
    return float(tiff.fei_metadata["Scan"]["PixelWidth"]) * 1e9


def _fei_field_of_view(tiff: Any, page: Any) -> float:
    sections = tiff.fei_metadata
    width = sections.get("Image", {}).get("ResolutionX", page.imagewidth)
    keys = ("HFW", "HorFieldsize")
    fields = (section[key] for section in sections.values() for key in keys if key in section)
    return float(next(fields, "none")) / float(width) * 1e9


def _fei_xml(tiff: Any, page: Any) -> float:
    size = ElementTree.fromstring(_text(page, 34683)).find(".//PixelSize/X")
    return float(size.text) * nm_per_unit(size.get("unit", "m"))  # type: ignore[union-attr, arg-type]


def _zeiss(tiff: Any, page: Any) -> float:
    for key in ("ap_image_pixel_size", "ap_pixel_size"):
        if len(tiff.sem_metadata.get(key, ())) == 3:
            _, size, unit = tiff.sem_metadata[key]
            return float(size) * nm_per_unit(unit)
    # The fourth of the numbers without a name is the pixel in m of an image 1024 pixels wide.
    return float(tiff.sem_metadata[""][3]) * 1024 / page.imagewidth * 1e9


def _tvips(tiff: Any, page: Any) -> float:
    return float(tiff.tvips_metadata["PixelSizeX"])


def _jeol(tiff: Any, page: Any) -> float:
    """Return the camera's pixel over the magnification; a diffraction pattern has none."""
    if not _text(page, "Make").startswith("JEOL"):
        raise KeyError
    report = ElementTree.fromstring(page.description.strip("\0\1 \r\n\t"))
    imaging = report.find("ImageFormingSystem")
    if imaging is None or "MAG" not in imaging.findtext("ModeString", ""):
        raise KeyError
    return _per_resolution(page) / float(imaging.findtext("SelectorValue", ""))


def _olympus(tiff: Any, page: Any) -> float:
    return float(tiff.sis_metadata["pixelsizex"]) * 1e9


def _tescan(tiff: Any, page: Any) -> float:
    found = re.search(r"PixelSizeX\s*=\s*(\S+)", _text(page, 50431))
    return float(found[1]) * 1e9  # type: ignore[index]


def _amt(tiff: Any, page: Any) -> float:
    found = re.search(r"XpixCal=(\d+(?:\.\d+)?).*?Unit=(\w+)", page.description, re.DOTALL)
    return nm_per_unit(found[2]) / float(found[1])  # type: ignore[index]


def _gatan(tiff: Any, page: Any) -> float:
    return float(page.tags.valueof(65009)) * nm_per_unit(_text(page, 65003))


def _imagej(tiff: Any, page: Any) -> float:
    unit = tiff.imagej_metadata["unit"]
    dots, per = page.tags["XResolution"].value
    size = per / dots * nm_per_unit(unit)
    return (not_printed(size) or math.nan) if _plain(unit) in PRINTERS_UNITS else size


def _resolution(tiff: Any, page: Any) -> float:
    return not_printed(_per_resolution(page)) or math.nan


def _per_resolution(page: Any) -> float:
    """Return the size in nm that the resolution makes of a pixel; inches are TIFF's own unit."""
    dots, per = page.tags["XResolution"].value
    unit = page.tags.valueof("ResolutionUnit", default=2)
    return per / dots * {2: NM_PER_UNIT["inch"], 3: NM_PER_UNIT["cm"]}[int(unit)]


def _text(page: Any, tag: int | str) -> str:
    value = page.tags.valueof(tag, default="")
    return value if isinstance(value, str) else bytes(value).decode("latin-1")


STATED_BY: tuple[Callable[[Any, Any], float], ...] = (
    _ome, _fei_scan, _fei_field_of_view, _fei_xml, _zeiss, _tvips, _jeol, _olympus, _tescan, _amt,
    _imagej, _gatan, _resolution,
)  # fmt: skip
