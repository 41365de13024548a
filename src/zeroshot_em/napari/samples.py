"""Sample data: the simulator's scene, whose truth is known."""

from typing import Any

import numpy as np

from zeroshot_em.data.images import Scale
from zeroshot_em.data.simulation import simulate_scene
from zeroshot_em.napari.scales import layer_scale

SHAPE = (320, 400)
PIXEL_SIZE_NM = 1.08
DOSE = 20.0
"""Electrons per pixel: noise hides the spikes, but not the virions."""


def simulated_scene() -> list[tuple[np.ndarray, dict[str, Any], str]]:
    """Return a noisy scene and, hidden below it, what it would be without noise."""
    scene = simulate_scene(SHAPE, dose=DOSE, pixel_size_nm=PIXEL_SIZE_NM)
    options = layer_scale("YX", Scale(scene.pixel_size_nm))
    return [
        (scene.clean, {"name": "simulated scene, truth", "visible": False, **options}, "image"),
        (scene.noisy, {"name": "simulated scene", **options}, "image"),
    ]
