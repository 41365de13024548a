"""The second step: similar patches as each other's prior."""

from zeroshot_em.core.refine.step import denoise_locally, refine

__all__ = ["denoise_locally", "refine"]
