"""The figures: a table of them, and one module each, with a function ``draw``."""

from zeroshot_em.show.figures.table import FIGURES, Figure

__all__ = ["FIGURES", "Figure"]
