"""Micrographs in and out of files: gray values as recorded, pixel size kept.

Gray values are never rescaled on the way in. What a file may hold and what becomes of it:

* One image of 8 or 16 bit integers, floats or single bits. A file with several images is
  refused, reduced copies (pyramid levels, thumbnails) aside.
* Colour becomes gray by the luma of ITU-R BT.601, ``0.299 R + 0.587 G + 0.114 B``, unrounded;
  a palette is looked up first, in steps of 8 bit; an alpha channel is dropped.
* A TIFF that stores black as its largest value is turned round, so that higher is brighter.
"""

from zeroshot_em.data.files import atomic_path
from zeroshot_em.data.images.gray import to_gray
from zeroshot_em.data.images.reading import MicrographImage, read_image
from zeroshot_em.data.images.writing import write_image

__all__ = ["MicrographImage", "atomic_path", "read_image", "to_gray", "write_image"]
