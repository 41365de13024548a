"""Spike-and-slab sparse coding."""

from zeroshot_em.core.models.sssc.model import SSSC

__all__ = ["SSSC"]
