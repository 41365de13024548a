"""Figure S1: a close comparison of a part of the input with its variance."""

from zeroshot_em.show import captions
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.panels import closer, denoised_and_variance_panels
from zeroshot_em.show.figures.style import Page, image_page


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from the files ``image``, ``denoised``, ``variance`` and ``model``."""
    (original, _, variance), display = denoised_and_variance_panels(materials)
    x, y, width, height = materials.section
    page = image_page([closer([original, variance], (x, y, width, height))])
    [fitted] = materials.models
    caption = captions.compose(
        "S1",
        "A close comparison of a section of the input with the variance of its pixel estimates",
        f"(a) Input and (b) variance by {fitted.label}: {width} × {height} pixels at x = {x}, "
        f"y = {y} of the image{_relation(materials)}.",
        display,
        facts=materials.facts,
        models=materials.models,
    )
    return page, caption


def _relation(materials: Materials) -> str:
    """Say what is as in Figure 2."""
    if not materials.shows_as_figure2("image"):
        return ""
    same_fit = materials.shows_as_figure2("model", "patch_size")
    return " in Figure 2, with the stretch of Figure 2" if same_fit else " in Figure 2"
