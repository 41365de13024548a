"""Figure 7: the input, and a model's denoised image and variance."""

from zeroshot_em.show.captions import Caption
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.panels import input_denoised_and_variance
from zeroshot_em.show.figures.style import Page


def draw(materials: Materials) -> tuple[Page, Caption]:
    """Draw from ``image``, ``denoised``, ``variance``, ``model`` and perhaps ``truth``."""
    return input_denoised_and_variance(materials, "7", f"{materials.facts.title}: a micrograph")
