"""Other denoisers to compare with, each by its authors' or a well-kept package, if installed."""

from zeroshot_em.core.baselines.table import BASELINES, Baseline

__all__ = ["BASELINES", "Baseline"]
