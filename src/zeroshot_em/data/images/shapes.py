"""How large the image in a file is, from its header where the format allows."""

import os
from collections.abc import Callable
from pathlib import Path

from zeroshot_em.data.images.mrc import mrc_shape, read_mrc
from zeroshot_em.data.images.png_jpeg import picture_shape, read_jpeg, read_png
from zeroshot_em.data.images.reading import one_image, plain_errors, reader_of
from zeroshot_em.data.images.recording import Recording
from zeroshot_em.data.images.tiff import read_tiff, tiff_shape

_FROM_HEADER: dict[Callable[[Path], Recording], Callable[[Path], tuple[tuple[int, ...], str]]] = {
    read_tiff: tiff_shape,
    read_mrc: mrc_shape,
    read_png: picture_shape,
    read_jpeg: picture_shape,
}


def image_shape(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Return the height and width of the one image in a file, without reading its pixels.

    DM files are the exception: theirs are read.

    Raises
    ------
    InputError
        If the file is missing, not an image, or holds more than one.
    """
    with plain_errors(Path(path)):
        read = reader_of(Path(path))
        if read in _FROM_HEADER:
            shape, axes = _FROM_HEADER[read](Path(path))
        else:
            recording = read(Path(path))
            shape, axes = recording.samples.shape, recording.axes
        one_image(shape, axes)
        return shape[axes.index("Y")], shape[axes.index("X")]
