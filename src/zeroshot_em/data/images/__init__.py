"""Micrographs in and out of files: gray values as recorded, pixel size kept.

Gray values are never rescaled on the way in. What a file may hold and what becomes of it:

* Planes of integers, floats or single bits: one image for `read_image`, one or more of one size
  for `read_stack`. Reduced copies (pyramid levels, thumbnails) do not count.
* Colour becomes gray by the luma of ITU-R BT.601, ``0.299 R + 0.587 G + 0.114 B``, unrounded;
  a palette is looked up first, in steps of 8 bit; an alpha channel is dropped.
* A TIFF that stores white as its smallest value is turned round, so that higher is brighter.
* Signed values that ImageJ stores with an offset, and bytes of IMOD without a sign, are read as
  what they mean. Whatever was changed or guessed is said, in `notes` and in a warning of the log.
"""

from zeroshot_em.data.images.gray import to_gray
from zeroshot_em.data.images.reading import (
    MicrographImage,
    MicrographStack,
    read_image,
    read_stack,
)
from zeroshot_em.data.images.recording import Scale
from zeroshot_em.data.images.writing import as_recorded, output_suffix, write_image, write_stack

__all__ = [
    "MicrographImage",
    "MicrographStack",
    "Scale",
    "as_recorded",
    "output_suffix",
    "read_image",
    "read_stack",
    "to_gray",
    "write_image",
    "write_stack",
]
