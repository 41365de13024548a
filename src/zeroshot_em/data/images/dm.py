"""DM3 and DM4, the formats of Digital Micrograph."""

import warnings
from pathlib import Path

import numpy as np

from zeroshot_em.data.images.pixel_sizes import nm_per_unit, stated
from zeroshot_em.data.images.unreadable import Unreadable, extra_needed, only_plane


def read_dm(path: Path) -> tuple[np.ndarray, float | None]:
    """Return the samples of a DM file and its pixel size in nm."""
    try:
        from rsciio.digitalmicrograph import file_reader
    except ImportError:
        raise Unreadable(extra_needed("a DM3 or DM4 file")) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        images = file_reader(str(path))
    if len(images) != 1:
        raise Unreadable(f"expected one image, found {len(images)}")
    samples = only_plane(np.asarray(images[0]["data"]).squeeze())
    if samples.dtype.names:
        samples = np.stack([samples[channel] for channel in "RGB"], axis=-1)
    axis = images[0]["axes"][-1]
    try:
        return samples, stated(float(axis["scale"]) * nm_per_unit(str(axis["units"])))
    except KeyError:
        return samples, None
