"""Figure 5: the input, and a model's mean and variance."""

from zeroshot_em.show.figures.captions import Caption
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.panels import input_mean_and_variance
from zeroshot_em.show.figures.style import Page


def draw(materials: Materials) -> tuple[Page, Caption]:
    """Draw from the files ``image``, ``mean``, ``variance``, ``model`` and perhaps ``truth``."""
    return input_mean_and_variance(materials, "5", "An unscaled part of the micrograph")
