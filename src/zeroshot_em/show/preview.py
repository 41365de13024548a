"""A small picture for a first look: panels side by side, each stretched to its own range."""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from skimage.exposure import rescale_intensity

GAP = 8
PERCENTILES = (0.5, 99.5)


def stretch_to_bytes(panel: np.ndarray, border: int = 0) -> np.ndarray:
    """Return an image as 8-bit gray values for display.

    Parameters
    ----------
    panel : ndarray of shape (height, width)
    border : int
        Width in pixels of an edge that takes no part in the choice of the range.

    Returns
    -------
    ndarray of uint8, shape (height, width)
    """
    inner = panel[border:-border, border:-border] if border else panel
    low, high = np.percentile(inner if inner.size else panel, PERCENTILES)
    shown = rescale_intensity(panel, in_range=(low, max(high, low + 1e-12)), out_range=(0, 255))
    return np.rint(shown).astype(np.uint8)


def side_by_side(panels: Sequence[np.ndarray]) -> Image.Image:
    """Return 8-bit panels of one height as one picture, with a white gap between them."""
    gap = np.full((panels[0].shape[0], GAP), 255, np.uint8)
    columns = [column for panel in panels for column in (gap, panel)][1:]
    return Image.fromarray(np.hstack(columns))
