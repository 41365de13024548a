"""What cutting and staining leave: uneven stain and thickness, chatter and knife marks."""

import numpy as np
from scipy.ndimage import map_coordinates

from zeroshot_em.data.simulation.canvas import Canvas, texture

STAIN_GRAIN_NM, STAIN = 180.0, 0.05
CRYSTAL_NM, CRYSTALS = 1.8, 0.12
"""The grain of the heavy metal itself, on all that is stained."""
WEDGE = 0.06
CHATTER_NM, CHATTER = (70.0, 160.0), 0.015
MARKS_PER_MICROMETRE, MARK_NM, MARK_DEPTH = 2.5, (1.2, 3.5), (-0.05, 0.03)
"""Knife marks: lines where the section is thinner, or holds stain."""


def cut_and_stain(canvas: Canvas, random: np.random.Generator) -> None:
    """Make the section's stain and thickness uneven, and scratch it along the cut."""
    bearing = random.uniform(0, np.pi)
    y, x = np.ogrid[0 : canvas.shape[0], 0 : canvas.shape[1]]
    along = canvas.pixel_size_nm * (x * np.cos(bearing) + y * np.sin(bearing))
    across = canvas.pixel_size_nm * (y * np.cos(bearing) - x * np.sin(bearing))
    period = random.uniform(*CHATTER_NM)
    uneven = 1 + STAIN * slow_field(canvas, random, STAIN_GRAIN_NM)
    uneven += CRYSTALS * texture(canvas, random, CRYSTAL_NM)
    uneven += WEDGE * (random.uniform(-1, 1) * _centred(along) + random.uniform(-1, 1))
    uneven += CHATTER * np.sin(2 * np.pi * along / period + random.uniform(0, 2 * np.pi))
    canvas.depth *= uneven.astype(np.float32)
    canvas.depth += _marks(across, random)
    np.maximum(canvas.depth, 0, out=canvas.depth)


def _centred(values: np.ndarray) -> np.ndarray:
    """Return values from -1 to 1."""
    return 2 * (values - values.min()) / np.ptp(values) - 1


def _marks(across: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the optical depth that knife marks add."""
    first, last = float(across.min()), float(across.max())
    marks = np.zeros(across.shape, dtype=np.float32)
    for _ in range(random.poisson(MARKS_PER_MICROMETRE * (last - first) / 1000)):
        place, width = random.uniform(first, last), random.uniform(*MARK_NM)
        near = np.abs(across - place) < 4 * width
        marks[near] += random.uniform(*MARK_DEPTH) * np.exp(
            -(((across[near] - place) / width) ** 2) / 2
        )
    return marks


def slow_field(canvas: Canvas, random: np.random.Generator, grain_nm: float) -> np.ndarray:
    """Return a smooth random field of about unit variance: values on a coarse grid, joined."""
    step = grain_nm / canvas.pixel_size_nm
    nodes = random.standard_normal([int(edge / step) + 4 for edge in canvas.shape])
    places = [1 + np.arange(edge) / step for edge in canvas.shape]
    rows, columns = np.meshgrid(*places, indexing="ij", sparse=False)
    return map_coordinates(nodes, [rows, columns], order=3, mode="nearest")
