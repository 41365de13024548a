"""No pixel size that a file states is lost, whoever wrote it: one row a tag."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from dm_files import dm_file
from PIL import Image

from zeroshot_em.data.images import read_image, write_image

GRAY = np.random.default_rng(5).integers(0, 256, (40, 64), dtype=np.uint8)
INCH_NM, CM_NM = 2.54e7, 1e7
Write = Callable[[Path], None]


def tiff(**options: Any) -> Write:
    return lambda path: tifffile.imwrite(path, GRAY, **{"metadata": None, **options})


def tagged(code: int, text: str | bytes, **options: Any) -> Write:
    content = text.encode("latin-1") if isinstance(text, str) else text
    return tiff(extratags=[(code, 2 if isinstance(text, str) else 1, 0, content, True)], **options)


def imagej(unit: str, size: float, **options: Any) -> Write:
    return tiff(
        resolution=(1 / size, 1 / size),
        description=f"ImageJ=1.54f\nunit={unit}\n",
        **options,
    )


def ome(size: float, unit: str | None) -> Write:
    facts = {"axes": "YX", "PhysicalSizeX": size} | ({"PhysicalSizeXUnit": unit} if unit else {})
    return tiff(ome=True, metadata=facts)


def per(unit: str, size_nm: float, of_unit_nm: float) -> Write:
    return tiff(resolution=(of_unit_nm / size_nm,) * 2, resolutionunit=unit)


def without_tag(write: Write, code: int) -> Write:
    """Give a tag a number that nobody knows, so that it is not there."""

    def rewrite(path: Path) -> None:
        write(path)
        content = bytearray(path.read_bytes())
        at = content.index(struct.pack("<HHI", code, 3, 1))
        content[at : at + 2] = struct.pack("<H", 65100)
        path.write_bytes(content)

    return rewrite


def olympus(path: Path) -> None:
    tifffile.imwrite(path, GRAY, extratags=[(33560, 4, 1, 0, True)])
    data = bytearray(path.read_bytes())
    block = len(data)
    tag = data.index(struct.pack("<HHI", 33560, 4, 1)) + 8
    data[tag : tag + 4] = struct.pack("<I", block)
    calibration = struct.pack("<10xhdd8xd2x34s32s", -9, 0.54, 0.54, 1e5, b"camera", b"picture")
    data += struct.pack("<4s6xhhhhh6x32sH", b"SIS0", 0, 12, 1, 0, 120, b"image", 1)
    data += struct.pack("<hhI", 1, 1, block + 68) + calibration
    path.write_bytes(data)


def tvips() -> Write:
    first = np.zeros((), tifffile.TIFF.TVIPS_HEADER_V1)
    second = np.zeros((), tifffile.TIFF.TVIPS_HEADER_V2)
    first["Version"], second["Magic"], second["PixelSizeX"] = 2, 0xAAAAAAAA, 0.54
    return tagged(37706, first.tobytes() + second.tobytes())


def jeol(mode: str) -> Write:
    report = (
        "<TemReporter><Eos><EosMode>eosTEM</EosMode></Eos><ImageFormingSystem>"
        f"<ModeString>{mode}</ModeString><SelectorValue>30000</SelectorValue>"
        "</ImageFormingSystem></TemReporter>"
    )
    return tiff(
        description=report,
        resolution=(CM_NM / (0.54 * 30000),) * 2,
        resolutionunit="CENTIMETER",
        extratags=[(271, 2, 0, "JEOL Ltd.", True)],
    )


def mrc(size_nm: float) -> Write:
    def write(path: Path) -> None:
        mrcfile = pytest.importorskip("mrcfile")
        with mrcfile.new(path) as opened:
            opened.set_data(GRAY.astype("float32"))
            opened.voxel_size = 10 * size_nm

    return write


def dm(size: float, unit: str) -> Write:
    return lambda path: path.write_bytes(dm_file(GRAY, size, unit, 3)) and None


def printed(kind: str, dots_per_inch: float) -> Write:
    return lambda path: Image.fromarray(GRAY).save(path, kind, dpi=(dots_per_inch,) * 2)


FEI = "[Beam]\r\nBeam=EBeam\r\n[EBeam]\r\nHFW=3.456e-8\r\n[Image]\r\nResolutionX=64\r\n"
SCAN = "[Scan]\r\nPixelWidth=5.4e-10\r\nPixelHeight=5.4e-10\r\n"
FIELD = "[Scan]\r\nHorFieldsize=3.456e-8\r\n"
TITAN = '<FeiImage><PixelSize><X unit="nm">0.54</X><Y unit="nm">0.54</Y></PixelSize></FeiImage>'
AMT = "AMT Camera System\n8000\nXpixCal=1851.851852\nYpixCal=1851.851852\nUnit=micron\n##fv3\n"
UNNAMED = f"1\r\n2\r\n3\r\n{5.4e-10 * 64 / 1024}\r\n"

ROWS: list[tuple[str, Write, float | None]] = [
    ("OME nm", ome(0.54, "nm"), 0.54),
    ("OME without a unit: um", ome(0.00054, None), 0.54),
    ("OME um", ome(0.00054, "µm"), 0.54),
    ("OME angstrom", ome(5.4, "Å"), 0.54),
    ("OME over 1 um", ome(1.5, "µm"), 1500),
    ("OME pixel", ome(1, "pixel"), None),
    ("FEI scan", tagged(34682, SCAN), 0.54),
    ("FEI S-FEG scan", tagged(34680, SCAN), 0.54),
    ("FEI field of view and resolution", tagged(34682, FEI), 0.54),
    ("FEI field size", tagged(34682, FIELD), 0.54),
    ("FEI over 1 um", tagged(34682, "[Scan]\r\nPixelWidth=1.5e-6\r\n"), 1500),
    ("FEI Titan XML", tagged(34683, TITAN), 0.54),
    ("Zeiss image pixel size", tagged(34118, "AP_IMAGE_PIXEL_SIZE\r\nSize = 540.0 pm\r\n"), 0.54),
    ("Zeiss pixel size alone", tagged(34118, "AP_PIXEL_SIZE\r\nPixel Size = 0.54 nm\r\n"), 0.54),
    ("Zeiss unnamed", tagged(34118, UNNAMED), 0.54),
    ("Zeiss over 1 um", tagged(34118, "AP_PIXEL_SIZE\r\nPixel Size = 1.5 µm\r\n"), 1500),
    ("TVIPS", tvips(), 0.54),
    ("JEOL SightX", jeol("MAG"), 0.54),
    ("JEOL SightX low magnification", jeol("LOWMAG"), 0.54),
    ("JEOL SightX diffraction", jeol("DIFF"), None),
    ("Olympus", olympus, 0.54),
    ("Tescan", tagged(50431, b"[MAIN]\r\nPixelSizeX=5.4e-10\r\nPixelSizeY=5.4e-10\r\n"), 0.54),
    ("AMT", tiff(description=AMT), 0.54),
    ("Gatan", tiff(extratags=[(65003, 2, 0, "nm", True), (65009, 12, 1, 0.54, True)]), 0.54),
    *(
        (f"ImageJ {unit}", imagej(unit, size), 0.54)
        for unit, size in {
            "nm": 0.54, "nanometer": 0.54, "nanometers": 0.54, "Nanometres": 0.54, "um": 0.00054,
            "\\u00B5m": 0.00054, "micron": 0.00054, "microns": 0.00054, "micrometer": 0.00054,
            "micrometers": 0.00054, "micrometre": 0.00054, "angstrom": 5.4, "angstroms": 5.4,
            "\\u00C5": 5.4, "A": 5.4, "\\u00C5ngstr\\u00F6m": 5.4, "mm": 5.4e-7, "pm": 540,
            "millimeters": 5.4e-7, "m": 5.4e-10,
        }.items()
    ),
    ("ImageJ without a resolution unit", without_tag(imagej("nm", 0.54), 296), 0.54),
    ("ImageJ over 1 um", imagej("micron", 1.5), 1500),
    ("ImageJ pixel", imagej("pixel", 1), None),
    ("ImageJ 72 dots per inch", imagej("inch", 1 / 72), None),
    ("TIFF per inch", per("INCH", 0.54, INCH_NM), 0.54),
    ("TIFF per centimetre", per("CENTIMETER", 0.54, CM_NM), 0.54),
    ("TIFF without a unit: per inch", without_tag(per("INCH", 0.54, INCH_NM), 296), 0.54),
    ("TIFF of no unit", per("NONE", 0.54, INCH_NM), None),
    ("TIFF of 72 dots per inch", per("INCH", INCH_NM / 72, INCH_NM), None),
    ("TIFF of nonsense", tiff(resolution=((0, 1), (0, 1)), resolutionunit="INCH"), None),
    ("MRC", mrc(0.54), 0.54),
    ("MRC over 1 um", mrc(1500), 1500),
    ("DM nm", dm(0.54, "nm"), 0.54),
    ("DM um", dm(0.00054, "µm"), 0.54),
    ("DM over 1 um", dm(1.5, "µm"), 1500),
    ("DM of a diffraction pattern", dm(0.1, "1/nm"), None),
    *(
        (f"{kind} of {dpi} dots per inch", printed(kind, dpi), None)
        for kind in ("TIFF", "PNG", "JPEG")
        for dpi in (1, 72, 96, 300, 1200)
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "write", "size"), ROWS, ids=[row[0] for row in ROWS])
def test_pixel_size(tmp_path: Path, name: str, write: Write, size: float | None) -> None:
    write(tmp_path / "a.file")
    found = read_image(tmp_path / "a.file").pixel_size_nm
    assert found == (size if size is None else pytest.approx(size, rel=1e-5))


@pytest.mark.parametrize("size", [1e-4, 0.54, 12.5, 1500, 1e6])
def test_what_is_written_keeps_its_size(tmp_path: Path, size: float) -> None:
    write_image(tmp_path / "a.tif", GRAY, size)
    assert read_image(tmp_path / "a.tif").pixel_size_nm == pytest.approx(size, rel=1e-6)


def size_by_tifffile(path: Path) -> float:
    with tifffile.TiffFile(path) as tiff:
        if tiff.is_ome:
            pixels = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]["Pixels"]
            return pixels["PhysicalSizeX"] * NM[pixels["PhysicalSizeXUnit"]]
        dots, per_unit = tiff.pages[0].tags["XResolution"].value
        return per_unit / dots * NM[tiff.imagej_metadata["unit"]]


def size_by_mrcfile(path: Path) -> float:
    import mrcfile

    with mrcfile.open(path) as opened:
        return float(opened.voxel_size.x) / 10


def size_by_rosettasciio(path: Path) -> float:
    from rsciio import mrc, tiff

    (image,) = (mrc if path.suffix == ".mrc" else tiff).file_reader(str(path))
    return image["axes"][-1]["scale"] * NM[image["axes"][-1]["units"]]


NM = {"nm": 1.0, "Å": 0.1, "µm": 1000.0}
OTHERS: dict[str, tuple[Callable[[Path], float], ...]] = {
    ".tif": (size_by_tifffile, size_by_rosettasciio),
    ".ome.tif": (size_by_tifffile, size_by_rosettasciio),
    ".mrc": (size_by_mrcfile, size_by_rosettasciio),
}


# rosettasciio leaves a file open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("suffix", OTHERS)
@pytest.mark.parametrize(
    ("write", "size"), [row[1:] for row in ROWS if row[2]], ids=[row[0] for row in ROWS if row[2]]
)
def test_every_size_survives_in_every_format_and_for_every_reader(
    tmp_path: Path, write: Write, size: float, suffix: str
) -> None:
    pytest.importorskip("rsciio")
    write(tmp_path / "a.file")
    image = read_image(tmp_path / "a.file")
    path = tmp_path / f"b{suffix}"
    write_image(path, image.pixels, image.pixel_size_nm)
    for read in (lambda path: read_image(path).pixel_size_nm, *OTHERS[suffix]):
        assert read(path) == pytest.approx(size, rel=1e-5)
