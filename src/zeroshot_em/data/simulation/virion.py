"""The virions of a scene: where they lie, and how they are drawn."""

import numpy as np
from scipy.spatial import KDTree

from zeroshot_em.data.simulation.canvas import LEAFLET, MEMBRANE_NM, RESIN, Body, Canvas, dents

SPIKE_LENGTH_NM = 23.0
SMALLEST_VIRION_NM2 = 4500
VIRION_LUMEN = 0.0068
"""Optical depth per nanometre of path."""


def place_virions(
    canvas: Canvas, inside: np.ndarray, n_virions: int | None, random: np.random.Generator
) -> list[Body]:
    """Return virions outside the cell, with room for their spikes, cut at any height."""
    room = np.count_nonzero(inside < 0) * canvas.pixel_size_nm**2
    most = 10 + int(room / SMALLEST_VIRION_NM2)
    n_wanted = round(room / 13500) if n_virions is None else min(n_virions, most)
    virions: list[Body] = []
    for _ in range(400 * n_wanted):
        if len(virions) == n_wanted:
            break
        radius = float(np.clip(random.normal(47, 3.5), 38, 56))
        x, y = _place(canvas, radius, n_virions is not None, random)
        if _has_room(canvas, inside, (x, y, radius), virions):
            virions.append(_virion(x, y, radius, canvas, random))
    return virions


def _place(
    canvas: Canvas, radius: float, is_whole: bool, random: np.random.Generator
) -> tuple[float, float]:
    height, width = canvas.size_nm
    margin = min(radius + 12, height / 2, width / 2) if is_whole else -0.2 * radius
    x, y = (random.uniform(margin, edge - margin) for edge in (width, height))
    return x, y


def _has_room(
    canvas: Canvas, inside: np.ndarray, circle: tuple[float, float, float], virions: list[Body]
) -> bool:
    """Say whether a virion of this centre and radius is clear of the cell and of the others."""
    x, y, radius = circle
    row = int(np.clip(y / canvas.pixel_size_nm, 0, canvas.shape[0] - 1))
    column = int(np.clip(x / canvas.pixel_size_nm, 0, canvas.shape[1] - 1))
    if inside[row, column] > -(radius + 8):
        return False
    if not virions:
        return True
    nearest, which = KDTree([(virion.x, virion.y) for virion in virions]).query((x, y))
    return nearest >= radius + virions[int(which)].semi_axes[0] + 14


def _virion(x: float, y: float, radius: float, canvas: Canvas, random: np.random.Generator) -> Body:
    axes = radius * random.uniform(0.92, 1.08, 3)
    graze = 0.5 * canvas.thickness_nm + 0.45 * radius
    return Body(
        float(x),
        float(y),
        float(np.clip(random.normal(0, 0.45), -1, 1)) * graze,
        (float(axes[0]), float(axes[1]), float(axes[2])),
        float(random.uniform(0, np.pi)),
        dents(random, 0.022),
    )


def virion_at(x: float, y: float, z: float, radius: float, random: np.random.Generator) -> Body:
    """Return a virion about a point."""
    a, b, c = radius * random.uniform(0.92, 1.08, 3)
    axes = (float(a), float(b), float(c))
    return Body(
        float(x), float(y), float(z), axes, float(random.uniform(0, np.pi)), dents(random, 0.022)
    )


def draw_virion(canvas: Canvas, virion: Body, random: np.random.Generator) -> None:
    """Draw envelope, spikes and granular core."""
    through = canvas.add_body(virion, VIRION_LUMEN - RESIN, LEAFLET)
    if through is not None:
        canvas.virions += through
    canvas.add_blobs(_core(virion, random))
    canvas.add_blobs(_spikes(virion, random), also_to=canvas.spikes)


def _on_sphere(random: np.random.Generator, n_points: int) -> np.ndarray:
    """Return points spread about evenly over the unit sphere, jittered and turned at random."""
    index = np.arange(n_points) + 0.5
    latitude = np.arccos(1 - 2 * index / n_points)
    longitude = np.pi * (1 + 5**0.5) * index + random.uniform(0, 2 * np.pi)
    points = np.column_stack(
        [
            np.cos(longitude) * np.sin(latitude),
            np.sin(longitude) * np.sin(latitude),
            np.cos(latitude),
        ]
    )
    points += random.normal(0, 0.14, points.shape)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def _in_plane(virion: Body, offsets: np.ndarray) -> np.ndarray:
    """Return points given along the virion's axes in the coordinates of the section."""
    cos, sin = np.cos(virion.angle), np.sin(virion.angle)
    x = virion.x + cos * offsets[..., 0] - sin * offsets[..., 1]
    y = virion.y + sin * offsets[..., 0] + cos * offsets[..., 1]
    return np.stack([x, y, virion.z + offsets[..., 2]], axis=-1)


def _core(virion: Body, random: np.random.Generator) -> np.ndarray:
    """Return the ribonucleoprotein granules, most of them near the envelope."""
    n_granules = int(random.integers(55, 75))
    directions = random.normal(size=(n_granules, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    reach = np.array(virion.semi_axes) - MEMBRANE_NM - 7
    offsets = directions * reach * random.uniform(0.05, 1, (n_granules, 1)) ** 0.4
    sigmas = random.uniform(3.0, 4.8, n_granules)
    peaks = random.uniform(0.14, 0.34, n_granules)
    return np.column_stack([_in_plane(virion, offsets), sigmas, peaks])


def _spikes(virion: Body, random: np.random.Generator) -> np.ndarray:
    """Return club-shaped spikes: a thin stalk under a thick head, leaning a little."""
    directions = _on_sphere(random, int(random.integers(30, 46)))
    leaning = directions + random.normal(0, 0.22, directions.shape)
    leaning /= np.linalg.norm(leaning, axis=1, keepdims=True)
    length = SPIKE_LENGTH_NM * random.uniform(0.86, 1.0, (len(directions), 1, 1))
    # Heights along the spike, standard deviations (nm) and stains of stalk and head.
    heights = np.array([0.08, 0.20, 0.32, 0.44, 0.58, 0.70, 0.80])[:, None]
    sigmas = np.array([1.3, 1.3, 1.3, 1.6, 2.6, 3.0, 2.4])
    peaks = np.array([0.14, 0.14, 0.14, 0.14, 0.22, 0.26, 0.20])
    roots = directions * np.array(virion.semi_axes)
    points = roots[:, None, :] + heights * length * leaning[:, None, :]
    spread = [np.broadcast_to(v, points.shape[:2]).reshape(-1) for v in (sigmas, peaks)]
    return np.column_stack([_in_plane(virion, points).reshape(-1, 3), *spread])
