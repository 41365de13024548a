"""What the benchmark's figures and tables call things, and the colours of methods."""

from collections.abc import Mapping, Sequence
from typing import Any

from zeroshot_em.data.evaluation.names import AUTO, INPUT, label_of
from zeroshot_em.data.evaluation.summary import distinct
from zeroshot_em.show.figures.style import COLORS

Rows = Sequence[Mapping[str, Any]]

MAPS = {
    "variance": "Variance",
    "within": "Variance within",
    "total": "Total variance",
    "central": "Variance, patch middle",
    "outer": "Variance, patch rim",
    "position": "Variance, place corrected",
    "relative": "Variance ÷ noise",
    "corrected": "Both corrections",
    "joint": "Gradient × √variance ÷ noise",
    "gradient": "Gradient",
    "relative_gradient": "Gradient ÷ noise",
    "median_gradient": "Gradient of median",
    "local_deviation": "Local deviation",
    "darkness": "Darkness",
}
TARGETS = {"boundary": "membranes", "spike": "spikes"}
MARKERS = "osD^vP*Xh<>dp"
"""As many as share no divisor with the colours, so that no pair of both comes twice."""


def is_ours(method: str) -> bool:
    """Whether a method is one of the two models."""
    return method.startswith(("sssc_", "gpmm_"))


def is_auto(method: str) -> bool:
    """Whether a method is a bare `enhance`."""
    return is_ours(method) and method.endswith(AUTO)


def methods_in(rows: Rows) -> list[str]:
    """Return all methods but the input, in the order of the rows."""
    return [method for method in distinct(rows, "method") if method != INPUT]


def look_of(method: str, rows: Rows) -> dict[str, Any]:
    """Return colour, marker and label of a method, the same in all figures of a benchmark."""
    number = ["", *methods_in(rows)].index(method) if method != INPUT else 0
    return {
        "color": "0.4" if method == INPUT else COLORS[number % len(COLORS)],
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": "-" if is_auto(method) else ":" if method == INPUT else "--",
        "label": label_of(method),
    }
