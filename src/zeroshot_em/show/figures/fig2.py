"""Figure 2: input, denoised image and variance, above close views of a part of them."""

from zeroshot_em.show import captions
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.panels import closer, denoised_and_variance_panels
from zeroshot_em.show.figures.style import Page, image_page


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from ``image``, ``denoised``, ``variance``, ``model`` and perhaps ``truth``."""
    panels, display = denoised_and_variance_panels(materials)
    frame = materials.section
    page = image_page([closer(panels, frame, framed=True), closer(panels, frame)])
    [fitted] = materials.models
    caption = captions.compose(
        "2",
        f"Zero-shot enhancement of an electron micrograph by {captions.MODEL_TITLES[fitted.name]}",
        "(a) Input.",
        fitted.estimates("b", "c"),
        "(d to f) The parts framed above. Neither clean images nor a noise level were given.",
        display,
        captions.psnr_sentence(
            materials.truth, {"a": materials.image.pixels, "b": materials.maps("denoised")[0]}
        ),
        facts=materials.facts,
        models=materials.models,
    )
    return page, caption
