"""MRC, the format of electron cryo-microscopy."""

import warnings
from pathlib import Path

import numpy as np

from zeroshot_em.data.images.pixel_sizes import stated
from zeroshot_em.data.images.unreadable import Unreadable, extra_needed, only_plane


def read_mrc(path: Path) -> tuple[np.ndarray, float | None]:
    """Return the samples of an MRC file and its pixel size in nm."""
    try:
        import mrcfile
    except ImportError:
        raise Unreadable(extra_needed("an MRC file")) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with mrcfile.open(path) as mrc:
            samples = mrc.data.squeeze().copy()
            width = float(mrc.voxel_size.x) / 10
    return only_plane(samples), stated(width)
