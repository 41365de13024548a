"""Put a scene together: background, cell and virions, as the camera records them."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from zeroshot_em.core.models.parameters import check_number, check_whole_number
from zeroshot_em.data.simulation.camera import Camera, record
from zeroshot_em.data.simulation.canvas import RESIN, Body, Canvas, blobs_at, strands, texture
from zeroshot_em.data.simulation.cell import cell_outline, draw_cell
from zeroshot_em.data.simulation.compartments import place_compartments
from zeroshot_em.data.simulation.sectioning import cut_and_stain
from zeroshot_em.data.simulation.virion import draw_virion, place_virions
from zeroshot_em.errors import InputError

SMALLEST_EDGE, LARGEST_EDGE = 64, 16_384
LARGEST_EDGE_NM = 20_000
SMALLEST_PIXEL_NM, LARGEST_PIXEL_NM = 0.05, 50
LARGEST_THICKNESS_NM = 1000
SMALLEST_DOSE = 1e-6
LARGEST_DOSE = 2000
"""More do not fit into 16 bits."""

LEAST_MEMBRANE, LEAST_VIRION, LEAST_SPIKE = 0.25, 0.25, 0.08
"""From where a pixel shows them: paths as parts of the section's thickness; optical depth."""

OPERATORS_PERCENTILES, OPERATORS_MARGIN = (0.2, 99.8), 0.06
"""Of the counts, that an operator makes nearly black and nearly white; and how nearly."""

IMAGES = ("noisy", "clean", "cell_mask", "virion_mask", "boundary_mask", "spike_mask", "depth")
"""What is written of a scene, each as an image."""


@dataclass(frozen=True)
class Scene:
    """A simulated micrograph and what is true of it.

    Attributes
    ----------
    noisy : ndarray of uint16, shape (height, width)
        Recorded counts.
    clean : ndarray of float32, shape (height, width)
        Their expectation, on the same scale.
    cell_mask : ndarray of bool, shape (height, width)
        True inside the cell, its membrane included.
    pixel_size_nm : float
    parameters : dict
        Everything the scene was made from, and where its virions lie; JSON can hold it.
    virion_mask, boundary_mask, spike_mask : ndarray of bool, shape (height, width)
        Where virions lie, where membranes stand upright enough to be seen as lines, and spikes.
    depth : ndarray of float32, shape (height, width)
        Optical depth of the section.
    camera : Camera
    export : (float, float) or None
        Offset in counts and gain of an export to 8 bit.
    """

    noisy: np.ndarray
    clean: np.ndarray
    cell_mask: np.ndarray
    pixel_size_nm: float
    parameters: dict[str, Any]
    virion_mask: np.ndarray
    boundary_mask: np.ndarray
    spike_mask: np.ndarray
    depth: np.ndarray
    camera: Camera
    export: tuple[float, float] | None = None

    def exposure(self, seed: int) -> np.ndarray:
        """Return another recording of the same section, like `noisy`."""
        check_whole_number("the seed", seed, 0)
        electrons = self.parameters["dose_electrons_per_pixel"] * transmission(self.depth)
        counts = record(electrons, self.camera, np.random.default_rng((seed, 1)))
        return counts if self.export is None else _eight_bit(counts, *self.export)

    def as_published(self) -> "Scene":
        """Return the scene as published files are: 8 bit, by an operator's contrast and brightness.

        Grey values are (counts - offset) * gain, far from counts of electrons; what lies beyond
        0 and 255 is cut off in `noisy`, and `clean` is in the same grey values.
        """
        low, high = (float(value) for value in np.percentile(self.noisy, OPERATORS_PERCENTILES))
        margin = OPERATORS_MARGIN * (high - low)
        offset, gain = low - margin, 255 / max(high - low + 2 * margin, 1e-9)
        return replace(
            self,
            noisy=_eight_bit(self.noisy, offset, gain),
            clean=((self.clean - offset) * gain).astype(np.float32),
            parameters={**self.parameters, "export": {"offset": offset, "gain": gain}},
            export=(offset, gain),
        )


def _eight_bit(counts: np.ndarray, offset: float, gain: float) -> np.ndarray:
    return np.clip(np.rint((counts - offset) * gain), 0, 255).astype(np.uint8)


def transmission(depth: np.ndarray) -> np.ndarray:
    """Return the share of the electrons that a section of this optical depth lets through."""
    return np.exp(-depth.astype(np.float64))


