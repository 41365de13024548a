"""Benchmark figure 1: quality against dose."""

from collections.abc import Callable, Mapping

from matplotlib.axes import Axes

from zeroshot_em.data.evaluation.names import INPUT, label_of
from zeroshot_em.data.evaluation.summary import Mean, distinct, mean_at, mean_difference, select
from zeroshot_em.show.benchmark.words import Rows, is_auto, is_ours, look_of, methods_in
from zeroshot_em.show.figures.style import TWO_COLUMNS_MM, Page

HEIGHT_MM, PLOT_MM, LEFT_MM, RIGHT_MM = 118.0, 66.0, 12.0, 2.0
REFERENCE = "bm3d_told"
APART = 0.012
"""Decades of dose by which the marks of methods stand apart, so that their bars can be seen."""


def draw(rows: Mapping[str, Rows]) -> tuple[Page, str, str]:
    """Draw PSNR of our methods and of the baselines, and SSIM of the best known of both."""
    measured = [row for row in rows["quality"] if row["psnr"] is not None]
    reference = REFERENCE if select(measured, method=REFERENCE) else INPUT
    page = Page(TWO_COLUMNS_MM, HEIGHT_MM)
    panels: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
        ("Our methods, PSNR", reference, is_ours),
        ("Baselines, PSNR", reference, lambda name: is_auto(name) or not is_ours(name)),
        ("Enhance and baselines, SSIM", "", lambda name: is_auto(name) or not is_ours(name)),
    )
    places = page.axes_in_a_row(len(panels), LEFT_MM, RIGHT_MM, PLOT_MM)
    for axes, (title, less, shown) in zip(places, panels, strict=True):
        page.head(axes, title)
        _curves(axes, measured, less, list(filter(shown, methods_in(measured))))
    said = (
        "(a) Peak signal-to-noise ratio (peak: what the clean image spans) of the two models, by a "
        "bare enhance and by the paper's method at several patch sizes, less that of "
        f"{label_of(reference)} in the same scene; (b) of the baselines, with enhance for "
        "comparison; (c) structural similarity of these. Marks stand a little apart in dose."
    )
    return page, "Quality against dose", said


def _curves(axes: Axes, rows: Rows, less: str, methods: list[str]) -> None:
    """Draw PSNR less that of a method, or SSIM if there is none."""
    doses = sorted(distinct(rows, "dose")) if rows else []
    for place, method in enumerate(methods):
        points = [_point(select(rows, dose=dose), less, method) for dose in doses]
        bars = [point.bar for point in points]
        values = [point.value for point in points]
        places = [dose * 10 ** (APART * (place - len(methods) / 2)) for dose in doses]
        axes.errorbar(places, values, bars, markersize=3, elinewidth=0.6, **look_of(method, rows))
    if doses:
        axes.set_xscale("log")
        axes.set_xticks(doses, [f"{dose:g}" for dose in doses], minor=False)
        axes.set_xticks([], minor=True)
        axes.legend(loc="upper left", bbox_to_anchor=(-0.05, -0.14), ncols=1, handlelength=3)
    measure = f"PSNR less {label_of(less)} (dB)" if less else "SSIM"
    axes.set(xlabel="Dose (electrons per pixel)", ylabel=measure)


def _point(rows: Rows, less: str, method: str) -> Mean:
    if not less:
        return mean_at(rows, "ssim", method=method)
    return mean_difference(rows, "psnr", {"method": method}, {"method": less}, "case")
