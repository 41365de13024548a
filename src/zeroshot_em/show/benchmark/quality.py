"""Benchmark figure 1: quality against dose."""

from collections.abc import Callable, Mapping

from matplotlib.axes import Axes

from zeroshot_em.data.evaluation.names import INPUT
from zeroshot_em.data.evaluation.summary import distinct, mean_at, select
from zeroshot_em.show.benchmark.words import Rows, is_auto, is_ours, look_of, methods_in
from zeroshot_em.show.figures.style import TWO_COLUMNS_MM, Page

HEIGHT_MM, PLOT_MM, LEFT_MM, RIGHT_MM = 118.0, 66.0, 12.0, 2.0
MEASURES = (("psnr", "PSNR (dB)"), ("ssim", "SSIM"))


def draw(rows: Mapping[str, Rows]) -> tuple[Page, str, str]:
    """Draw PSNR of our methods and of the baselines, and SSIM of the best known of both."""
    measured = [row for row in rows["quality"] if row["psnr"] is not None]
    page = Page(TWO_COLUMNS_MM, HEIGHT_MM)
    panels: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
        ("Our methods, PSNR", "psnr", is_ours),
        ("Baselines, PSNR", "psnr", lambda name: is_auto(name) or not is_ours(name)),
        ("Enhance and baselines, SSIM", "ssim", lambda name: is_auto(name) or not is_ours(name)),
    )
    places = page.axes_in_a_row(len(panels), LEFT_MM, RIGHT_MM, PLOT_MM)
    for axes, (title, measure, shown) in zip(places, panels, strict=True):
        page.head(axes, title)
        _curves(axes, measured, measure, [INPUT, *filter(shown, methods_in(measured))])
    said = (
        "(a) Peak signal-to-noise ratio (peak: what the clean image spans) of the two models, by a "
        "bare enhance and by the paper's method at several patch sizes; (b) of the baselines, with "
        "enhance for comparison; (c) structural similarity of these."
    )
    return page, "Quality against dose", said


def _curves(axes: Axes, rows: Rows, measure: str, methods: list[str]) -> None:
    doses = sorted(distinct(rows, "dose")) if rows else []
    for method in methods:
        points = [mean_at(rows, measure, method=method, dose=dose) for dose in doses]
        bars = [point.bar for point in points]
        values = [point.value for point in points]
        axes.errorbar(doses, values, bars, markersize=3, elinewidth=0.6, **look_of(method, rows))
    if doses:
        axes.set_xscale("log")
        axes.set_xticks(doses, [f"{dose:g}" for dose in doses], minor=False)
        axes.set_xticks([], minor=True)
    axes.set(xlabel="Dose (electrons per pixel)", ylabel=dict(MEASURES)[measure])
    if select(rows, method=INPUT):
        axes.legend(loc="upper left", bbox_to_anchor=(-0.05, -0.14), ncols=1, handlelength=3)
