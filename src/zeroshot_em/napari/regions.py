"""The part of a layer to enhance."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from zeroshot_em.errors import InputError

WHOLE, VIEW = "whole image", "current view"

Box = tuple[slice, slice]


def box_around(corners: Sequence[Any], shape: tuple[int, int]) -> Box:
    """Return the rows and columns around points, inside an image.

    Parameters
    ----------
    corners : sequence of (..., row, column)
        In pixels of the image.
    shape : tuple of int
        Height and width of the image.

    Raises
    ------
    InputError
        If nothing of the image lies between the points.
    """
    points = np.asarray(corners, dtype=float)[:, -2:].round(3)
    low = np.clip(np.floor(points.min(axis=0)), 0, shape).astype(int)
    high = np.clip(np.ceil(points.max(axis=0)), 0, shape).astype(int)
    if np.any(high <= low):
        raise InputError("the region lies outside the image; draw it on the image")
    return slice(low[0], high[0]), slice(low[1], high[1])


def corners_of_shapes(shapes: Any, image: Any) -> list[np.ndarray]:
    """Return the corners of the selected shapes of a layer, or of all, in pixels of an image.

    Raises
    ------
    InputError
        If nothing is drawn.
    """
    chosen = sorted(shapes.selected_data) or range(len(shapes.data))
    corners = [corner for index in chosen for corner in shapes.data[index]]
    if not corners:
        raise InputError(f"nothing is drawn in {shapes.name}; draw a rectangle around the region")
    return [np.asarray(image.world_to_data(shapes.data_to_world(corner))) for corner in corners]


def shown_plane(image: Any, point: Sequence[float]) -> tuple[int, ...]:
    """Return the index of the plane of a layer that is shown at a point of the viewer."""
    shape = _full(image).shape[: _n_axes(image) - 2]
    index = np.rint(image.world_to_data(point))[-_n_axes(image) :][: len(shape)]
    return tuple(int(i) for i in np.clip(index, 0, np.array(shape) - 1))


def pixels_of(image: Any, plane: tuple[int, ...]) -> np.ndarray:
    """Return one plane of an image layer, its colours if it has any behind."""
    return np.asarray(_full(image)[plane])


def _full(image: Any) -> Any:
    """Return the data of a layer; of a pyramid, at full size."""
    return image.data[0] if image.multiscale else image.data


def _n_axes(image: Any) -> int:
    return _full(image).ndim - bool(image.rgb)
