"""Figure 3: the mean and the variance by another model."""

from zeroshot_em.show.figures import captions
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.panels import mean_and_variance_panels
from zeroshot_em.show.figures.style import Page, image_page


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from the files ``image``, ``mean``, ``variance``, ``model`` and perhaps ``truth``."""
    (original, mean, variance), display = mean_and_variance_panels(materials)
    page = image_page([[mean.with_scale(original), variance]])
    [fitted] = materials.models
    caption = captions.compose(
        "3",
        f"The micrograph of Figure 2 enhanced by {captions.MODEL_TITLES[fitted.name]}",
        fitted.estimates("a", "b"),
        display,
        captions.psnr_sentence(materials.truth, {"a": materials.maps("denoised")[0]}),
        facts=materials.facts,
        models=materials.models,
    )
    return page, caption
