"""Figure S1: a close comparison of a part of the input with its variance."""

from zeroshot_em.show.figures import captions
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.panels import closer, mean_and_variance_panels
from zeroshot_em.show.figures.style import Page, image_page


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from the files ``image``, ``mean``, ``variance`` and ``model``."""
    (original, _, variance), display = mean_and_variance_panels(materials)
    x, y, width, height = materials.section
    page = image_page([closer([original, variance], (x, y, width, height))])
    [fitted] = materials.models
    caption = captions.compose(
        "S1",
        "A close comparison of a section of the input with the variance of its pixel estimates",
        f"(a) Input and (b) variance by {fitted.label}: {width} × {height} pixels at x = {x}, "
        f"y = {y} of the image in Figure 2, with the stretch of Figure 2.",
        display,
        facts=materials.facts,
        models=materials.models,
    )
    return page, caption
