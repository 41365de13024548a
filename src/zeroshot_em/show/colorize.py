"""Contrast enhancement and two-tone colouring of a variance image (Fig. 1).

Colour is laid on without touching luminance: turned back into gray, a coloured image is the
contrast-enhanced variance image again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_gradient_magnitude
from skimage.draw import disk, polygon2mask
from skimage.segmentation import watershed

from zeroshot_em.errors import InputError
from zeroshot_em.show.display import stretch

CELL_TONE = (0.16, 0.45, 1.00)
REST_TONE = (1.00, 0.74, 0.12)
GAMMA = 0.6

# The part that red, green and blue light have in the luminance of sRGB (IEC 61966-2-1).
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])

SMOOTHING_PX = 4.0
SEED_RADIUS_PX = 5


def enhance_contrast(
    variance: np.ndarray, limits: tuple[float, float], gamma: float = GAMMA
) -> np.ndarray:
    """Stretch a variance image and lift its dark parts.

    Parameters
    ----------
    variance : ndarray of shape (height, width)
    limits : (float, float)
        Variances that become 0 and 1.
    gamma : float
        Exponent; below 1, as variances crowd near zero.

    Returns
    -------
    ndarray of shape (height, width)
        Display values from 0 to 1.
    """
    return stretch(variance, limits) ** gamma


def colorize(display: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Colour a gray image in two tones of the same luminance.

    A tone of a given luminance lies on the straight way from black over the pure tone to white,
    in linear light, where a blend of two tones of one luminance keeps it too.

    Parameters
    ----------
    display : ndarray of shape (height, width)
        Gray display values (sRGB) from 0 to 1.
    mask : ndarray of shape (height, width)
        Part of the cell in each pixel, 0 to 1: 1 becomes blue, 0 yellow.

    Returns
    -------
    ndarray of shape (height, width, 3)
        Display values (sRGB) from 0 to 1.

    Raises
    ------
    InputError
        If the shapes differ.
    """
    if display.shape != mask.shape:
        raise InputError(
            f"the mask has {mask.shape[1]} x {mask.shape[0]} pixels but the image "
            f"{display.shape[1]} x {display.shape[0]}; give a mask of the image's size"
        )
    luminance = to_linear(display)
    cell, rest = (_tone(luminance, np.array(tone)) for tone in (CELL_TONE, REST_TONE))
    part = np.asarray(mask, dtype=np.float64)[..., None]
    return from_linear(part * cell + (1 - part) * rest)


def to_linear(display: np.ndarray) -> np.ndarray:
    """Return the linear light of sRGB display values."""
    return np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)


def from_linear(light: np.ndarray) -> np.ndarray:
    """Return the sRGB display values of linear light."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _tone(luminance: np.ndarray, display_tone: np.ndarray) -> np.ndarray:
    """Return linear light of the given luminance in one tone."""
    tone = to_linear(display_tone)
    own = float(LUMINANCE @ tone)
    darker = np.minimum(luminance / own, 1)[..., None] * tone
    whiter = np.maximum((luminance - own) / (1 - own), 0)[..., None]
    return darker + whiter * (1 - tone)


def cell_mask(
    denoised: np.ndarray, choice: Mapping[str, Any], painted: np.ndarray | None = None
) -> tuple[np.ndarray, str]:
    """Return the cell as a configuration chooses it, and how: polygon, file or seeds.

    Parameters
    ----------
    denoised : ndarray of shape (height, width)
        Segmented where neither a polygon nor a painted mask is given.
    choice : mapping
        ``{"polygon": [(x, y), ...]}`` or ``{"seeds": {"cell": [(x, y), ...], "rest": [...]}}``;
        without either the seeds lie near the lower right and the upper left corner, which is where
        the cell and its surroundings are in the paper's image.
    painted : ndarray of shape (height, width), optional
        An image that is bright in the cell.

    Returns
    -------
    mask : ndarray of bool, shape (height, width)
    origin : {"polygon", "file", "seeds"}
    """
    shape = (denoised.shape[0], denoised.shape[1])
    if choice.get("polygon"):
        return polygon_mask(shape, choice["polygon"]), "polygon"
    if painted is not None:
        return image_mask(painted), "file"
    seeds = choice.get("seeds") or _corner_seeds(shape)
    return segment_cell(denoised, seeds["cell"], seeds["rest"]), "seeds"


def _corner_seeds(shape: tuple[int, int]) -> dict[str, list[tuple[float, float]]]:
    height, width = shape
    return {"cell": [(0.9 * width, 0.9 * height)], "rest": [(0.1 * width, 0.1 * height)]}


def polygon_mask(shape: tuple[int, int], corners: Sequence[Sequence[float]]) -> np.ndarray:
    """Return the inside of a polygon.

    Parameters
    ----------
    shape : (int, int)
        Height and width.
    corners : sequence of (x, y)
        In pixels of the image, at least three.

    Returns
    -------
    ndarray of bool, shape (height, width)

    Raises
    ------
    InputError
        If there are fewer than three corners, or nothing of the image lies inside.
    """
    if len(corners) < 3:
        raise InputError(f"a polygon needs at least 3 corners (x, y), got {len(corners)}")
    mask = polygon2mask(shape, [(y, x) for x, y in corners])
    if not mask.any():
        raise InputError(f"the polygon does not touch the image of {shape[1]} x {shape[0]} pixels")
    return mask


def image_mask(pixels: np.ndarray) -> np.ndarray:
    """Return where a mask image is brighter than half its largest value.

    Raises
    ------
    InputError
        If it is nowhere brighter than 0.
    """
    if pixels.max() <= 0:
        raise InputError("the mask image is empty: paint the cell brighter than 0")
    return pixels > pixels.max() / 2


def segment_cell(
    denoised: np.ndarray, cell: Sequence[Sequence[float]], rest: Sequence[Sequence[float]]
) -> np.ndarray:
    """Find the cell from seed points by a watershed of the gradient.

    Both sides are flooded from their seeds and meet where the gradient is steepest, at the plasma
    membrane. What an outline closes off, such as a virion or a vesicle, goes with what surrounds
    it.

    Parameters
    ----------
    denoised : ndarray of shape (height, width)
    cell, rest : sequence of (x, y)
        Points inside and outside the cell, in pixels.

    Returns
    -------
    ndarray of bool, shape (height, width)

    Raises
    ------
    InputError
        If a side has no seed, or a seed lies outside the image.
    """
    labels = np.zeros(denoised.shape, dtype=np.int32)
    for label, (name, points) in enumerate({"rest": rest, "cell": cell}.items(), start=1):
        if not points:
            raise InputError(f"the segmentation needs a seed point (x, y) for the {name}")
        for x, y in points:
            _check_seed(denoised.shape, x, y, name)
            labels[disk((y, x), SEED_RADIUS_PX, shape=denoised.shape)] = label
    relief = gaussian_gradient_magnitude(np.asarray(denoised, dtype=np.float64), SMOOTHING_PX)
    return watershed(relief, labels) == 2


def _check_seed(shape: tuple[int, ...], x: float, y: float, name: str) -> None:
    if not (0 <= x < shape[1] and 0 <= y < shape[0]):
        raise InputError(
            f"the {name} seed at x = {x}, y = {y} lies outside the image of "
            f"{shape[1]} x {shape[0]} pixels"
        )


def soften(mask: np.ndarray, width_px: float = 2.0) -> np.ndarray:
    """Return the part of the cell in each pixel, with an edge of the given width."""
    return np.clip(gaussian_filter(mask.astype(np.float64), width_px), 0, 1)
