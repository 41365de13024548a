"""Figure 4: denoised images and variances of both models, a fit in each row."""

from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

import numpy as np

from zeroshot_em.show import captions
from zeroshot_em.show.captions import FittedModel
from zeroshot_em.show.display import display_limits, stretch
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.panels import SPREAD, SPREAD_SENTENCE, stretch_spread
from zeroshot_em.show.figures.style import TWO_COLUMNS_MM, Page, Panel, image_page

MANY_ROWS_MM = 120.0
"""Width of a page of more than two rows, which would be too high for a journal otherwise."""


class Maps(NamedTuple):
    """A model and what it makes of the image."""

    fitted: FittedModel
    denoised: np.ndarray
    variance: np.ndarray


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from ``image`` and lists ``model``, ``denoised``, ``variance`` in the same order."""
    fits = _fits(materials)
    border = max(maps.fitted.patch_size for maps in fits) - 1
    grey = display_limits([maps.denoised for maps in fits], border)
    unit = materials.facts.unit
    rows: list[list[Panel]] = []
    said = [f"denoised {captions.limits_phrase(grey, unit)}"]
    for label, of_model in groupby(fits, key=lambda maps: maps.fitted.label):
        group = list(of_model)
        spread = display_limits([maps.variance for maps in group], border)
        said.append(f"variances by {label} {captions.limits_phrase(spread, f'squared {unit}')}")
        rows += _rows(group, grey, spread)
    rows[0][0] = replace(rows[0][0], pixel_size_nm=materials.image.pixel_size_nm)
    names = {maps.fitted.name for maps in fits}
    by = "both models" if len(names) == 2 else fits[0].fitted.label
    caption = captions.compose(
        "4",
        f"{materials.micrograph} enhanced by {by} {_patches(materials)}",
        "Each pair shows the merged estimates that overlapping patches make of each pixel, and "
        "their variance.",
        f"Black to white: {'; '.join(said)}. {SPREAD_SENTENCE}",
        captions.border_sentence(border + 1),
        facts=materials.facts,
        models=materials.models,
    )
    return image_page(rows, TWO_COLUMNS_MM if len(rows) <= 2 else MANY_ROWS_MM), caption


def _fits(materials: Materials) -> list[Maps]:
    columns = (materials.models, materials.maps("denoised"), materials.maps("variance"))
    return [Maps(*column) for column in zip(*columns, strict=True)]


def _rows(
    group: list[Maps], grey: tuple[float, float], spread: tuple[float, float]
) -> list[list[Panel]]:
    """Return a pair of panels in a row for each fit."""
    return [
        [
            Panel(f"{fitted.title}, {fitted.merge}", stretch(denoised, grey)),
            Panel(f"{fitted.title}, {SPREAD}", stretch_spread(variance, spread)),
        ]
        for fitted, denoised, variance in group
    ]


def _patches(materials: Materials) -> str:
    """Say how large the patches are, or that they are not as large as in Figure 2."""
    sizes = sorted({fitted.patch_size for fitted in materials.models})
    if materials.shows_as_figure2("image") and materials.figure2["patch_size"] not in sizes:
        return "at other patch sizes"
    return f"with patches of {' and '.join(f'{size} × {size}' for size in sizes)} pixels"
