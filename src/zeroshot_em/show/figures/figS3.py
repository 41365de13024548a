"""Figure S3: what the models have learned."""

import numpy as np

from zeroshot_em.show import captions
from zeroshot_em.show.captions import FittedModel
from zeroshot_em.show.display import display_limits, stretch
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.style import Page, Panel, image_page

MOST_TILES = 100


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from ``image`` and a list ``model``: one SSSC and one GPMM."""
    panels, said = [], []
    for letter, fitted in zip("ab", materials.models, strict=True):
        if fitted.name == "sssc":
            kind, (shown, sentence) = "generative fields", _fields(fitted)
        else:
            kind, (shown, sentence) = "templates", _templates(fitted, materials.facts.unit)
        panels.append(Panel(f"{fitted.label}, {kind}", mosaic(shown)))
        said.append(f"({letter}) {sentence}")
    caption = captions.compose(
        "S3",
        "Representations learned from the noisy micrograph alone",
        *said,
        facts=materials.facts,
        models=materials.models,
    )
    return image_page([panels]), caption


def _fields(fitted: FittedModel) -> tuple[np.ndarray, str]:
    """Return display values of the fields that are active most often, and a sentence."""
    learned, priors = fitted.arrays, fitted.arrays["priors"]
    order = np.argsort(-priors, kind="stable")[:MOST_TILES]
    sign = np.where(learned["latent_means"][order] < 0, -1.0, 1.0)
    fields = sign[:, None] * learned["components"][order]
    largest = np.maximum(np.abs(fields).max(axis=1, keepdims=True), np.finfo(float).tiny)
    first, last = priors[order[0]], priors[order[-1]]
    sentence = (
        f"The {len(order)} generative fields of {fitted.label} that are active most often, row by "
        f"row, in {_percent(first)} to {_percent(last)} of the patches; gray is zero, and each "
        "field has the sign in which it acts on average and its own largest magnitude as scale."
    )
    return _tiles(0.5 + fields / (2 * largest), fitted.patch_size), sentence


def _templates(fitted: FittedModel, unit: str) -> tuple[np.ndarray, str]:
    """Return display values of templates of all weights, and a sentence.

    Those of most weight all show bare ground, so that each of so many is shown.
    """
    weights = fitted.arrays["weights"]
    every = -(-len(weights) // MOST_TILES)
    order = np.argsort(-weights, kind="stable")[::every]
    templates = fitted.arrays["components"][order]
    limits = display_limits([templates])
    sentence = (
        f"{len(order)} of the {len(weights)} templates of {fitted.label}, taken evenly from most "
        f"to least weight, row by row, from {_percent(weights[order[0]])} to "
        f"{_percent(weights[order[-1]])}; black to white is "
        f"{captions.limits_phrase(limits, unit)} in all."
    )
    return _tiles(stretch(templates, limits), fitted.patch_size), sentence


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.3g} %"


def _tiles(rows: np.ndarray, patch_size: int) -> np.ndarray:
    return rows.reshape(-1, patch_size, patch_size)


def mosaic(tiles: np.ndarray) -> np.ndarray:
    """Return square tiles in a square, a white line between them.

    Parameters
    ----------
    tiles : ndarray of shape (n_tiles, edge, edge)
        Display values.
    """
    n_tiles, edge, _ = tiles.shape
    n_columns = int(np.ceil(np.sqrt(n_tiles)))
    n_rows = int(np.ceil(n_tiles / n_columns))
    picture = np.ones((n_rows * (edge + 1) + 1, n_columns * (edge + 1) + 1))
    for number, tile in enumerate(tiles):
        row, column = (1 + (edge + 1) * place for place in divmod(number, n_columns))
        picture[row : row + edge, column : column + edge] = tile
    return picture
