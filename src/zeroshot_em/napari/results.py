"""What is enhanced, as layers that lie on the image they come from."""

from dataclasses import asdict
from typing import Any

import numpy as np

from zeroshot_em.core.enhancement import Enhancement

Layer = tuple[np.ndarray, dict[str, Any]]

LIMITS = (0.5, 99.5)
VARIANCE_GAMMA = 0.5
"""Shows the standard deviation, in which faint contours are seen beside strong ones."""


def result_layers(result: Enhancement, image: Any, offset: tuple[int, ...]) -> list[Layer]:
    """Return mean and variance as data and options of image layers.

    Parameters
    ----------
    result : Enhancement
    image : napari.layers.Image
        Where the pixels come from.
    offset : tuple of int
        The first pixel that was enhanced, an index of the layer's data.
    """
    place = _place(image, offset)
    border = result.settings.border
    maps = {"denoised": (result.denoised, 1.0), "variance": (result.variance, VARIANCE_GAMMA)}
    return [
        (
            values.reshape((1,) * (len(offset) - 2) + values.shape),
            {
                "name": f"{image.name}, {kind}",
                "gamma": gamma,
                "contrast_limits": _limits(values, border),
                "metadata": {"zeroshot-em": _said(result)},
                **place,
            },
        )
        for kind, (values, gamma) in maps.items()
    ]


def _place(image: Any, offset: tuple[int, ...]) -> dict[str, Any]:
    """Return the options that put a part of an image where it lies in the whole."""
    kept = {name: getattr(image, name) for name in ("scale", "rotate", "shear", "affine", "units")}
    origin = image.affine.inverse(np.asarray(image.data_to_world(offset)))
    return {**kept, "translate": origin, "axis_labels": image.axis_labels}


def _limits(values: np.ndarray, border: int) -> tuple[float, float]:
    """Return limits of grey from inside the border, where few patches overlap."""
    height, width = values.shape
    inside = values[border : height - border, border : width - border]
    low, high = np.percentile(inside if inside.size else values, LIMITS)
    return float(low), float(max(high, np.nextafter(low, np.inf)))


def _said(result: Enhancement) -> dict[str, Any]:
    return {
        "settings": asdict(result.settings),
        "noise": result.noise.to_dict() if result.noise else None,
        "warnings": list(result.warnings),
    }


def sentence(result: Enhancement) -> str:
    """Say in words how an image was enhanced, and what its noise was."""
    noise = result.noise.sentence() if result.noise else "noise learned by the model."
    return f"{noise}\n\n{result.settings.sentence()}."
