"""Benchmark figure 2: noise removed against sharpness kept."""

from collections.abc import Mapping

from matplotlib.axes import Axes

from zeroshot_em.data.evaluation.summary import distinct, mean_at, select
from zeroshot_em.show.benchmark.words import Rows, look_of, methods_in
from zeroshot_em.show.figures.style import TWO_COLUMNS_MM, Page

HEIGHT_MM, PLOT_MM, LEFT_MM, RIGHT_MM = 100.0, 62.0, 10.0, 4.0
MOST_PANELS = 3


def draw(rows: Mapping[str, Rows]) -> tuple[Page, str, str]:
    """Draw signal-to-noise ratio against blur, a panel for each dose."""
    measured = rows["quality"]
    doses = distinct(measured, "dose")[:MOST_PANELS]
    page = Page(TWO_COLUMNS_MM, HEIGHT_MM)
    places = page.axes_in_a_row(len(doses), LEFT_MM, RIGHT_MM, PLOT_MM)
    for axes, dose in zip(places, doses, strict=True):
        page.head(axes, "Micrographs" if dose is None else f"{dose:g} electrons per pixel")
        _scatter(axes, select(measured, dose=dose), measured)
        axes.set_xlabel("Blur effect")
    page.figure.axes[0].set_ylabel("SNR of regions (dB)")
    page.legend_below(axes, handle_length=1.5)
    said = (
        "Signal-to-noise ratio of pairs of regions, found in the input, as in Topaz-Denoise, "
        "against the blur effect of Crete et al.: upper left is better, since noise that is "
        "removed by smearing moves a method to the upper right."
    )
    return page, "Noise removed against sharpness kept", said


def _scatter(axes: Axes, rows: Rows, all_rows: Rows) -> None:
    for method in ["noisy", *methods_in(all_rows)]:
        if not select(rows, method=method):
            continue
        blur, snr = (mean_at(rows, key, method=method) for key in ("blur", "snr"))
        look = look_of(method, all_rows) | {"linestyle": "none"}
        axes.errorbar(
            blur.value, snr.value, snr.bar, blur.bar, markersize=4, elinewidth=0.5, **look
        )
