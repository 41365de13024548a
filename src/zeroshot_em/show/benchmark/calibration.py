"""Benchmark figure 4: reliability of the models' intervals, as stated and mended."""

from collections.abc import Mapping

from matplotlib.axes import Axes

from zeroshot_em.data.evaluation.summary import distinct, dose_nearest, mean_at, select
from zeroshot_em.show.benchmark.words import Rows, look_of, methods_in
from zeroshot_em.show.figures.style import TWO_COLUMNS_MM, Page

HEIGHT_MM, PLOT_MM, LEFT_MM, RIGHT_MM = 80.0, 52.0, 10.0, 3.0
NOISY_DECIBELS = 15.0
PANELS = (
    ("As stated, variance within", "within", "stated"),
    ("As stated, total variance", "total", "stated"),
    ("Scaled on other scenes, total", "total", "mended"),
)


def draw(rows: Mapping[str, Rows]) -> tuple[Page, str, str]:
    """Draw the share of pixels that intervals hold against the share that they state."""
    dose = dose_nearest(rows["quality"], NOISY_DECIBELS)
    measured = select(rows["calibration"], dose=dose, pixels="all")
    page = Page(TWO_COLUMNS_MM, HEIGHT_MM)
    places = page.axes_in_a_row(len(PANELS), LEFT_MM, RIGHT_MM, PLOT_MM)
    for axes, (title, variance, key) in zip(places, PANELS, strict=True):
        page.head(axes, title)
        _reliability(axes, select(measured, variance=variance), key)
    page.figure.axes[0].set_ylabel("Pixels whose truth is inside")
    page.legend_below(axes, handle_length=2)
    said = (
        f"At {dose:g} electrons per pixel. Share of pixels whose true value lies in the interval "
        "of the posterior that should hold it so often: on the line is right, below is too bold. "
        "(a) By the variance within the models, (b) by the total variance, (c) by the latter with "
        "widths that were learned on the other scenes (split conformal prediction)."
    )
    return page, "Reliability of intervals", said


def _reliability(axes: Axes, rows: Rows, key: str) -> None:
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.6)
    levels = sorted(distinct(rows, "level")) if rows else []
    for method in methods_in(rows):
        means = [mean_at(rows, key, method=method, level=level) for level in levels]
        bars = [mean.bar for mean in means]
        look = look_of(method, rows)
        axes.errorbar(
            levels, [m.value for m in means], bars, markersize=2.5, elinewidth=0.5, **look
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="Level of the interval")
