"""Memory and time that a job is given, by the size of its image and of its patches.

The coefficients lie well above what `benchmarks/resources.py` finds; see ``docs/resources.md``.
"""

from typing import NamedTuple

from zeroshot_em.core.limits import MAX_PATCHES_LEARNED, PATCHES_PER_BLOCK
from zeroshot_em.run.geometry import Shape

UNKNOWN_SHAPE = (2048, 2048)
"""Taken for an image whose size is not known before it is fetched."""


class Need(NamedTuple):
    """What jobs of a kind take, and what each further million of values adds."""

    mb: float
    mb_per_million: float
    minutes: float
    minutes_per_million: float

    def of(self, n_values: int) -> "Given":
        """Return what a job of so many values is given."""
        millions = n_values / 1e6
        return Given(
            round(self.mb + self.mb_per_million * millions),
            round(self.minutes + self.minutes_per_million * millions),
        )


class Given(NamedTuple):
    """Memory in MB and time in minutes of a job."""

    mem_mb: int
    runtime: int


NEEDS = {
    "fit": Need(800, 30, 15, 3),
    "reconstruct": Need(500, 120, 10, 1),
    "bm3d": Need(500, 500, 5, 5),
    "enhance": Need(1500, 500, 20, 30),
}


def given(task: str, shape: Shape | None, patch_size: int = 1) -> Given:
    """Return what a job of a rule is given.

    Parameters
    ----------
    task : {"fit", "reconstruct", "bm3d", "enhance"}
    shape : (int, int) or None
        Height and width of the image that the models see.
    patch_size : int
        Edge of a patch in pixels.

    Returns
    -------
    Given
    """
    return NEEDS[task].of(n_values(task, shape or UNKNOWN_SHAPE, patch_size))


def n_values(task: str, shape: Shape, patch_size: int) -> int:
    """Return how many values a job holds at a time: those of patches, or the pixels."""
    height, width = shape
    n_patches = max(1, height - patch_size + 1) * max(1, width - patch_size + 1)
    if task == "fit":
        return min(n_patches, MAX_PATCHES_LEARNED) * patch_size**2
    if task == "reconstruct":
        return min(n_patches, PATCHES_PER_BLOCK) * patch_size**2
    return height * width
