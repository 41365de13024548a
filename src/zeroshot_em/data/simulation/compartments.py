"""What an infected cell holds: double-membrane vesicles, and vacuoles in which virions bud."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from zeroshot_em.data.simulation.canvas import LEAFLET, Body, Canvas, dents
from zeroshot_em.data.simulation.virion import draw_virion, virion_at

BETWEEN_MEMBRANES_NM = 13.0
DOUBLE_LUMEN, VACUOLE_LUMEN = 0.0006, -0.0004
"""Optical depth per nm above the resin's: little is stained in either."""

CLEARANCE_NM = 12.0
CELL_NM2_EACH = 45_000
VACUOLE_EVERY = 3
VIRION_RADIUS_NM = 44.0


class Compartment(NamedTuple):
    """A large round body of an infected cell, with virions in it if it is a vacuole."""

    body: Body
    is_vacuole: bool
    virions: tuple[Body, ...] = ()


def place_compartments(
    canvas: Canvas, inside: np.ndarray, random: np.random.Generator
) -> list[Compartment]:
    """Return as many compartments as fit loosely, well inside the cell; every third a vacuole."""
    n_wanted = round(np.count_nonzero(inside > 0) * canvas.pixel_size_nm**2 / CELL_NM2_EACH)
    placed: list[Compartment] = []
    for attempt in range(12 * n_wanted):
        if len(placed) == n_wanted:
            break
        is_vacuole = len(placed) % VACUOLE_EVERY == VACUOLE_EVERY - 1
        radius = float(random.uniform(98, 112) if is_vacuole else random.uniform(52, 90))
        rows, columns = np.nonzero(inside > (radius + CLEARANCE_NM) * 0.97 ** (attempt // 4))
        if rows.size == 0:
            continue
        pick = random.integers(rows.size)
        x, y = (float(index[pick]) * canvas.pixel_size_nm for index in (columns, rows))
        if all(
            np.hypot(x - other.body.x, y - other.body.y)
            > radius + other.body.semi_axes[0] + CLEARANCE_NM
            for other in placed
        ):
            placed.append(_compartment(x, y, radius, is_vacuole, random))
    return placed


def _compartment(
    x: float, y: float, radius: float, is_vacuole: bool, random: np.random.Generator
) -> Compartment:
    axes = (radius, radius * float(random.uniform(0.9, 1.0)), radius)
    height = float(random.uniform(-0.2, 0.2)) * radius
    body = Body(x, y, height, axes, float(random.uniform(0, np.pi)), dents(random, 0.02))
    return Compartment(body, is_vacuole, _virions_of(body, random) if is_vacuole else ())


def _virions_of(body: Body, random: np.random.Generator) -> tuple[Body, ...]:
    """Return a virion afloat in a vacuole and one that buds from the membrane opposite."""
    bearing = float(random.uniform(0, 2 * np.pi))
    reach = min(body.semi_axes[:2])
    places = (-(reach - VIRION_RADIUS_NM - 22), reach - 0.45 * VIRION_RADIUS_NM)
    return tuple(
        virion_at(
            body.x + place * np.cos(bearing),
            body.y + place * np.sin(bearing),
            body.z + float(random.uniform(-8, 8)),
            VIRION_RADIUS_NM * float(random.uniform(0.93, 1.03)),
            random,
        )
        for place in places
    )


def draw_compartment(
    canvas: Canvas, compartment: Compartment, random: np.random.Generator
) -> np.ndarray | None:
    """Draw membranes and virions; return the path through it in nm, None if it is out of sight."""
    lumen = VACUOLE_LUMEN if compartment.is_vacuole else 0.5 * DOUBLE_LUMEN
    through = canvas.add_body(compartment.body, lumen, LEAFLET)
    if not compartment.is_vacuole:
        canvas.add_body(_shrunk(compartment.body), 0.5 * DOUBLE_LUMEN, LEAFLET)
    for virion in compartment.virions:
        draw_virion(canvas, virion, random)
    return through


def _shrunk(body: Body) -> Body:
    """Return the inner membrane's body."""
    a, b, c = (axis - BETWEEN_MEMBRANES_NM for axis in body.semi_axes)
    return replace(body, semi_axes=(a, b, c))
