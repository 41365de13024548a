"""An image as the models are to see it."""

import os
from collections.abc import Sequence
from dataclasses import replace

from zeroshot_em.core.domain import counts_domain
from zeroshot_em.core.noise import estimate_noise
from zeroshot_em.core.preprocess import crop as cut
from zeroshot_em.core.preprocess import subsample as thin
from zeroshot_em.data.images import MicrographImage, read_image


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
    pixels = thin(cut(image.pixels, *crop) if crop else image.pixels, subsample)
    if counts:
        pixels = counts_domain(estimate_noise(pixels)).forward(pixels)
    size = pixel_size or image.pixel_size_nm
    return replace(image, pixels=pixels, pixel_size_nm=size and size * subsample)
