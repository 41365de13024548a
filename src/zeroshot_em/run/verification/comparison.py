"""By how much the files of a run differ from those of a table, and whether that is too much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from zeroshot_em.run.verification.summary import ArraySummary, FileSummary
from zeroshot_em.run.verification.table import Table

STAGES = ("scenes", "truth", "images", "models", "maps", "masks", "enhanced", "figures")
"""The folders of a run in the order of its jobs."""

TOLERANCES = {"scenes": 1e-5, "truth": 1e-5, "images": 1e-5, "models": 0.1, "maps": 0.02}
"""Largest difference between kinds of machines, in standard deviations of the array."""
USUAL_TOLERANCE = 0.1

INFINITE = float("inf")


@dataclass(frozen=True)
class Difference:
    """How a file differs from what a table holds of it.

    Attributes
    ----------
    file : str
    largest : float
        Largest difference between samples, means or spreads, in standard deviations of the array
        that differs most; infinite where they cannot be compared.
    words : str
        What differs and by how much.
    """

    file: str
    largest: float
    words: str

    @property
    def stage(self) -> str:
        """The folder of the file."""
        return self.file.partition("/")[0]

    @property
    def is_tolerable(self) -> bool:
        """Whether another kind of machine explains it."""
        return self.largest <= TOLERANCES.get(self.stage, USUAL_TOLERANCE)


def is_same_kind(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two machines should make the same bytes."""
    return dict(one) == dict(other)


def differences(table: Table, found: Table) -> list[Difference]:
    """Return how the files found differ from those of a table, in the order of their jobs."""
    names = sorted({*table.files, *found.files}, key=_place)
    compared = (_compare(name, table.files.get(name), found.files.get(name)) for name in names)
    return [difference for difference in compared if difference is not None]


def _place(name: str) -> tuple[int, str]:
    stage = name.partition("/")[0]
    return (STAGES.index(stage) if stage in STAGES else len(STAGES)), name


def _compare(name: str, old: FileSummary | None, new: FileSummary | None) -> Difference | None:
    if old is None or new is None:
        return Difference(name, INFINITE, "not made" if new is None else "not in the table")
    if old.sha256 == new.sha256:
        return None
    if set(old.arrays) != set(new.arrays):
        return Difference(name, INFINITE, f"holds {', '.join(new.arrays)}")
    largest, words = max(_compared_arrays(old, new))
    return Difference(name, largest, words)


def _compared_arrays(old: FileSummary, new: FileSummary) -> Iterator[tuple[float, str]]:
    for name, array in old.arrays.items():
        yield _compare_arrays(name, array, new.arrays[name])


def _compare_arrays(name: str, old: ArraySummary, new: ArraySummary) -> tuple[float, str]:
    """Return the largest difference and what to say of it."""
    subject = f"{name} " if name else ""
    if old.shape != new.shape:
        return INFINITE, f"{subject}of shape {new.shape} instead of {old.shape}"
    numbers = [np.array([one.mean, one.spread, *one.samples]) for one in (old, new)]
    steps = np.abs(numbers[1] - numbers[0]) / (old.spread or abs(old.mean) or 1.0)
    if not steps.any():
        return 0.0, "other bytes, the same numbers as far as the table knows"
    typical = float(np.sqrt(np.mean(steps[2:] ** 2)))
    return float(steps.max()), (
        f"{subject}by up to {_percent(steps.max())} of its standard deviation "
        f"(typically {_percent(typical)}; mean {_signed(new.mean - old.mean, old.mean)})"
    )


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2g} %"


def _signed(step: float, whole: float) -> str:
    return f"{step:+.2g} of {whole:.4g}"
