"""Figure 7: the input, and a model's mean and variance."""

from zeroshot_em.figures import captions
from zeroshot_em.figures.materials import Materials
from zeroshot_em.figures.panels import mean_and_variance_panels
from zeroshot_em.figures.style import Page, image_page


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from the files ``image``, ``mean``, ``variance``, ``model`` and perhaps ``truth``."""
    panels, display = mean_and_variance_panels(materials)
    [fitted] = materials.models
    caption = captions.compose(
        "7",
        f"A micrograph of four viruses enhanced by {captions.MODEL_TITLES[fitted.name]}",
        "(a) Input.",
        fitted.estimates("b", "c"),
        display,
        captions.psnr_sentence(
            materials.truth, {"a": materials.image.pixels, "b": materials.maps("mean")[0]}
        ),
        facts=materials.facts,
        models=materials.models,
    )
    return image_page([panels]), caption
