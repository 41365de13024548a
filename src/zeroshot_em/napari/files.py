"""Files in and out of napari, with their axes and sizes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zeroshot_em.data.images import read_stack, write_stack
from zeroshot_em.errors import InputError
from zeroshot_em.napari.scales import axes_of, file_scale, layer_scale

Layer = tuple[np.ndarray, dict[str, Any], str]
Paths = str | Sequence[str]


def get_reader(path: Paths) -> Callable[[Paths], list[Layer]]:
    """Return what reads micrographs: each file an image layer."""
    return read_layers


def read_layers(path: Paths) -> list[Layer]:
    """Read micrographs or stacks as `read_stack` does: grey, with the size of a pixel.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    return [_read_layer(one) for one in ([path] if isinstance(path, str) else path)]


def _read_layer(path: str) -> Layer:
    stack = read_stack(path)
    options = {
        "name": Path(path).stem,
        "metadata": {"format": stack.format, "notes": list(stack.notes)},
        **layer_scale(stack.axes, stack.scale),
    }
    return stack.planes, options, "image"


def write_layer(path: str, data: Any, options: dict[str, Any]) -> list[str]:
    """Write an image layer as a TIFF for Fiji, an OME-TIFF or an MRC, by its name.

    Parameters
    ----------
    path : str
    data : array of shape (..., height, width)
    options : dict
        Of the layer: ``scale``, ``units`` and ``axis_labels`` are those that are used.

    Returns
    -------
    list of str
        The file written.

    Raises
    ------
    InputError
        If the data are colours or of more axes than a file has, or the file cannot be written.
    """
    if options.get("rgb"):
        raise InputError(f"{path}: colours are not written; turn the layer into grey values first")
    planes = np.asarray(data[0] if options.get("multiscale") else data)
    axes = axes_of(options, planes.ndim)
    write_stack(path, planes, axes, file_scale(axes, options))
    return [path]
