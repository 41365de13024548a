"""Figure S2: the variance between patches, within them, and in total."""

import numpy as np

from zeroshot_em.show import captions
from zeroshot_em.show.display import display_limits, stretch
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.style import Page, Panel, image_page

KINDS = {"variance": "Between", "within_variance": "Within", "total_variance": "Total"}


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from ``image``, ``model``, ``variance``, ``within_variance``, ``total_variance``."""
    [fitted] = materials.models
    deviations = [np.sqrt(np.maximum(materials.maps(kind)[0], 0)) for kind in KINDS]
    limits = display_limits(deviations, fitted.patch_size - 1)
    panels = [
        Panel(
            title,
            stretch(deviation, limits),
            None if number else materials.image.pixel_size_nm,
        )
        for number, (title, deviation) in enumerate(zip(KINDS.values(), deviations, strict=True))
    ]
    caption = captions.compose(
        "S2",
        "Three variances of the estimates of a pixel, shown as standard deviations",
        "(a) Between: of the estimates that the overlapping patches make, which is the variance "
        "shown in the other figures. (b) Within: the posterior variance of those estimates, "
        "averaged over the patches. (c) Total: the sum of both variances.",
        f"Black to white: {captions.limits_phrase(limits, materials.facts.unit)} in all panels. "
        f"{captions.border_sentence(fitted.patch_size)}",
        facts=materials.facts,
        models=materials.models,
    )
    return image_page([panels]), caption
