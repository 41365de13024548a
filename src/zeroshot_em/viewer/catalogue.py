"""What the page shows: images, and the maps of each with their names and descriptions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import tifffile

from zeroshot_em.errors import InputError
from zeroshot_em.images import read_image

MODEL_NAMES = {"sssc": "SSSC", "gpmm": "GPMM"}
LONG_MODEL_NAMES = {
    "sssc": "spike-and-slab sparse coding (SSSC)",
    "gpmm": "the Gamma-Poisson mixture model (GPMM)",
}
KINDS = {
    "mean": (
        "mean",
        "The denoised image: each pixel merges the estimates of all overlapping patches, by "
        "{model}.",
    ),
    "variance": (
        "variance",
        "The paper's variance image: the variance between the estimates that overlapping patches "
        "give of a pixel, by {model}.",
    ),
    "within_variance": (
        "within variance",
        "The posterior variance of a pixel inside its patches, averaged over the overlapping "
        "patches, by {model}.",
    ),
    "total_variance": (
        "total variance",
        "The variance between the overlapping patches' estimates plus the posterior variance "
        "within them, by {model}.",
    ),
}
_MODEL_MAP = re.compile(rf"(?P<model>sssc|gpmm)_p(?P<size>\d+)_(?P<kind>{'|'.join(KINDS)})")
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
    """

    title: str
    group: str
    description: str
    pixels: np.ndarray
    unit: str = "grey value"
    border: int = 0


@dataclass(frozen=True)
class ViewerImage:
    """One micrograph and the maps made from it, all of one shape.

    Parameters
    ----------
    name : str
        Its name in the configuration, such as ``four_viruses``.
    maps : sequence of ViewerMap
        The maps in the order of the list.
    pixel_size_nm : float or None
        The edge of a pixel in nanometres, None if it is unknown.
    simulated : bool
        Whether the micrograph comes from the simulator.
    """

    name: str
    maps: Sequence[ViewerMap]
    pixel_size_nm: float | None = None
    simulated: bool = False

    @property
    def title(self) -> str:
        """The name as words."""
        return self.name.replace("_", " ").capitalize()


def read_viewer_image(
    name: str,
    input_path: str | PathLike[str],
    map_paths: Sequence[str | PathLike[str]],
    *,
    colorized_path: str | PathLike[str] | None = None,
    simulated: bool = False,
    notes: Mapping[str, str] | None = None,
) -> ViewerImage:
    """Read a micrograph and its maps, and describe each by the name of its file.

    Parameters
    ----------
    name : str
        The image's name in the configuration.
    input_path : path
        The micrograph as the models saw it.
    map_paths : sequence of path
        Files named ``<model>_p<patch size>_<kind>`` or ``bm3d_s<sigma>``.
    colorized_path : path, optional
        The colourised variance image, (height, width, 3), 8 or 16 bits a channel.
    simulated : bool, default=False
        Whether the micrograph comes from the simulator.
    notes : mapping of str to str, optional
        Sentences on how a map was made, added to its description: file name without suffix
        -> sentence.

    Raises
    ------
    InputError
        If a file cannot be read or its name says nothing about what it holds.
    """
    micrograph = read_image(input_path)
    notes = notes or {}
    maps = [ViewerMap("Input", "Input", _describe_input(simulated), micrograph.pixels)]
    maps += [_read_map(Path(path), notes) for path in map_paths]
    if colorized_path is not None:
        maps.append(_read_colorized(Path(colorized_path)))
    return ViewerImage(name, maps, micrograph.pixel_size_nm, simulated)


def _describe_input(simulated: bool) -> str:
    origin = "A simulated micrograph" if simulated else "The micrograph"
    return f"{origin} as the models see it: one grey value a pixel, never rescaled."


def _read_map(path: Path, notes: Mapping[str, str]) -> ViewerMap:
    pixels = read_image(path).pixels
    note = f" {notes[path.stem]}" if path.stem in notes else ""
    if match := _MODEL_MAP.fullmatch(path.stem):
        model, size, kind = match["model"], int(match["size"]), match["kind"]
        words, sentence = KINDS[kind]
        return ViewerMap(
            title=f"{MODEL_NAMES[model]} {words}, {size} × {size}",
            group=f"{MODEL_NAMES[model]}, {size} × {size} patches",
            description=sentence.format(model=LONG_MODEL_NAMES[model])
            + f" Patches of {size} × {size} pixels.{note}",
            pixels=pixels,
            unit="grey value" if kind == "mean" else "grey value²",
            border=size - 1,
        )
    if match := _BM3D_MAP.fullmatch(path.stem):
        return ViewerMap(
            title=f"BM3D, σ = {match['sigma']}",
            group="BM3D",
            description="Denoised by block matching and 3D filtering (BM3D), told that the noise "
            f"has a standard deviation of {match['sigma']} grey values.{note}",
            pixels=pixels,
        )
    raise InputError(
        f"{path}: expected a map named <model>_p<patch size>_<kind> or bm3d_s<sigma>; rename it"
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
        description="The variance image, coloured by a mask: the cell blue, the rest yellow. The "
        "colours are drawn, not measured.",
        pixels=np.round(pixels * (255 / np.iinfo(pixels.dtype).max)),
        unit="of 255",
    )
