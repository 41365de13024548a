"""The cell of a scene: its outline, and what is drawn inside it."""

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from zeroshot_em.data.simulation.canvas import (
    LEAFLET,
    MEMBRANE_NM,
    RESIN,
    Body,
    Canvas,
    bilayer,
    blobs_at,
    dents,
    soft_edge,
    strands,
    texture,
)
from zeroshot_em.data.simulation.compartments import Compartment, draw_compartment
from zeroshot_em.errors import InputError

CYTOPLASM = 0.0058
"""Optical depth per nanometre of path."""


def cell_outline(canvas: Canvas, random: np.random.Generator) -> np.ndarray:
    """Return how far inside the cell each pixel lies, in nm (negative outside).

    The cell fills the lower right behind an undulating front with two fingers.
    """
    height, width = canvas.size_nm
    y, x = np.ogrid[0 : canvas.shape[0], 0 : canvas.shape[1]]
    y, x = (y + 0.5) * canvas.pixel_size_nm, (x + 0.5) * canvas.pixel_size_nm
    direction = np.deg2rad(random.uniform(42, 52))
    front = (x - 0.64 * width) * np.cos(direction) + (y - 0.60 * height) * np.sin(direction)
    front = front + 14 * texture(canvas, random, 45)
    inside = front > 0
    along = np.array([-np.sin(direction), np.cos(direction)])
    for place in (-0.24, 0.20):
        root = np.array([0.64 * width, 0.60 * height]) + place * min(width, height) * along
        inside |= _finger(canvas, x, y, root, direction + random.uniform(-0.35, 0.35), random)
    smooth = gaussian_filter(inside.astype(np.float32), 6 / canvas.pixel_size_nm) > 0.5
    if smooth.all() or not smooth.any():
        raise InputError(
            f"a field of {width:.0f} x {height:.0f} nm is too small for a cell and its surroundings"
        )
    distance = distance_transform_edt(smooth) - distance_transform_edt(~smooth)
    ruffles = 2.5 * texture(canvas, random, 14)
    return (canvas.pixel_size_nm * distance + ruffles).astype(np.float32)


def _finger(
    canvas: Canvas,
    x: np.ndarray,
    y: np.ndarray,
    root: np.ndarray,
    direction: float,
    random: np.random.Generator,
) -> np.ndarray:
    """Return where a blunt protrusion of the cell lies."""
    length = min(random.uniform(70, 110), 0.2 * min(canvas.size_nm))
    radius = random.uniform(20, 28)
    axis = np.array([-np.cos(direction), -np.sin(direction)])
    from_x, from_y = x - root[0], y - root[1]
    position = np.clip(from_x * axis[0] + from_y * axis[1], -40, length)
    return np.hypot(from_x - position * axis[0], from_y - position * axis[1]) < radius


def draw_cell(
    canvas: Canvas,
    inside: np.ndarray,
    compartments: list[Compartment],
    random: np.random.Generator,
) -> None:
    """Draw cytoplasm, plasma membrane, organelles, ribosomes and the surface coat."""
    path, membrane = _through_the_section(canvas, inside, texture(canvas, random, 60))
    canvas.depth += 0.85 * LEAFLET * membrane
    canvas.leaflets += membrane
    path = _draw_organelles(canvas, inside, compartments, path, random)
    canvas.depth += (CYTOPLASM - RESIN) * path * np.maximum(_grain(canvas, random), 0.1)
    coat = np.where(inside < 0, np.exp(inside / 7), 0) * (1 + 0.5 * texture(canvas, random, 3))
    canvas.depth += (0.10 * np.maximum(coat, 0)).astype(np.float32)
    canvas.add_blobs(_ribosomes(canvas, path, random))