def simulate_scene(
    shape: tuple[int, int] = (1032, 1376),
    *,
    seed: int = 0,
    dose: float = 10.0,
    pixel_size_nm: float = 0.54,
    section_thickness_nm: float = 60.0,
    n_virions: int | None = None,
    with_cell: bool = True,
    camera: Camera | None = None,
) -> Scene:
    """Simulate an infection scene.

    The same seed gives the same structures at any dose.

    Parameters
    ----------
    shape : (int, int)
        Height and width in pixels; the default is that of the paper's micrograph.
    seed : int
        Of structures and noise.
    dose : float
        Electrons per pixel that reach the specimen.
    pixel_size_nm : float
        Edge of a pixel.
    section_thickness_nm : float
        Ultrathin plastic sections have 50 to 70 nm.
    n_virions : int, optional
        How many whole virions to place, as far as there is room; by default as many as fit loosely,
        some of them cut by the image's edge.
    with_cell : bool
        Whether a cell covers the lower right.
    camera : Camera, optional
        What records the electrons; a scintillator camera by default.

    Returns
    -------
    Scene
        The recorded image and all that is true of it.

    Raises
    ------
    InputError
        If the shape, the seed, a length, the dose or the number of virions cannot be used.
    """
    camera = camera or Camera()
    _check(shape, seed, dose, pixel_size_nm, section_thickness_nm, n_virions)
    seeds = np.random.SeedSequence(seed).spawn(3)
    structure, noise, preparation = (np.random.default_rng(each) for each in seeds)
    canvas = Canvas(shape, pixel_size_nm, section_thickness_nm)
    enclosed: list[Body] = []
    inside = cell_outline(canvas, structure) if with_cell else np.full(shape, -np.inf)
    virions = place_virions(canvas, inside, n_virions, structure)
    _draw_background(canvas, structure)
    if with_cell:
        compartments = place_compartments(canvas, inside, preparation)
        draw_cell(canvas, inside, compartments, structure)
        enclosed = [virion for each in compartments for virion in each.virions]
    for virion in virions:
        draw_virion(canvas, virion, structure)
    cut_and_stain(canvas, preparation)

    electrons = dose * transmission(canvas.depth)
    return Scene(
        noisy=record(electrons, camera, noise),
        clean=(camera.conversion * camera.blur(electrons)).astype(np.float32),
        cell_mask=inside > 0,
        pixel_size_nm=pixel_size_nm,
        parameters={"seed": seed, **_described(canvas, dose, camera, [*virions, *enclosed])},
        virion_mask=canvas.virions > LEAST_VIRION * section_thickness_nm,
        boundary_mask=canvas.leaflets > LEAST_MEMBRANE * section_thickness_nm,
        spike_mask=canvas.spikes > LEAST_SPIKE,
        depth=canvas.depth,
        camera=camera,
    )


def _described(canvas: Canvas, dose: float, camera: Camera, virions: list[Body]) -> dict[str, Any]:
    return {
        "shape": list(canvas.shape),
        "dose_electrons_per_pixel": dose,
        "pixel_size_nm": canvas.pixel_size_nm,
        "section_thickness_nm": canvas.thickness_nm,
        "camera": asdict(camera),
        "virions": [asdict(virion) for virion in virions],
    }


def _check(
    shape: tuple[int, int],
    seed: int,
    dose: float,
    pixel_size_nm: float,
    section_thickness_nm: float,
    n_virions: int | None,
) -> None:
    check_number("the pixel size (nm)", pixel_size_nm, SMALLEST_PIXEL_NM, LARGEST_PIXEL_NM)
    check_number("the section thickness (nm)", section_thickness_nm, 1, LARGEST_THICKNESS_NM)
    _check_shape(shape, pixel_size_nm)
    check_number("the dose (electrons per pixel)", dose, SMALLEST_DOSE, LARGEST_DOSE)
    check_whole_number("the seed", seed, 0)
    if n_virions is not None:
        check_whole_number("the number of virions", n_virions, 0)


def _check_shape(shape: tuple[int, int], pixel_size_nm: float) -> None:
    if len(shape) != 2:
        raise InputError(f"a scene needs a height and a width in pixels, got {shape!r}")
    for edge in shape:
        check_whole_number("an edge of a scene (pixels)", edge, SMALLEST_EDGE, LARGEST_EDGE)
        if edge * pixel_size_nm > LARGEST_EDGE_NM:
            raise InputError(
                f"{edge} pixels of {pixel_size_nm:g} nm are too large a scene; "
                f"{LARGEST_EDGE_NM} nm are the most"
            )


def _draw_background(canvas: Canvas, random: np.random.Generator) -> None:
    """Draw the embedding resin and what little floats in it."""
    cloud = 1 + 0.10 * texture(canvas, random, 25) + 0.06 * texture(canvas, random, 3)
    canvas.depth += (RESIN * canvas.thickness_nm * cloud).astype(np.float32)
    height, width = canvas.size_nm
    n_strands = random.poisson(height * width / 5000)
    starts = random.uniform((0, 0), (width, height), (n_strands, 2))
    points = strands(random, starts, 9, 3.0, 0.6).reshape(-1, 2)
    canvas.add_blobs(blobs_at(points, random, canvas, sigma=2.4, peak=0.08))
