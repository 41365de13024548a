"""A small picture for a first look: panels side by side, each stretched to its own range."""

import os
from collections.abc import Sequence

import numpy as np
from PIL import Image

from zeroshot_em.show.display import display_limits, stretch, to_bytes

GAP = 8

EDGE = 2048
"""Pixels of a panel's longer edge at most: no more fit on a screen, or into a small file."""

ROWS = 256
"""So many are stretched at a time, since the steps to display values take memory."""


def stretch_to_bytes(panel: np.ndarray, border: int = 0) -> np.ndarray:
    """Return an image as 8-bit gray values, stretched as the figures are.

    Parameters
    ----------
    panel : ndarray of shape (height, width)
    border : int
        Width in pixels of an edge that takes no part in the choice of the range.

    Returns
    -------
    ndarray of uint8, shape (height, width)
    """
    limits = display_limits([panel], border)
    parts = (panel[start : start + ROWS] for start in range(0, len(panel), ROWS))
    return np.concatenate([to_bytes(stretch(rows, limits)) for rows in parts])


def write_preview(
    path: str | os.PathLike[str], panels: Sequence[np.ndarray], border: int = 0
) -> None:
    """Write panels of one size for a first look: whole above, their middle enlarged below.

    Those of large images are shrunk to `EDGE` above, and as large below.

    Parameters
    ----------
    path : path-like
        PNG file.
    panels : sequence of ndarray of shape (height, width)
        The input first; the border counts for the others only.
    border : int
        Width in pixels of an edge that takes no part in the choice of the range.
    """
    shown = [stretch_to_bytes(panel, border if place else 0) for place, panel in enumerate(panels)]
    views = [[shrunk(panel, EDGE) for panel in shown], [_middle(panel) for panel in shown]]
    rows = [side_by_side(view) for view in views]
    gap = np.full((GAP, rows[0].shape[1]), 255, np.uint8)
    Image.fromarray(np.vstack([rows[0], gap, rows[1]])).save(path)


def side_by_side(panels: Sequence[np.ndarray]) -> np.ndarray:
    """Return 8-bit panels of one height as one, with a white gap between them."""
    gap = np.full((panels[0].shape[0], GAP), 255, np.uint8)
    return np.hstack([column for panel in panels for column in (gap, panel)][1:])


def shrunk(panel: np.ndarray, edge: int) -> np.ndarray:
    """Return an 8-bit panel that fits into a square, as it is where it does already."""
    height, width = shape_within(panel.shape, edge)
    return np.asarray(Image.fromarray(panel).resize((width, height), Image.Resampling.BOX))


def shape_within(shape: tuple[int, ...], edge: int) -> tuple[int, int]:
    """Return the height and width of a panel shrunk to fit into a square."""
    scale = min(1.0, edge / max(shape))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def middle(panel: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the middle of a panel, so high and wide."""
    top, left = ((whole - part) // 2 for whole, part in zip(panel.shape, shape, strict=True))
    return panel[top : top + shape[0], left : left + shape[1]]


def _middle(panel: np.ndarray) -> np.ndarray:
    """Return the middle of a panel at three times its size: a third of what is shown."""
    height, width = shape_within(panel.shape, EDGE)
    section = middle(panel, (max(height // 3, 1), max(width // 3, 1)))
    return np.asarray(Image.fromarray(section).resize((width, height), Image.Resampling.NEAREST))
