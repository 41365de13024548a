"""Figure S5: what ``enhance`` chooses, beside the paper's method, BM3D and the truth."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from zeroshot_em.data.files import read_json
from zeroshot_em.data.images import read_image
from zeroshot_em.show import captions
from zeroshot_em.show.display import display_limits, stretch
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.panels import SPREAD, SPREAD_SENTENCE, part_of, stretch_spread
from zeroshot_em.show.figures.style import PANEL_LETTERS, Page, Panel, image_page


class Picture(NamedTuple):
    """An image in grey levels, its title, and what the caption says of it."""

    title: str
    pixels: np.ndarray
    sentence: str


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from ``image``, ``model``, ``denoised``, ``enhanced``, ``baselines``, perhaps ``truth``.

    ``enhanced`` are the mean, the variance and the summary that `enhance` leaves; ``baselines``
    BM3D's images, as many as the setting ``sigmas``.
    """
    mean_path, variance_path, summary_path = materials.paths("enhanced")
    mean, variance = read_image(mean_path).pixels, read_image(variance_path).pixels
    summary = read_json(summary_path)
    border = max(summary["settings"]["patch_size"], materials.models[0].patch_size) - 1
    above = [*_input_and_paper(materials), *_baseline(materials, mean)]
    below = [Picture("enhance, mean", mean, _choices(summary)), *_truth(materials)]
    grey = display_limits([picture.pixels for picture in (*above[1:], *below)], border)
    spread = display_limits([variance], border)
    rows = [[_panel(materials, picture, grey) for picture in row] for row in (above, below)]
    rows[0][0] = replace(rows[0][0], pixel_size_nm=materials.image.pixel_size_nm)
    rows[1].insert(1, Panel(f"enhance, {SPREAD}", stretch_spread(variance, spread)))
    said = [picture.sentence for picture in (*above, *below)]
    said.insert(len(above) + 1, "Variance of the same estimates.")
    page = image_page([part_of(row, materials.section) for row in rows])
    return page, _caption(materials, said, grey, spread)


def _caption(
    materials: Materials,
    said: list[str],
    grey: tuple[float, float],
    spread: tuple[float, float],
) -> captions.Caption:
    x, y, width, height = materials.section
    unit = materials.facts.unit
    return captions.compose(
        "S5",
        f"{materials.micrograph} as `enhance` shows it, which chooses all settings from it",
        *(f"({letter}) {words}" for letter, words in zip(PANEL_LETTERS, said, strict=False)),
        f"Shown are {width} × {height} pixels at x = {x}, y = {y}.",
        f"Black to white: {captions.limits_phrase(grey, unit)}, variance "
        f"{captions.limits_phrase(spread, f'squared {unit}')}. {SPREAD_SENTENCE}",
        "Decibels are the peak signal-to-noise ratio of the whole image." * bool(materials.truth),
        facts=materials.facts,
        models=materials.models,
    )


def _input_and_paper(materials: Materials) -> list[Picture]:
    [fitted], [denoised] = materials.models, materials.maps("denoised")
    title = f"{fitted.title}, {fitted.merge}"
    return [
        Picture("Input", materials.image.pixels, "Input."),
        Picture(title, denoised, "As in the paper: grey values as recorded, the noise learned."),
    ]


def _baseline(materials: Materials, mean: np.ndarray) -> list[Picture]:
    """Return BM3D's image at the best of its noise levels, or at the likeliest without a truth."""
    images = dict(zip(materials.settings["sigmas"], materials.maps("baselines"), strict=False))
    if not images:
        return []
    if truth := materials.truth:
        best = max(images, key=lambda sigma: captions.psnr_to(truth, images[sigma]))
        how = f"the best of {len(images)} tried" if len(images) > 1 else "as it alone was tried"
    else:
        removed = float(np.std(materials.image.pixels - mean))
        best = min(images, key=lambda sigma: abs(np.log(sigma / removed)))
        how = "the nearest to what `enhance` takes away"
    sentence = f"BM3D told a noise of {best:g} {materials.facts.unit}, {how}."
    return [Picture(f"BM3D, σ = {best:g}", images[best], sentence)]


def _choices(summary: dict[str, Any]) -> str:
    """Say what was chosen from the image, and found in it."""
    return (
        f"Mean by `enhance --effort {summary['settings']['effort']}`: "
        f"{summary['settings_in_words']}; {summary['noise_in_words'].rstrip('.')}."
    )


def _truth(materials: Materials) -> list[Picture]:
    if not materials.truth:
        return []
    return [Picture("Truth", read_image(materials.truth).pixels, "The scene without noise.")]


def _panel(materials: Materials, picture: Picture, limits: tuple[float, float]) -> Panel:
    """Return an image as a panel whose title says how close it is to the truth, where known."""
    title = picture.title
    if materials.truth and title != "Truth":
        title += f", {captions.psnr_to(materials.truth, picture.pixels):.2f} dB"
    return Panel(title, stretch(picture.pixels, limits))
