"""Panels that several figures share."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from zeroshot_em.core.preprocess import crop
from zeroshot_em.show import captions
from zeroshot_em.show.colorize import enhance_contrast
from zeroshot_em.show.display import display_limits, stretch
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.style import Page, Panel, image_page

ENHANCED_PERCENTILES = (1.0, 99.8)


SPREAD = "√variance"
SPREAD_SENTENCE = "Variances are drawn by their square root, the standard deviation."


def stretch_spread(variance: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Return the display values of a variance image: of its square root, between two variances."""
    low, high = (max(limit, 0.0) ** 0.5 for limit in limits)
    return stretch(np.sqrt(np.maximum(variance, 0)), (low, high))


def enhanced_variance(variance: np.ndarray, border: int) -> tuple[np.ndarray, tuple[float, float]]:
    """Return the gray picture that Fig. 1 colours, and the variances shown black and white."""
    limits = display_limits([variance], border, ENHANCED_PERCENTILES)
    return enhance_contrast(variance, limits), limits


def denoised_and_variance_panels(materials: Materials) -> tuple[list[Panel], str]:
    """Return input, denoised image and variance, and a sentence on how they are displayed.

    Input and denoised image have the same stretch, so that they can be compared.
    """
    [fitted] = materials.models
    [denoised], [variance] = materials.maps("denoised"), materials.maps("variance")
    border = fitted.patch_size - 1
    grey = display_limits([materials.image.pixels, denoised], border)
    spread = display_limits([variance], border)
    unit = materials.facts.unit
    panels = [
        Panel("Input", stretch(materials.image.pixels, grey), materials.image.pixel_size_nm),
        Panel(f"{fitted.title}, {fitted.merge}", stretch(denoised, grey)),
        Panel(f"{fitted.title}, {SPREAD}", stretch_spread(variance, spread)),
    ]
    display = (
        f"Black to white: {captions.limits_phrase(grey, unit)} (common to input and "
        f"{fitted.merge}), variance {captions.limits_phrase(spread, f'squared {unit}')}. "
        f"{SPREAD_SENTENCE} {captions.border_sentence(fitted.patch_size)}"
    )
    return panels, display


def input_denoised_and_variance(
    materials: Materials, number: str, title: str
) -> tuple[Page, captions.Caption]:
    """Draw input, denoised image and variance in a row; the model's name is added to the title."""
    panels, display = denoised_and_variance_panels(materials)
    [fitted] = materials.models
    caption = captions.compose(
        number,
        f"{title} enhanced by {captions.MODEL_TITLES[fitted.name]}",
        "(a) Input.",
        fitted.estimates("b", "c"),
        display,
        captions.psnr_sentence(
            materials.truth, {"a": materials.image.pixels, "b": materials.maps("denoised")[0]}
        ),
        facts=materials.facts,
        models=materials.models,
    )
    return image_page([panels]), caption


def closer(
    panels: Sequence[Panel], frame: tuple[int, int, int, int], framed: bool = False
) -> list[Panel]:
    """Return panels that show a part alone, or that frame it.

    Raises
    ------
    InputError
        If the part is not inside the image.
    """
    parts = part_of(panels, frame)
    if framed:
        return [replace(panel, frame=frame) for panel in panels]
    return [replace(part, title=f"{part.title}, closer") for part in parts]


def part_of(panels: Sequence[Panel], frame: tuple[int, int, int, int]) -> list[Panel]:
    """Return panels that show a part alone.

    Raises
    ------
    InputError
        If the part is not inside the image.
    """
    return [replace(panel, display=crop(panel.display, *frame)) for panel in panels]
