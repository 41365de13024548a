"""Sizes of pixels, as napari's layers hold them."""

from collections.abc import Callable, Mapping
from typing import Any

from zeroshot_em.data.images import Scale
from zeroshot_em.data.images.pixel_sizes import nm_per_unit
from zeroshot_em.errors import InputError

SECONDS = {"s": 1.0, "second": 1.0, "millisecond": 1e-3, "minute": 60.0, "hour": 3600.0}
USUAL_AXES = {2: "YX", 3: "ZYX", 4: "TZYX", 5: "TZCYX"}


def layer_scale(axes: str, scale: Scale) -> dict[str, Any]:
    """Return the options of a layer that say how large a pixel is.

    Parameters
    ----------
    axes : str
        A letter for each axis, as of a `MicrographStack`.
    scale : Scale

    Returns
    -------
    dict
        ``scale``, ``units`` and ``axis_labels``; where the size is not known a pixel is 1.
    """
    size = (scale.pixel_size_nm, "nm")
    between = {"Z": (scale.spacing_nm, "nm"), "T": (scale.frame_interval_s, "s")}
    found = [size if axis in "YX" else between.get(axis, (None, "pixel")) for axis in axes]
    return {
        "scale": tuple(step or 1.0 for step, _ in found),
        "units": tuple(unit if step else "pixel" for step, unit in found),
        "axis_labels": tuple(axes.lower()),
    }


def file_scale(axes: str, options: Mapping[str, Any]) -> Scale:
    """Return the sizes that the options of a layer say: the inverse of `layer_scale`."""
    units = [str(unit) for unit in options.get("units") or ["pixel"] * len(axes)]
    said = {axis: one for axis, *one in zip(axes, options["scale"], units, strict=True)}
    return Scale(
        pixel_size_nm=_in(nm_per_unit, *said["X"]),
        spacing_nm=_in(nm_per_unit, *said["Z"]) if "Z" in said else None,
        frame_interval_s=_in(SECONDS.__getitem__, *said["T"]) if "T" in said else None,
    )


def _in(factor_of: Callable[[str], float], step: float, unit: str) -> float | None:
    """Return a step in another unit, None where it is of another kind."""
    try:
        return float(step) * factor_of(unit)
    except KeyError:
        return None


def axes_of(options: Mapping[str, Any], n_axes: int) -> str:
    """Return a letter for each axis of a layer: its labels where they are a file's, or the usual.

    Raises
    ------
    InputError
        If no file that is written has so many axes.
    """
    labels = [str(label).upper() for label in options.get("axis_labels") or ()]
    if labels[-2:] == ["Y", "X"] and set(labels) <= set("TZCIYX") and len(labels) == n_axes:
        return "".join(labels)
    if n_axes not in USUAL_AXES:
        raise InputError(f"a layer of {n_axes} axes is not written; choose 2 to 5 of them")
    return USUAL_AXES[n_axes]
