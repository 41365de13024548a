"""Figure S2: the variance between patches, within them, and in total."""

from dataclasses import replace

import numpy as np

from zeroshot_em.show import captions
from zeroshot_em.show.display import display_limits, stretch
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.style import Page, Panel, image_page

KINDS = {
    "variance": "Between patches, √variance",
    "within_variance": "Within patches, √variance",
    "total_variance": "Total, √variance",
}


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from ``image``, ``model``, ``variance``, ``within_variance``, ``total_variance``."""
    [fitted] = materials.models
    deviations = [np.sqrt(np.maximum(materials.maps(kind)[0], 0)) for kind in KINDS]
    limits = [display_limits([deviation], fitted.patch_size - 1) for deviation in deviations]
    panels = [
        Panel(title, stretch(deviation, spread))
        for title, deviation, spread in zip(KINDS.values(), deviations, limits, strict=True)
    ]
    panels[0] = replace(panels[0], pixel_size_nm=materials.image.pixel_size_nm)
    said = [
        captions.limits_phrase(spread, f"({letter})")
        for letter, spread in zip("abc", limits, strict=True)
    ]
    caption = captions.compose(
        "S2",
        "Three variances of the estimates of a pixel, drawn by their square roots",
        "(a) Between: of the estimates that the overlapping patches make, which is the variance "
        "shown in the other figures. (b) Within: the posterior variance of those estimates, "
        "averaged over the patches; black holes are where hardly a generative field is active, "
        "so that the model sees nothing to doubt. (c) Total: the sum of both variances.",
        f"Black to white, each its own: standard deviations of {', '.join(said)} "
        f"{materials.facts.unit}. {captions.border_sentence(fitted.patch_size)}",
        facts=materials.facts,
        models=materials.models,
    )
    return image_page([panels]), caption
