"""An image, or the planes of a stack, as the models are to see them."""

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from zeroshot_em.core.preprocess import crop as cut
from zeroshot_em.core.preprocess import subsample as thin
from zeroshot_em.data.images import MicrographImage, MicrographStack, read_image, read_stack


def read_prepared(
    path: str | os.PathLike[str],
    *,
    crop: Sequence[int] | None = None,
    subsample: int = 1,
    pixel_size: float | None = None,
    counts: bool = False,
) -> MicrographImage:
    """Read an image, cut it out, keep every k-th pixel and say how large a pixel is then.

    Parameters
    ----------
    path : path-like
    crop : sequence of int, optional
        x, y, width and height in pixels; the whole image by default.
    subsample : int
        Keep every so many pixels, down and across.
    pixel_size : float, optional
        Edge of a pixel of the file in nm, in place of what the file says.
    counts : bool
        Turn grey values into counts, by the gain and offset found in the image.

    Returns
    -------
    MicrographImage

    Raises
    ------
    InputError
        If the file cannot be read, the crop is not inside the image, or counts are asked for and
        the gain cannot be found.
    """
    image = read_image(path)
    pixels = _prepared(image.pixels, crop, subsample, counts)
    size = pixel_size or image.pixel_size_nm
    return replace(image, pixels=pixels, pixel_size_nm=size and size * subsample)


def read_prepared_stack(
    path: str | os.PathLike[str],
    *,
    crop: Sequence[int] | None = None,
    subsample: int = 1,
    pixel_size: float | None = None,
    counts: bool = False,
) -> MicrographStack:
    """Read a stack, of which one image is one, as `read_prepared` reads an image.

    The gain is that of the middle plane.

    Returns
    -------
    MicrographStack

    Raises
    ------
    InputError
        As by `read_prepared`.
    """
    stack = read_stack(path)
    planes = _prepared(stack.planes, crop, subsample, counts)
    size = pixel_size or stack.scale.pixel_size_nm
    scale = replace(stack.scale, pixel_size_nm=size and size * subsample)
    return replace(stack, planes=planes, scale=scale)


def _prepared(
    pixels: np.ndarray, crop: Sequence[int] | None, subsample: int, counts: bool
) -> np.ndarray:
    pixels = thin(cut(pixels, *crop) if crop else pixels, subsample)
    if not counts:
        return pixels
    from zeroshot_em.core.domain import counts_domain
    from zeroshot_em.core.noise import estimate_noise

    planes = pixels.reshape(-1, *pixels.shape[-2:])
    return counts_domain(estimate_noise(planes[len(planes) // 2])).forward(pixels)
