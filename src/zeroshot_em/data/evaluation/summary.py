"""Means over scenes, with intervals."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import stdtrit

from zeroshot_em.data.evaluation.names import INPUT

CONFIDENCE = 0.95

Row = Mapping[str, Any]


class Mean(NamedTuple):
    """A mean over scenes and the half width of its 95 % interval by Student's t."""

    value: float
    half_width: float
    n: int

    @property
    def bar(self) -> float:
        """What an error bar shows: nothing of a single scene."""
        return self.half_width if self.n > 1 else 0.0

    def __str__(self) -> str:
        if self.n < 2:
            return f"{self.value:.2f}"
        return f"{self.value:.2f} ± {self.half_width:.2f}"


def mean_of(values: Iterable[float]) -> Mean:
    """Return mean and interval of values, one a scene; one value has an interval without end."""
    held = np.array([value for value in values if value is not None], dtype=float)
    held = held[np.isfinite(held)]
    if held.size < 2:
        return Mean(float(held.mean()) if held.size else np.nan, np.inf, held.size)
    width = stdtrit(held.size - 1, 0.5 + CONFIDENCE / 2) * held.std(ddof=1) / np.sqrt(held.size)
    return Mean(float(held.mean()), float(width), held.size)


def select(rows: Iterable[Row], **wanted: Any) -> list[Row]:
    """Return the rows that have all these values."""
    return [row for row in rows if all(row.get(key) == value for key, value in wanted.items())]


def distinct(rows: Iterable[Row], key: str) -> list[Any]:
    """Return the values of a key in the order in which they come first."""
    return list(dict.fromkeys(row[key] for row in rows))


def mean_at(rows: Sequence[Row], key: str, **wanted: Any) -> Mean:
    """Return the mean of a column over the rows that have all these values."""
    return mean_of(row[key] for row in select(rows, **wanted))


def mean_difference(rows: Sequence[Row], key: str, one: Row, other: Row, by: str) -> Mean:
    """Return the mean of the differences of two selections, paired by a column."""
    first, second = (
        {row[by]: row[key] for row in select(rows, **which) if row[key] is not None}
        for which in (one, other)
    )
    return mean_of(first[pair] - second[pair] for pair in first if pair in second)


def dose_nearest(rows: Sequence[Row], decibels: float) -> float:
    """Return the dose at which the input's mean PSNR is nearest to a value."""
    inputs = [row for row in select(rows, method=INPUT) if row["psnr"] is not None]
    means = {
        dose: np.mean([row["psnr"] for row in select(inputs, dose=dose)])
        for dose in distinct(inputs, "dose")
    }
    return float(min(means, key=lambda dose: abs(means[dose] - decibels)))
