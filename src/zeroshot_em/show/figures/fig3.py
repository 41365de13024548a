"""Figure 3: the denoised image and the variance by another model."""

from zeroshot_em.show import captions
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.panels import denoised_and_variance_panels
from zeroshot_em.show.figures.style import Page, image_page


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from ``image``, ``denoised``, ``variance``, ``model`` and perhaps ``truth``."""
    (original, denoised, variance), display = denoised_and_variance_panels(materials)
    page = image_page([[denoised.with_scale(original), variance]])
    [fitted] = materials.models
    caption = captions.compose(
        "3",
        f"{materials.micrograph} enhanced by {captions.MODEL_TITLES[fitted.name]}",
        fitted.estimates("a", "b"),
        display,
        captions.psnr_sentence(materials.truth, {"a": materials.maps("denoised")[0]}),
        facts=materials.facts,
        models=materials.models,
    )
    return page, caption