def _draw_organelles(
    canvas: Canvas,
    inside: np.ndarray,
    compartments: list[Compartment],
    path: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """Draw vesicles, cisternae and compartments; return the path left to the cytoplasm, in nm."""
    vesicles = _vesicles(canvas, inside, [each.body for each in compartments], random)
    drawn = [canvas.add_body(body, lumen, 0.8 * LEAFLET) for body, lumen in vesicles]
    drawn += [draw_compartment(canvas, each, random) for each in compartments]
    for through in drawn:
        if through is not None:
            path = np.maximum(path - through, 0)
    return path


def _through_the_section(
    canvas: Canvas, inside: np.ndarray, slope: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return path lengths in nm through the cell and through the leaflets of its membrane.

    The membrane does not stand upright: `slope` says where it leans to which side.
    """
    tilt = 0.13 * slope
    heights, step = canvas.layers(3.0)
    path = np.zeros(canvas.shape, dtype=np.float32)
    membrane = np.zeros_like(path)
    near = np.abs(inside) < canvas.thickness_nm + 2 * MEMBRANE_NM
    path[inside > 0] = canvas.thickness_nm
    path[near], membrane[near] = _near_the_membrane(inside[near], tilt[near], heights, step)
    return path, membrane


def _near_the_membrane(
    inside: np.ndarray, tilt: np.ndarray, heights: np.ndarray, step: float
) -> tuple[np.ndarray, np.ndarray]:
    path, membrane = np.zeros((2, *inside.shape), dtype=np.float32)
    for height in heights:
        below = inside + np.float32(height) * tilt
        path += soft_edge(below, 1.0)
        membrane += bilayer(below)
    return step * path, step * membrane


def _grain(canvas: Canvas, random: np.random.Generator) -> np.ndarray:
    """Return the relative stain of the cytoplasm."""
    return (
        1
        + 0.30 * texture(canvas, random, 1.6)
        + 0.34 * texture(canvas, random, 3.5)
        + 0.20 * texture(canvas, random, 8)
        + 0.12 * texture(canvas, random, 40)
    )


def _vesicles(
    canvas: Canvas, inside: np.ndarray, others: list[Body], random: np.random.Generator
) -> list[tuple[Body, float]]:
    """Return membrane-bound bodies well inside the cell, each with its lumen's optical depth."""
    rows, columns = np.nonzero(inside > 24)
    bodies: list[tuple[Body, float]] = []
    n_wanted = round(rows.size * canvas.pixel_size_nm**2 / 9000)
    for attempt in range(20 * n_wanted):
        if len(bodies) == n_wanted:
            break
        pick = random.integers(rows.size)
        x, y = (index[pick] * canvas.pixel_size_nm for index in (columns, rows))
        long, flat = _vesicle_size(is_cisterna=attempt % 4 == 0, random=random)
        room = float(inside[rows[pick], columns[pick]]) - 12
        if long <= room and _is_clear(x, y, long, [*others, *(body for body, _ in bodies)]):
            body = _vesicle(x, y, (long, flat), canvas, random)
            bodies.append((body, float(random.choice([0.0, 0.0007, 0.0045]))))
    return bodies


def _vesicle_size(is_cisterna: bool, random: np.random.Generator) -> tuple[float, float]:
    """Return the long semi-axis in nm, and the short one relative to it."""
    long = float(random.uniform(18, 58))
    if is_cisterna:
        return long * 1.6, 14.0 / long / 1.6
    return long, float(random.uniform(0.65, 1.0))


def _is_clear(x: float, y: float, reach: float, bodies: list[Body]) -> bool:
    return all(np.hypot(x - body.x, y - body.y) > reach + body.semi_axes[0] + 6 for body in bodies)


def _vesicle(
    x: float, y: float, size: tuple[float, float], canvas: Canvas, random: np.random.Generator
) -> Body:
    long, flat = size
    return Body(
        x,
        y,
        float(random.uniform(-0.4, 0.4)) * canvas.thickness_nm,
        (long, long * flat, max(long * flat, 30.0)),
        float(random.uniform(0, np.pi)),
        dents(random, 0.03),
    )


def _ribosomes(canvas: Canvas, path: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return ribosomes, strung together in places, wherever the section is full of cytoplasm."""
    rows, columns = np.nonzero(path > 0.95 * canvas.thickness_nm)
    n_strings = random.poisson(rows.size * canvas.pixel_size_nm**2 / 1500)
    picks = random.integers(rows.size, size=n_strings) if rows.size else np.empty(0, dtype=int)
    starts = np.column_stack([columns[picks], rows[picks]]) * canvas.pixel_size_nm
    points = strands(random, starts, 4, 24.0, 0.9).reshape(-1, 2)
    x_index, y_index = (points / canvas.pixel_size_nm).astype(int).T
    fits = (x_index >= 0) & (x_index < canvas.shape[1]) & (y_index >= 0)
    fits &= y_index < canvas.shape[0]
    fits[fits] = path[y_index[fits], x_index[fits]] > 0.95 * canvas.thickness_nm
    return blobs_at(points[fits], random, canvas, sigma=5.0, peak=0.38)
