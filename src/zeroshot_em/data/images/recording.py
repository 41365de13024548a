"""What a file holds, as the reader of its format finds it."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Scale:
    """How far apart what a file holds lies.

    Attributes
    ----------
    pixel_size_nm : float or None
        Edge of a pixel (its width, if it is not square).
    spacing_nm : float or None
        From one plane to the next along Z.
    frame_interval_s : float or None
        From one plane to the next along T, in seconds.
    """

    pixel_size_nm: float | None = None
    spacing_nm: float | None = None
    frame_interval_s: float | None = None


@dataclass(frozen=True, eq=False)
class Recording:
    """The samples of one image or stack.

    Attributes
    ----------
    samples : ndarray
        Gray values, or colours along the last axis.
    axes : str
        A letter for each axis: T, Z, C or I (a sequence of whatever), then Y, X and S for colours.
    scale : Scale
    format : str
        Such as ``tiff``, ``ome-tiff`` or ``mrc``.
    dtype : str
        Of the samples in the file.
    notes : tuple of str
        What was changed or guessed, in words that follow the file's name.
    """

    samples: np.ndarray
    axes: str
    scale: Scale
    format: str
    dtype: str
    notes: tuple[str, ...] = field(default=())
