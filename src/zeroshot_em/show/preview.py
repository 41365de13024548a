"""A small picture for a first look: panels side by side, each stretched to its own range."""

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


def side_by_side(panels: Sequence[np.ndarray]) -> Image.Image:
    """Return 8-bit panels of one height as one picture, with a white gap between them."""
    gap = np.full((panels[0].shape[0], GAP), 255, np.uint8)
    columns = [column for panel in panels for column in (gap, panel)][1:]
    return Image.fromarray(np.hstack(columns))
