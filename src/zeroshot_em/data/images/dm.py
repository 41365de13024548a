"""DM3 and DM4, the formats of Digital Micrograph."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from zeroshot_em.data.images.pixel_sizes import nm_per_unit, stated
from zeroshot_em.data.images.recording import Recording, Scale
from zeroshot_em.data.images.unreadable import Unreadable, extra_needed


def read_dm(path: Path) -> Recording:
    """Return what a DM file holds: an image, or a stack of planes."""
    try:
        from rsciio.digitalmicrograph import file_reader
    except ImportError:
        raise extra_needed("a DM3 or DM4 file") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        images = file_reader(str(path))
    if len(images) != 1:
        raise Unreadable(f"expected one image, found {len(images)}")
    samples = np.asarray(images[0]["data"])
    axes = [axis for axis, n in zip(images[0]["axes"], samples.shape, strict=False) if n > 1]
    return _recording(samples.squeeze(), axes)


def _recording(samples: np.ndarray, axes: list[dict[str, Any]]) -> Recording:
    if samples.ndim not in (2, 3):
        raise Unreadable(f"expected an image or a stack, found shape {samples.shape}")
    letters = "YX" if samples.ndim == 2 else "ZYX" if _size(axes[0]) else "IYX"
    spacing = _size(axes[0]) if samples.ndim == 3 else None
    scale = Scale(_size(axes[-1]), spacing)
    name = samples.dtype.name
    if samples.dtype.names:
        samples = np.stack([samples[channel] for channel in "RGB"], axis=-1)
        letters, name = letters + "S", samples.dtype.name
    return Recording(samples, letters, scale, "dm", name)


def _size(axis: dict[str, Any]) -> float | None:
    try:
        return stated(float(axis["scale"]) * nm_per_unit(str(axis["units"])))
    except KeyError:
        return None
