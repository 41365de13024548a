"""The page itself: catalogue, scripts and pixels in one file."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from zeroshot_em.data.files import atomic_path
from zeroshot_em.errors import InputError
from zeroshot_em.show.page import assets_of, render
from zeroshot_em.show.viewer.catalogue import ViewerImage, ViewerMap
from zeroshot_em.show.viewer.encode import EncodedPlane, choose_step, encode_planes, shown_limits
from zeroshot_em.show.viewer.scripts import join_modules

MAX_BYTES = 15_000_000
# Steps between black and white to try in turn: with all maps, then without those one can spare.
LEVELS = (4096, 2048, 1024, 512, 256)
SPARING_LEVELS = (1024, 512, 256, 128, 64)
COLOUR_MAPS = {
    "Grey": "gray",
    "Inverted grey": "gray_r",
    "Viridis": "viridis",
    "Cividis": "cividis",
    "Magma": "magma",
}


@dataclass(frozen=True)
class _EncodedMap:
    source: ViewerMap
    step: float
    exact: bool
    limits: tuple[float, float]
    planes: list[EncodedPlane]


def build_viewer(
    images: Sequence[ViewerImage],
    destination: str | os.PathLike[str],
    *,
    title: str = "Maps",
    max_bytes: int = MAX_BYTES,
) -> int:
    """Write the page that compares the maps of each image.

    Maps of whole numbers are kept exactly; others are rounded to a step that the page states,
    the finest for which the page is no larger than `max_bytes`. Where no step is coarse enough,
    the maps marked as spare are left out and the page says so.

    Parameters
    ----------
    images : sequence of ViewerImage
        At least one, each with at least one map.
    destination : path
        The HTML file to write.
    title : str, default="Maps"
        The page's heading.
    max_bytes : int, default=15_000_000
        The largest size of the page.

    Returns
    -------
    int
        The size of the page in bytes.

    Raises
    ------
    InputError
        If there is nothing to show, the maps of an image differ in shape or hold values that
        are not finite, or the page is too large even at the coarsest step.
    """
    for image in images:
        _check(image)
    if not images:
        raise InputError("expected at least one image to show, got none")
    sparing = [_without_spare_maps(image) for image in images]
    attempts = [(images, n) for n in LEVELS] + [(sparing, n) for n in SPARING_LEVELS]
    for shown, n_levels in attempts:
        page = _render(shown, title, n_levels).encode("utf-8")
        if len(page) <= max_bytes:
            _write(Path(destination), page)
            return len(page)
    raise InputError(
        f"the page would take {len(page) / 1e6:.1f} MB and may take {max_bytes / 1e6:.1f} MB; "
        "give it fewer maps, or smaller ones"
    )


def _without_spare_maps(image: ViewerImage) -> ViewerImage:
    kept = [shown for shown in image.maps if not shown.is_spare]
    if len(kept) == len(image.maps):
        return image
    left_out = ", ".join(shown.title for shown in image.maps if shown.is_spare)
    note = f" Left out to keep this page small: {left_out}."
    return replace(image, maps=kept, description=image.description + note)


def _check(image: ViewerImage) -> None:
    if not image.maps:
        raise InputError(f"image {image.name}: expected at least one map, got none")
    shape = image.maps[0].pixels.shape[:2]
    for shown in image.maps:
        pixels = shown.pixels
        if pixels.shape[:2] != shape or pixels.shape[2:] not in ((), (3,)):
            raise InputError(
                f"image {image.name}: {shown.title} has shape {pixels.shape}, but "
                f"{image.maps[0].title} has {shape}; maps are compared pixel by pixel"
            )
        if not np.isfinite(pixels).all():
            raise InputError(f"image {image.name}: {shown.title} has values that are not finite")


def _render(images: Sequence[ViewerImage], title: str, n_levels: int) -> str:
    encoded = [[_encode(shown, n_levels) for shown in image.maps] for image in images]
    catalogue = {
        "images": [_describe(*pair) for pair in zip(images, encoded, strict=True)],
        "colourMaps": {name: _shades(known) for name, known in COLOUR_MAPS.items()},
    }
    return render(
        __package__,
        title=title,
        images_from="data:",
        script=join_modules(_scripts()),
        catalogue=json.dumps(catalogue, ensure_ascii=False).replace("<", "\\u003c"),
        pixels="\n".join(_pixel_elements(encoded)),
    )


def _encode(shown: ViewerMap, n_levels: int) -> _EncodedMap:
    limits = shown_limits(shown.pixels, shown.border)
    step, exact = choose_step(shown.pixels, limits, n_levels)
    return _EncodedMap(shown, step, exact, limits, encode_planes(shown.pixels, step))


def _describe(image: ViewerImage, encoded: Sequence[_EncodedMap]) -> dict[str, Any]:
    height, width = image.maps[0].pixels.shape[:2]
    return {
        "key": image.name,
        "title": image.title,
        "description": image.description,
        "width": width,
        "height": height,
        "pixelSizeNm": image.pixel_size_nm,
        "simulated": image.simulated,
        "maps": [_describe_map(shown) for shown in encoded],
    }


def _describe_map(shown: _EncodedMap) -> dict[str, Any]:
    return {
        "key": shown.source.key,
        "title": shown.source.title,
        "group": shown.source.group,
        "description": shown.source.description,
        "unit": shown.source.unit,
        "step": shown.step,
        "exact": shown.exact,
        "black": shown.limits[0],
        "white": shown.limits[1],
        "nBytes": [plane.n_bytes for plane in shown.planes],
    }


def _pixel_elements(encoded: Sequence[Sequence[_EncodedMap]]) -> list[str]:
    return [
        f'<script type="text/plain" id="pixels-{i}-{m}-{c}">{plane.text}</script>'
        for i, maps in enumerate(encoded)
        for m, shown in enumerate(maps)
        for c, plane in enumerate(shown.planes)
    ]


def _shades(colour_map: str) -> str:
    """Return 256 colours from black to white, each as RRGGBB."""
    return bytes(mpl.colormaps[colour_map](np.arange(256), bytes=True)[:, :3].ravel()).hex()


def _scripts() -> dict[str, str]:
    """Return the text of each script by its name."""
    scripts = [file for file in assets_of(__package__).iterdir() if file.name.endswith(".js")]
    scripts.sort(key=lambda file: file.name)
    return {file.name.removesuffix(".js"): file.read_text(encoding="utf-8") for file in scripts}


def _write(destination: Path, page: bytes) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(destination) as path:
        path.write_bytes(page)
