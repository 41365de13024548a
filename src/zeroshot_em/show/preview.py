"""A small picture for a first look: panels side by side, each stretched to its own range."""

import os
from collections.abc import Sequence

import numpy as np
from PIL import Image

from zeroshot_em.show.display import display_limits, stretch, to_bytes

GAP = 8


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
    return to_bytes(stretch(panel, display_limits([panel], border)))


def write_preview(
    path: str | os.PathLike[str], panels: Sequence[np.ndarray], border: int = 0
) -> None:
    """Write panels of one size for a first look: whole above, their middle enlarged below.

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
    rows = [side_by_side(shown), side_by_side([_middle(panel) for panel in shown])]
    gap = np.full((GAP, rows[0].shape[1]), 255, np.uint8)
    Image.fromarray(np.vstack([rows[0], gap, rows[1]])).save(path)


def side_by_side(panels: Sequence[np.ndarray]) -> np.ndarray:
    """Return 8-bit panels of one height as one, with a white gap between them."""
    gap = np.full((panels[0].shape[0], GAP), 255, np.uint8)
    return np.hstack([column for panel in panels for column in (gap, panel)][1:])


def _middle(panel: np.ndarray) -> np.ndarray:
    """Return the middle third of a panel at three times its size."""
    height, width = panel.shape
    top, left = (height - height // 3) // 2, (width - width // 3) // 2
    section = panel[top : top + max(height // 3, 1), left : left + max(width // 3, 1)]
    return np.asarray(Image.fromarray(section).resize((width, height), Image.Resampling.NEAREST))
