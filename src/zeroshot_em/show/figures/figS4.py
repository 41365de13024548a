"""Figure S4: convergence of the fits."""

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from zeroshot_em.show import captions
from zeroshot_em.show.captions import FittedModel
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.style import COLORS, HEADER_MM, TWO_COLUMNS_MM, Page

HEIGHT_MM = 58.0
LEFT_MM, BOTTOM_MM, RIGHT_MM = 14.5, 9.0, 2.0
ROUNDING = 1e-9
LINE_STYLES = ("-", "--", "-.", ":")


class Curve(NamedTuple):
    """What is drawn of a kind of model over its iterations, and what is said of it."""

    kind: str
    title: str
    unit: str | None  # None: that of the pixels
    values: Callable[[FittedModel], np.ndarray]
    sentence: str


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from ``image`` and a list ``model``, of one kind or both."""
    kinds = {fitted.name for fitted in materials.models}
    curves = [curve for curve in CURVES if curve.kind in kinds]
    page = Page(TWO_COLUMNS_MM, HEIGHT_MM)
    places = page.axes_in_a_row(len(curves), LEFT_MM, RIGHT_MM, HEIGHT_MM - HEADER_MM - BOTTOM_MM)
    for axes, curve in zip(places, curves, strict=True):
        page.head(axes, curve.title)
        _plot(axes, curve, materials.models)
        axes.set(xlabel="Iteration", ylabel=curve.unit or materials.facts.unit)
    caption = captions.compose(
        "S4",
        "Convergence of the fits",
        *(f"({letter}) {curve.sentence}" for letter, curve in zip("abc", curves, strict=False)),
        monotony(materials.models),
        facts=materials.facts,
        models=materials.models,
    )
    return page, caption


def _plot(axes: Axes, curve: Curve, models: Sequence[FittedModel]) -> None:
    """Plot what a curve shows of each model of its kind, in a colour and line style of its own."""
    of_kind = [fitted for fitted in models if fitted.name == curve.kind]
    for fitted, color, style in zip(of_kind, cycle(COLORS), cycle(LINE_STYLES), strict=False):
        history = curve.values(fitted)
        iterations = np.arange(1, len(history) + 1)
        label = f"{fitted.patch_size} × {fitted.patch_size}"
        axes.plot(iterations, history, color=color, linestyle=style, label=label)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.legend(title="Patch", title_fontsize=6, loc="best", handlelength=2.4)


def _bound_per_pixel(fitted: FittedModel) -> np.ndarray:
    return fitted.bound / fitted.patch_size**2


def _noise_sigma(fitted: FittedModel) -> np.ndarray:
    return np.array(fitted.record.history["noise_deviations"])


def monotony(models: Sequence[FittedModel]) -> str:
    """Say whether each bound rises all the way, as it should, and else by how much it falls."""
    falls = [
        f"that of {fitted.title} by {fall:.2g} nats"
        for fitted in models
        if (fall := _largest_fall(fitted.bound))
    ]
    if falls:
        return f"A bound falls from one iteration to the next: {', '.join(falls)}."
    return "No bound falls from one iteration to the next."


def _largest_fall(bound: np.ndarray) -> float:
    """Return by how much a bound falls at most from one iteration to the next, beyond rounding."""
    falls = -np.diff(bound)
    return float(np.max(falls, initial=0, where=falls > ROUNDING * np.abs(bound[:-1])))


CURVES = (
    Curve(
        "sssc",
        "SSSC, free energy",
        "nats per pixel",
        _bound_per_pixel,
        "Free energy of SSSC, a lower bound of its log-likelihood, per pixel of a patch.",
    ),
    Curve(
        "sssc",
        "SSSC, noise σ",
        None,
        _noise_sigma,
        "Standard deviation of the noise that SSSC infers, which it is not told.",
    ),
    Curve(
        "gpmm",
        "GPMM, log-likelihood",
        "nats per pixel",
        _bound_per_pixel,
        "Log-likelihood of GPMM per pixel of a patch, at the temperature at which it is learned.",
    ),
)
