"""The Gamma-Poisson mixture."""

from zeroshot_em.core.models.gpmm.model import GPMM

__all__ = ["GPMM"]
