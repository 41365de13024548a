"""Pictures for use elsewhere: full size, as 16-bit TIFF with the pixel size, and as PNG."""

import os

import numpy as np
import tifffile
from PIL import Image

from zeroshot_em.data.files import atomic_path
from zeroshot_em.data.images import write_image
from zeroshot_em.show.colorize import colorize, soften
from zeroshot_em.show.display import display_limits, stretch, to_bytes
from zeroshot_em.show.figures.panels import enhanced_variance

WHITE = 65535


def export_map(
    pixels: np.ndarray,
    pixel_size_nm: float | None,
    border: int,
    *,
    tiff: str | os.PathLike[str],
    png: str | os.PathLike[str],
) -> None:
    """Write a map as a 16-bit TIFF and as a PNG.

    The TIFF spans the map's whole range away from the border and says in its description how to
    get the grey values back; the PNG is stretched as the figures are.

    Parameters
    ----------
    pixels : ndarray of shape (height, width)
    pixel_size_nm : float or None
    border : int
        Width in pixels of the margin that takes no part in the stretch.
    tiff, png : path-like
        Files to write.
    """
    low, high = display_limits([pixels], border, (0, 100))
    write_image(
        tiff,
        np.rint(WHITE * stretch(pixels, (low, high))).astype(np.uint16),
        pixel_size_nm,
        description=f"value = {low!r} + grey * {(high - low) / WHITE!r}",
    )
    _write_png(png, stretch(pixels, display_limits([pixels], border)))


def export_colorized(
    variance: np.ndarray,
    mask: np.ndarray,
    pixel_size_nm: float | None,
    border: int,
    *,
    tiff: str | os.PathLike[str],
    png: str | os.PathLike[str],
) -> None:
    """Write the picture of Fig. 1 as a 16-bit RGB TIFF and as a PNG.

    Parameters
    ----------
    variance, mask : ndarray of shape (height, width)
    pixel_size_nm, border, tiff, png
        As for `export_map`.
    """
    gray, _ = enhanced_variance(variance, border)
    colored = colorize(gray, soften(mask > 0))
    resolution = None if pixel_size_nm is None else (1e7 / pixel_size_nm, 1e7 / pixel_size_nm)
    with atomic_path(tiff) as partial:
        tifffile.imwrite(
            partial,
            np.rint(WHITE * colored).astype(np.uint16),
            photometric="rgb",
            resolution=resolution,
            resolutionunit=None if resolution is None else "CENTIMETER",
            software="",
            metadata=None,
        )
    _write_png(png, colored)


def _write_png(path: str | os.PathLike[str], display: np.ndarray) -> None:
    with atomic_path(path) as partial:
        Image.fromarray(to_bytes(display)).save(partial, format="PNG")
