"""Figure 1: the variance image, contrast-enhanced and coloured, beside the input and the mask."""

import json
from pathlib import Path

from zeroshot_em.show import captions
from zeroshot_em.show.colorize import GAMMA, colorize, soften
from zeroshot_em.show.display import display_limits, stretch
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.panels import enhanced_variance
from zeroshot_em.show.figures.style import (
    GAP_MM,
    HEADER_MM,
    TWO_COLUMNS_MM,
    Page,
    Panel,
)

FLAT = 0.52
MASK_ORIGINS = {
    "polygon": "drawn by hand as a polygon",
    "file": "painted by hand",
    "seeds": "found by a watershed of the denoised image's gradient from seed points",
}


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from ``image``, ``variance``, ``model``, ``mask`` and its ``mask_report``."""
    [fitted] = materials.models
    [variance], [mask] = materials.maps("variance"), materials.maps("mask")
    pixels = materials.image.pixels
    gray, limits = enhanced_variance(variance, fitted.patch_size - 1)
    colored = colorize(gray, soften(mask > 0))
    flat = colorize(0 * gray + FLAT, (mask > 0).astype(float))
    page = _page(
        [
            Panel("Variance, enhanced and coloured", colored, materials.image.pixel_size_nm),
            Panel("Before colouring", gray),
            Panel("Input", stretch(pixels, display_limits([pixels]))),
            Panel("Mask, not data", flat),
        ]
    )
    report = json.loads(Path(materials.files["mask_report"]).read_text(encoding="utf-8"))
    unit = f"squared {materials.facts.unit}"
    caption = captions.compose(
        "1",
        "A spatial impression from one noisy electron micrograph",
        "(a) Variance of the pixel estimates of overlapping patches after contrast enhancement and "
        "colouring: the cell blue, the rest yellow. Colouring keeps the luminance of (b). "
        "(b) The same without colour. (c) The micrograph that it is made from. (d) The mask that "
        "chooses the colour, which is not data: "
        f"{MASK_ORIGINS[report['origin']]}{_overlap(report)}.",
        f"Black to white: variance {captions.limits_phrase(limits, unit)}, raised to the "
        f"power {GAMMA} after stretching. {captions.border_sentence(fitted.patch_size)}",
        facts=materials.facts,
        models=materials.models,
    )
    return page, caption


def _overlap(report: dict[str, float]) -> str:
    if "intersection_over_union" not in report:
        return ""
    return f"; its overlap with the true cell (IoU) is {report['intersection_over_union']:.3f}"


def _page(panels: list[Panel]) -> Page:
    """Return two pictures side by side, and two small ones below the second, as high as the first.

    The four fill a rectangle.
    """
    aspect = panels[0].display.shape[0] / panels[0].display.shape[1]
    between = GAP_MM + HEADER_MM
    second = (TWO_COLUMNS_MM - GAP_MM / 2 - between / aspect) / 2.5
    first, small = TWO_COLUMNS_MM - GAP_MM - second, (second - GAP_MM) / 2
    left, top = first + GAP_MM, HEADER_MM + second * aspect + between
    page = Page(TWO_COLUMNS_MM, HEADER_MM + first * aspect)
    places = (
        (0, HEADER_MM, first),
        (left, HEADER_MM, second),
        (left, top, small),
        (left + small + GAP_MM, top, small),
    )
    for panel, (from_left, from_top, width) in zip(panels, places, strict=True):
        page.show(page.axes(from_left, from_top, width, width * aspect), panel)
    return page
