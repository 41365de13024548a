"""The second step: similar patches as each other's prior."""

from zeroshot_em.core.refine.step import refine

__all__ = ["refine"]
