"""What the page shows: images, and the maps of each with their names and descriptions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from zeroshot_em.data.images import read_image
from zeroshot_em.errors import InputError
from zeroshot_em.show.captions import (
    MODEL_LABELS,
    MODEL_TITLES,
    SIMULATED,
    FittedModel,
    ImageFacts,
)

UNITS = {"grey levels": "grey value", "counts": "count"}
INPUT_DESCRIPTIONS = {
    "grey levels": "The image as the models see it: one grey value a pixel, never rescaled.",
    "counts": "The image as the models see it: grey values turned into counts by the gain and "
    "offset estimated from it.",
}
TRUTH = (
    "What a camera without noise would have recorded of the simulated scene; no method is given it."
)
KINDS = {
    "denoised": (
        "denoised",
        "The {merge} of the estimates that all overlapping patches make of a pixel.",
    ),
    "variance": (
        "variance",
        "The paper's variance image: the variance between the estimates that overlapping patches "
        "give of a pixel.",
    ),
    "within_variance": (
        "within variance",
        "The model's own posterior variance of a pixel, averaged over the overlapping patches.",
    ),
    "total_variance": (
        "total variance",
        "The variance between the estimates of overlapping patches plus the model's own posterior "
        "variance.",
    ),
}
SPARE_KINDS = ("within_variance", "total_variance")
_MODEL_MAP = re.compile(rf"(?P<fit>({'|'.join(MODEL_LABELS)})_p\d+)_(?P<kind>{'|'.join(KINDS)})")
_ENHANCED_MAP = re.compile(r".+_(?P<kind>denoised|variance)")
_BM3D_MAP = re.compile(r"bm3d_s(?P<sigma>[0-9.e+-]+)")


@dataclass(frozen=True)
class ViewerMap:
    """One picture that can be chosen.

    Parameters
    ----------
    title : str
        Its name in the list of maps.
    group : str
        The heading it stands under in that list.
    description : str
        A sentence or two that say what it is.
    pixels : ndarray of shape (height, width) or (height, width, 3)
        Values as they are read out; three channels are red, green and blue from 0 to 255.
    unit : str
        What the values are counted in.
    border : int
        Pixels along each edge that take no part in the display stretch.
    is_spare : bool
        Whether the page may leave it out to become small enough.
    """

    title: str
    group: str
    description: str
    pixels: np.ndarray
    unit: str = "grey value"
    border: int = 0
    is_spare: bool = False

    @property
    def key(self) -> str:
        """The title as an address can hold it."""
        return re.sub(r"[^a-z0-9.]+", "-", self.title.lower().replace("σ", "s")).strip("-")


@dataclass(frozen=True)
class ViewerImage:
    """One micrograph and the maps made from it, all of one shape.

    Parameters
    ----------
    name : str
        Its name in the configuration, such as ``four_viruses``.
    maps : sequence of ViewerMap
        The maps in the order of the list.
    description : str
        Where it comes from and how it was cut out.
    pixel_size_nm : float or None
        The edge of a pixel in nanometres, None if it is unknown.
    simulated : bool
        Whether the micrograph comes from the simulator.
    """

    name: str
    maps: Sequence[ViewerMap]
    description: str = ""
    pixel_size_nm: float | None = None
    simulated: bool = False

    @property
    def title(self) -> str:
        """The name as words."""
        return self.name.replace("_", " ").capitalize()


def read_viewer_image(
    name: str,
    *,
    input_path: str | PathLike[str],
    map_paths: Sequence[str | PathLike[str]],
    model_paths: Sequence[str | PathLike[str]] = (),
    merges: Sequence[str] = (),
    colorized_path: str | PathLike[str] | None = None,
    image_entry: Mapping[str, Any],
    source_entry: Mapping[str, Any],
) -> ViewerImage:
    """Read a micrograph and its maps, and describe each by its name and by what was run.

    Parameters
    ----------
    name : str
        The image's name in the configuration.
    input_path : path
        The micrograph as the models saw it.
    map_paths : sequence of path
        Files named ``<model>_p<patch size>_<kind>`` or ``bm3d_s<sigma>``, ``<image>_denoised``
        and ``<image>_variance`` as `enhance` makes them, and of a simulated scene
        ``<image>_clean``.
    model_paths : sequence of path
        The models that made the maps, named ``<model>_p<patch size>``.
    merges : sequence of {"mean", "median"}
        How the estimates of each model were merged; the mean where nothing is said.
    colorized_path : path, optional
        The colourised variance image, (height, width, 3), 8 or 16 bits a channel.
    image_entry, source_entry : mapping
        The configuration's entries of the image and of the source that it is cut from.

    Raises
    ------
    InputError
        If a file cannot be read, its name does not say what it holds, or a map's model is
        missing.
    """
    micrograph = read_image(input_path)
    height, width = micrograph.pixels.shape
    facts = ImageFacts(source_entry, image_entry, (height, width), micrograph.pixel_size_nm, name)
    unit = UNITS[facts.unit]
    models = {
        Path(path).stem: FittedModel.read(path, merge or "mean")
        for path, merge in zip_longest(model_paths, merges)
    }
    maps = [
        ViewerMap("Input", "Input", INPUT_DESCRIPTIONS[facts.unit], micrograph.pixels, unit),
        *(_read_map(Path(path), models, unit) for path in map_paths),
    ]
    if colorized_path is not None:
        maps.append(_read_colorized(Path(colorized_path)))
    description = f"{facts.sentence()} {SIMULATED}" if facts.simulated else facts.sentence()
    return ViewerImage(name, maps, description, micrograph.pixel_size_nm, facts.simulated)


def _read_map(path: Path, models: Mapping[str, FittedModel], unit: str) -> ViewerMap:
    if match := _MODEL_MAP.fullmatch(path.stem):
        return _read_model_map(path, match["kind"], models.get(match["fit"]), unit)
    if match := _ENHANCED_MAP.fullmatch(path.stem):
        return _read_enhanced_map(path, match["kind"], unit)
    if path.stem.endswith("_clean"):
        return ViewerMap("Truth", "Simulated truth", TRUTH, read_image(path).pixels, unit)
    if match := _BM3D_MAP.fullmatch(path.stem):
        return ViewerMap(
            title=f"BM3D, σ = {match['sigma']}",
            group="BM3D",
            description="Denoised by block matching and 3D filtering (BM3D), told that the noise "
            f"has a standard deviation of {match['sigma']} {unit}s.",
            pixels=read_image(path).pixels,
            unit=unit,
        )
    raise InputError(
        f"{path}: expected a map named <model>_p<patch size>_<kind> or bm3d_s<sigma>; rename it"
    )


def _read_model_map(path: Path, kind: str, fitted: FittedModel | None, unit: str) -> ViewerMap:
    if fitted is None:
        raise InputError(f"{path}: the file of the model that made this map is not given; add it")
    size = f"{fitted.patch_size} × {fitted.patch_size}"
    words, sentence = KINDS[kind]
    said = sentence.format(merge=fitted.merge)
    return ViewerMap(
        title=f"{fitted.label} {words}, {size}",
        group=f"{fitted.label}, {size} patches",
        description=f"{said} By {MODEL_TITLES[fitted.name]}: {fitted.phrase()}.",
        pixels=read_image(path).pixels,
        unit=unit if kind == "denoised" else f"{unit}²",
        border=fitted.patch_size - 1,
        is_spare=kind in SPARE_KINDS,
    )


def _read_enhanced_map(path: Path, kind: str, unit: str) -> ViewerMap:
    return ViewerMap(
        title=f"enhance, {kind}",
        group="Chosen by enhance",
        description=f"{KINDS[kind][1].format(merge='mean')} By what the command enhance chooses "
        "from the image.",
        pixels=read_image(path).pixels,
        unit=unit if kind == "denoised" else f"{unit}²",
    )


def _read_colorized(path: Path) -> ViewerMap:
    try:
        pixels = tifffile.imread(path)
    except (OSError, tifffile.TiffFileError) as error:
        raise InputError(f"{path}: expected a colour TIFF that can be read: {error}") from error
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype.kind != "u":
        raise InputError(
            f"{path}: expected red, green and blue as unsigned integers, "
            f"got {pixels.dtype} of shape {pixels.shape}"
        )
    return ViewerMap(
        title="Colourised variance",
        group="Colourised",
        description="The variance image, contrast-enhanced and coloured by a mask: the cell blue, "
        "the rest yellow. The colours are drawn, not measured.",
        pixels=np.round(pixels * (255 / np.iinfo(pixels.dtype).max)),
        unit="of 255",
    )
