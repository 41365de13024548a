"""The benchmark's figures and tables."""

from zeroshot_em.show.benchmark.making import make_figure

__all__ = ["make_figure"]
