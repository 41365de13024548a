"""Benchmark figure 3: spatial impression, how well maps rank boundaries and spikes."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes

from zeroshot_em.data.evaluation.names import INPUT, label_of
from zeroshot_em.data.evaluation.summary import distinct, dose_nearest, mean_at, select
from zeroshot_em.show.benchmark.words import MAPS, TARGETS, Rows, is_ours, look_of, methods_in
from zeroshot_em.show.figures.style import HEADER_MM, TWO_COLUMNS_MM, Page

HEIGHT_MM, PLOT_MM = 92.0, 66.0
NAMES_MM, WIDTH_MM, BETWEEN_MM = 36.0, 44.0, 6.0
NOISY_DECIBELS = 15.0
SCALES: dict[str, dict[str, Any]] = {
    "average_precision": {"xlabel": "Average precision", "xlim": (0, None)},
    "density": {"xlabel": "Correlation", "xlim": (-1, 1)},
}


def draw(rows: Mapping[str, Rows]) -> tuple[Page, str, str]:
    """Draw average precisions of all maps at one dose, and how far they show density."""
    dose = dose_nearest(rows["quality"], NOISY_DECIBELS)
    measured = select(rows["impression"], dose=dose)
    kinds = [kind for kind in MAPS if select(measured, map=kind)]
    page = Page(TWO_COLUMNS_MM, HEIGHT_MM)
    panels = [
        (f"Ranking {words}", target, "average_precision") for target, words in TARGETS.items()
    ]
    panels.append(("Correlation with density", "boundary", "density"))
    for number, (title, target, key) in enumerate(panels):
        left = NAMES_MM + number * (WIDTH_MM + BETWEEN_MM)
        axes = page.axes(left, HEADER_MM, WIDTH_MM, PLOT_MM)
        page.head(axes, title)
        _dots(axes, select(measured, target=target), key, kinds)
        _name(axes, kinds, number == 0)
        axes.set(**SCALES[key])
    page.legend_below(axes, handle_length=1.5)
    said = (
        f"At {dose:g} electrons per pixel. How well each map, for each method, ranks (a) the "
        "pixels of membranes and (b) those of spikes above all others, by average precision; the "
        "dotted line is what chance gives. (c) Correlation of each map with the clean image: 0 is "
        "free of density. The input's gradient is that of a Gaussian of 2 pixels."
    )
    return page, "Spatial impression", said


def _dots(axes: Axes, rows: Rows, key: str, kinds: list[str]) -> None:
    methods = [name for name in methods_in(rows) if is_ours(name)]
    for place, method in enumerate([INPUT, *methods]):
        offset = 0.5 * (place / max(1, len(methods)) - 0.5)
        for kind in kinds:
            if select(rows, method=method, map=kind):
                mean = mean_at(rows, key, method=method, map=kind)
                look = look_of(method, rows) | {"linestyle": "none", "label": None}
                at = kinds.index(kind) + offset
                axes.errorbar(mean.value, at, xerr=mean.bar, markersize=3, elinewidth=0.5, **look)
        look = look_of(method, rows) | {"linestyle": "none", "label": label_of(method)}
        axes.plot([], [], markersize=3, **look)
    if key == "average_precision" and rows:
        chance = mean_at(rows, "chance", method=distinct(rows, "method")[0])
        axes.axvline(chance.value, color="0.5", linestyle=":", linewidth=0.7)


def _name(axes: Axes, kinds: list[str], is_first: bool) -> None:
    axes.set_ylim(len(kinds) - 0.4, -0.6)
    axes.set_yticks(range(len(kinds)), [MAPS[kind] for kind in kinds] if is_first else [])
    axes.grid(axis="y", color="0.92", linewidth=0.4)
    axes.set_axisbelow(True)
