"""A simulated infection scene whose truth is known.

The scene imitates a transmission electron micrograph of an ultrathin plastic section: virions
beside a cell, stained dark on a light background. Everything solid is three-dimensional and is
projected through the section, so that a virion may be cut through its middle or merely grazed. The
sizes are those of Laue et al. (2021): particles of about 100 nm, spikes of up to 23 nm, 0.54 nm per
pixel.

What is drawn is the optical depth tau (dimensionless). The camera then records::

    expected = g * (h * (dose * exp(-tau)))                                    (C1)
    noisy    = g / DQE * (h * Poisson(DQE * dose * exp(-tau))) + readout       (C2)

with g counts per electron and the point spread h of the camera, given by its modulation transfer.
As in a real camera the blur acts on the shot noise too, so that the noise of neighbouring pixels
is correlated; that of every second pixel hardly is.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from scipy import fft
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.spatial import KDTree
from scipy.special import ndtr

from zeroshot_em.errors import InputError

SPIKE_LENGTH_NM = 23.0
MEMBRANE_NM = 6.0
LEAFLET_SIGMA_NM = 1.0
SMALLEST_EDGE = 64
LARGEST_DOSE = 2000
BLUR_REACH = 16

# Optical depth per nanometre of path.
RESIN = 0.0020
CYTOPLASM = 0.0058
LEAFLET = 0.026
VIRION_LUMEN = 0.0068


@dataclass(frozen=True)
class Camera:
    """A scintillator camera; the defaults are measured values at 120 kV, binned 2 x 2.

    Attributes
    ----------
    conversion : float
        Counts per electron.
    quantum_efficiency : float
        Detective quantum efficiency (DQE) at zero frequency.
    readout_noise : float
        Standard deviation in counts.
    mtf_scale, mtf_exponent : float
        Of the detector's modulation transfer exp(-(f / scale) ** exponent), f in units of its
        Nyquist frequency; it passes 0.54, 0.16 and 0.03 at one, two and three quarters.
    binning : int
        A pixel of the image adds up the charge of so many by so many pixels of the detector before
        it is read out.
    """

    conversion: float = 30.0
    quantum_efficiency: float = 0.6
    readout_noise: float = 3.0
    mtf_scale: float = 0.34
    mtf_exponent: float = 1.57
    binning: int = 2

    def detector_mtf(self, frequency: np.ndarray) -> np.ndarray:
        """Return the modulation transfer of the detector, f in units of its Nyquist frequency."""
        return np.exp(-((np.abs(frequency) / self.mtf_scale) ** self.mtf_exponent))

    def mtf(self, down: np.ndarray, across: np.ndarray) -> np.ndarray:
        """Return the modulation transfer of the image, f in units of the image's Nyquist frequency.

        That is the detector's transfer times that of adding up its pixels.
        """
        detector = self.detector_mtf(np.hypot(down, across) / self.binning)
        return detector * self._binning_transfer(down) * self._binning_transfer(across)

    def _binning_transfer(self, frequency: np.ndarray) -> np.ndarray:
        phases = (
            np.pi
            / 2
            / self.binning
            * np.multiply.outer(
                np.arange(self.binning) - (self.binning - 1) / 2, np.asarray(frequency)
            )
        )
        return np.cos(2 * phases).mean(axis=0)

    def transfer(self, shape: tuple[int, int]) -> np.ndarray:
        """Return the modulation transfer on the grid of `scipy.fft.rfft2`."""
        across = fft.rfftfreq(shape[1], 0.5)
        down = fft.fftfreq(shape[0], 0.5)
        return self.mtf(down[:, None], across[None, :])

    def blur(self, image: np.ndarray) -> np.ndarray:
        """Return `image` as the camera spreads it, mirrored at the borders."""
        mirrored = np.pad(image, BLUR_REACH, mode="symmetric")
        shape = (mirrored.shape[0], mirrored.shape[1])
        blurred = fft.irfft2(fft.rfft2(mirrored) * self.transfer(shape), s=shape)
        return blurred[BLUR_REACH:-BLUR_REACH, BLUR_REACH:-BLUR_REACH]

    @property
    def photon_transfer_gain(self) -> float:
        """Slope of the noise's variance against the expected count, in counts.

        It is conversion / DQE * sum(h ** 2); the sum is the mean square of the transfer.
        """
        frequency = fft.fftfreq(512, 0.5)
        power = np.mean(self.mtf(frequency[:, None], frequency[None, :]) ** 2)
        return self.conversion / self.quantum_efficiency * float(power)


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
    """

    noisy: np.ndarray
    clean: np.ndarray
    cell_mask: np.ndarray
    pixel_size_nm: float
    parameters: dict[str, Any]


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

    Returns
    -------
    Scene

    Raises
    ------
    InputError
        If the image is too small, or a length or the dose is not positive.
    """
    camera = camera or Camera()
    _check(shape, dose, pixel_size_nm, section_thickness_nm, n_virions)
    structure, noise = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    canvas = _Canvas(shape, pixel_size_nm, section_thickness_nm)
    inside = _cell_outline(canvas, structure) if with_cell else np.full(shape, -np.inf)
    virions = _place_virions(canvas, inside, n_virions, structure)
    _draw_background(canvas, structure)
    if with_cell:
        _draw_cell(canvas, inside, structure)
    for virion in virions:
        _draw_virion(canvas, virion, structure)

    electrons = dose * np.exp(-canvas.depth.astype(np.float64))
    noisy = _record(electrons, camera, noise)
    parameters = {
        "seed": seed,
        "shape": list(shape),
        "dose_electrons_per_pixel": dose,
        "pixel_size_nm": pixel_size_nm,
        "section_thickness_nm": section_thickness_nm,
        "camera": asdict(camera),
        "virions": [asdict(virion) for virion in virions],
    }
    clean = (camera.conversion * camera.blur(electrons)).astype(np.float32)
    return Scene(noisy, clean, inside > 0, pixel_size_nm, parameters)


def _check(
    shape: tuple[int, int],
    dose: float,
    pixel_size_nm: float,
    section_thickness_nm: float,
    n_virions: int | None,
) -> None:
    if len(shape) != 2 or min(shape) < SMALLEST_EDGE:
        raise InputError(
            f"a scene needs a height and a width of at least {SMALLEST_EDGE} pixels, "
            f"got {'x'.join(map(str, shape))}"
        )
    for name, value in {
        "the dose (electrons per pixel)": dose,
        "the pixel size (nm)": pixel_size_nm,
        "the section thickness (nm)": section_thickness_nm,
    }.items():
        if not (np.isfinite(value) and value > 0):
            raise InputError(f"{name} must be a positive number, got {value}")
    if dose > LARGEST_DOSE:
        raise InputError(
            f"{dose:g} electrons per pixel are more than 16 bits hold; {LARGEST_DOSE} are the most"
        )
    if n_virions is not None and n_virions < 0:
        raise InputError(f"the number of virions cannot be negative, got {n_virions}")


def _record(electrons: np.ndarray, camera: Camera, random: np.random.Generator) -> np.ndarray:
    """Return the counts that the camera records (C2), within 16 bits."""
    detected = random.poisson(camera.quantum_efficiency * electrons)
    counts = camera.conversion / camera.quantum_efficiency * camera.blur(detected)
    counts += camera.readout_noise * random.standard_normal(counts.shape)
    return np.clip(np.rint(counts), 0, np.iinfo(np.uint16).max).astype(np.uint16)


@dataclass(frozen=True)
class Body:
    """An ellipsoid bounded by a membrane; lengths in nm, z measured from the section's middle.

    Attributes
    ----------
    x, y, z : float
        Centre.
    semi_axes : (float, float, float)
    angle : float
        Of the first axis in the plane, in radians.
    dents : tuple of (float, float)
        Relative depth and phase of a twofold, threefold ... deviation from the ellipsoid.
    """

    x: float
    y: float
    z: float
    semi_axes: tuple[float, float, float]
    angle: float = 0.0
    dents: tuple[tuple[float, float], ...] = ()

    def depth_below_surface(self, x: np.ndarray, y: np.ndarray, z: float) -> np.ndarray:
        """Return about how far inside the surface each point lies, in nm (negative outside)."""
        cos, sin = np.float32(np.cos(self.angle)), np.float32(np.sin(self.angle))
        along = (x - self.x) * cos + (y - self.y) * sin
        across = (y - self.y) * cos - (x - self.x) * sin
        up = np.float32(z - self.z)
        a, b, c = (np.float32(axis) for axis in self.semi_axes)
        radius = np.sqrt((along / a) ** 2 + (across / b) ** 2 + (up / c) ** 2)
        slope = np.sqrt((along / a**2) ** 2 + (across / b**2) ** 2 + (up / c**2) ** 2)
        surface = np.ones_like(radius)
        bearing = np.arctan2(across, along)
        for fold, (size, phase) in enumerate(self.dents, start=2):
            surface += np.float32(size) * np.cos(fold * bearing + np.float32(phase))
        return (surface - radius) * radius / np.maximum(slope, np.float32(1e-6))


@dataclass
class _Canvas:
    """The optical depth that has been drawn so far."""

    shape: tuple[int, int]
    pixel_size_nm: float
    thickness_nm: float
    depth: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.depth = np.zeros(self.shape, dtype=np.float32)

    @property
    def size_nm(self) -> tuple[float, float]:
        """Height and width."""
        return self.shape[0] * self.pixel_size_nm, self.shape[1] * self.pixel_size_nm

    def layers(self, step_nm: float = 1.5) -> tuple[np.ndarray, float]:
        """Return the heights of the layers the section is cut into, and their thickness."""
        n_layers = max(3, round(self.thickness_nm / step_nm))
        step = self.thickness_nm / n_layers
        return (np.arange(n_layers) + 0.5) * step - self.thickness_nm / 2, step

    def window(
        self, x: float, y: float, reach: float
    ) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray] | None:
        """Return the pixels within `reach` nm of a point as slices and coordinates in nm."""
        slices, axes = [], []
        for centre, n_pixels in ((y, self.shape[0]), (x, self.shape[1])):
            start = max(0, int((centre - reach) / self.pixel_size_nm))
            stop = min(n_pixels, int((centre + reach) / self.pixel_size_nm) + 1)
            if start >= stop:
                return None
            slices.append(slice(start, stop))
            axes.append((np.arange(start, stop, dtype=np.float32) + 0.5) * self.pixel_size_nm)
        return (slices[0], slices[1]), axes[1][None, :], axes[0][:, None]

    def add_blobs(self, blobs: np.ndarray) -> None:
        """Draw Gaussian blobs, each as far as it lies within the section.

        Parameters
        ----------
        blobs : ndarray of shape (n_blobs, 5)
            x, y, z and standard deviation in nm, and optical depth through the middle.
        """
        half = self.thickness_nm / 2
        for x, y, z, sigma, peak in blobs:
            within = ndtr((half - z) / sigma) - ndtr((-half - z) / sigma)
            window = self.window(x, y, 3.5 * sigma) if within > 1e-3 else None
            if window is not None:
                where, xs, ys = window
                column = np.exp(-(((ys - y) / sigma) ** 2) / 2) * np.float32(peak * within)
                self.depth[where] += column * np.exp(-(((xs - x) / sigma) ** 2) / 2)

    def add_body(self, body: Body, lumen: float, membrane: float) -> np.ndarray | None:
        """Draw a body; the arguments are optical depths per nm.

        Returns
        -------
        ndarray or None
            Path length through the body in nm for the whole image; None if it is out of sight.
        """
        window = self.window(body.x, body.y, 1.1 * max(body.semi_axes[:2]) + 5)
        heights, step = self.layers()
        heights = heights[np.abs(heights - body.z) < body.semi_axes[2]]
        if window is None or heights.size == 0:
            return None
        where, xs, ys = window
        path = np.zeros(self.depth[where].shape, dtype=np.float32)
        shell = np.zeros_like(path)
        for height in heights:
            below = body.depth_below_surface(xs, ys, float(height))
            path += _step(below, 1.0)
            shell += _bilayer(below)
        self.depth[where] += step * (lumen * path + membrane * shell)
        whole = np.zeros(self.shape, dtype=np.float32)
        whole[where] = step * path
        return whole


def _step(distance: np.ndarray, width: float) -> np.ndarray:
    return np.clip(distance / np.float32(2 * width) + np.float32(0.5), 0, 1)


def _bilayer(depth_below_surface: np.ndarray) -> np.ndarray:
    """Return the stain of the two leaflets of a membrane."""
    inner = MEMBRANE_NM - LEAFLET_SIGMA_NM
    sharpness = np.float32(-0.5 / LEAFLET_SIGMA_NM**2)
    outer_part = np.exp(sharpness * (depth_below_surface - np.float32(LEAFLET_SIGMA_NM)) ** 2)
    return outer_part + np.exp(sharpness * (depth_below_surface - np.float32(inner)) ** 2)


def _texture(canvas: _Canvas, random: np.random.Generator, grain_nm: float) -> np.ndarray:
    """Return a smooth random field of mean 0 and variance 1 whose grains have the given size."""
    white = random.standard_normal(canvas.shape, dtype=np.float32)
    sigma = grain_nm / canvas.pixel_size_nm
    smooth = gaussian_filter(white, sigma, mode="wrap", truncate=3)
    return (smooth - smooth.mean()) / smooth.std()


def _strands(
    random: np.random.Generator,
    starts: np.ndarray,
    n_steps: int,
    step_nm: float,
    bend: float,
) -> np.ndarray:
    """Return points along random walks that bend by `bend` radians a step, shape (..., 2)."""
    headings = random.uniform(0, 2 * np.pi, (len(starts), 1)) + np.cumsum(
        random.normal(0, bend, (len(starts), n_steps)), axis=1
    )
    steps = step_nm * np.stack([np.cos(headings), np.sin(headings)], axis=-1)
    return starts[:, None, :] + np.cumsum(steps, axis=1)


def _draw_background(canvas: _Canvas, random: np.random.Generator) -> None:
    """Draw the embedding resin and what little floats in it."""
    cloud = 1 + 0.10 * _texture(canvas, random, 25) + 0.06 * _texture(canvas, random, 3)
    canvas.depth += (RESIN * canvas.thickness_nm * cloud).astype(np.float32)
    height, width = canvas.size_nm
    n_strands = random.poisson(height * width / 5000)
    starts = random.uniform((0, 0), (width, height), (n_strands, 2))
    points = _strands(random, starts, 9, 3.0, 0.6).reshape(-1, 2)
    canvas.add_blobs(_blobs_at(points, random, canvas, sigma=2.4, peak=0.08))


def _blobs_at(
    points: np.ndarray, random: np.random.Generator, canvas: _Canvas, sigma: float, peak: float
) -> np.ndarray:
    """Return blobs of varied size and stain at points of the plane, anywhere in the section."""
    n_points = len(points)
    heights = random.uniform(-0.5, 0.5, n_points) * canvas.thickness_nm
    sigmas = sigma * random.uniform(0.75, 1.25, n_points)
    peaks = peak * random.uniform(0.5, 1.4, n_points)
    return np.column_stack([points, heights, sigmas, peaks])


def _cell_outline(canvas: _Canvas, random: np.random.Generator) -> np.ndarray:
    """Return how far inside the cell each pixel lies, in nm (negative outside).

    The cell fills the lower right behind an undulating front with two fingers.
    """
    height, width = canvas.size_nm
    y, x = np.ogrid[0 : canvas.shape[0], 0 : canvas.shape[1]]
    y, x = (y + 0.5) * canvas.pixel_size_nm, (x + 0.5) * canvas.pixel_size_nm
    direction = np.deg2rad(random.uniform(42, 52))
    front = (x - 0.64 * width) * np.cos(direction) + (y - 0.60 * height) * np.sin(direction)
    front = front + 14 * _texture(canvas, random, 45)
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
    ruffles = 2.5 * _texture(canvas, random, 14)
    return (canvas.pixel_size_nm * distance + ruffles).astype(np.float32)


def _finger(
    canvas: _Canvas,
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


def _draw_cell(canvas: _Canvas, inside: np.ndarray, random: np.random.Generator) -> None:
    """Draw cytoplasm, plasma membrane, vesicles, cisternae, ribosomes and the surface coat."""
    tilt = 0.13 * _texture(canvas, random, 60)
    heights, step = canvas.layers(3.0)
    path = np.zeros(canvas.shape, dtype=np.float32)
    membrane = np.zeros_like(path)
    near = np.abs(inside) < canvas.thickness_nm + 2 * MEMBRANE_NM
    near_inside, near_tilt = inside[near], tilt[near]
    near_path = np.zeros(near_inside.shape, dtype=np.float32)
    near_membrane = np.zeros_like(near_path)
    for height in heights:
        below = near_inside + np.float32(height) * near_tilt
        near_path += _step(below, 1.0)
        near_membrane += _bilayer(below)
    path[inside > 0] = canvas.thickness_nm
    path[near] = step * near_path
    membrane[near] = step * near_membrane
    canvas.depth += 0.85 * LEAFLET * membrane

    for body, lumen in _vesicles(canvas, inside, random):
        through = canvas.add_body(body, lumen, 0.8 * LEAFLET)
        if through is not None:
            path = np.maximum(path - through, 0)
    grain = (
        1
        + 0.16 * _texture(canvas, random, 1.6)
        + 0.24 * _texture(canvas, random, 3.5)
        + 0.20 * _texture(canvas, random, 8)
        + 0.12 * _texture(canvas, random, 40)
    )
    canvas.depth += (CYTOPLASM - RESIN) * path * np.maximum(grain, 0.1)
    coat = np.where(inside < 0, np.exp(inside / 7), 0) * (1 + 0.5 * _texture(canvas, random, 3))
    canvas.depth += (0.10 * np.maximum(coat, 0)).astype(np.float32)
    canvas.add_blobs(_ribosomes(canvas, path, random))


def _vesicles(
    canvas: _Canvas, inside: np.ndarray, random: np.random.Generator
) -> list[tuple[Body, float]]:
    """Return membrane-bound bodies well inside the cell, each with its lumen's optical depth."""
    rows, columns = np.nonzero(inside > 24)
    bodies: list[tuple[Body, float]] = []
    taken: list[tuple[float, float, float]] = []
    n_wanted = round(rows.size * canvas.pixel_size_nm**2 / 9000)
    for attempt in range(20 * n_wanted):
        if len(bodies) == n_wanted:
            break
        pick = random.integers(rows.size)
        x, y = (index[pick] * canvas.pixel_size_nm for index in (columns, rows))
        long = float(random.uniform(18, 58))
        flat = float(random.uniform(0.65, 1.0)) if attempt % 4 else 14.0 / long
        if attempt % 4 == 0:
            long *= 1.6
            flat /= 1.6
        room = float(inside[rows[pick], columns[pick]]) - 12
        clear = all(np.hypot(x - u, y - v) > long + other + 6 for u, v, other in taken)
        if long > room or not clear:
            continue
        taken.append((x, y, long))
        body = Body(
            x,
            y,
            float(random.uniform(-0.4, 0.4)) * canvas.thickness_nm,
            (long, long * flat, max(long * flat, 30.0)),
            float(random.uniform(0, np.pi)),
            _dents(random, 0.03),
        )
        bodies.append((body, float(random.choice([0.0, 0.0007, 0.0045]))))
    return bodies


def _ribosomes(canvas: _Canvas, path: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return ribosomes, strung together in places, wherever the section is full of cytoplasm."""
    rows, columns = np.nonzero(path > 0.95 * canvas.thickness_nm)
    n_strings = random.poisson(rows.size * canvas.pixel_size_nm**2 / 2200)
    picks = random.integers(rows.size, size=n_strings) if rows.size else np.empty(0, dtype=int)
    starts = np.column_stack([columns[picks], rows[picks]]) * canvas.pixel_size_nm
    points = _strands(random, starts, 4, 24.0, 0.9).reshape(-1, 2)
    x_index, y_index = (points / canvas.pixel_size_nm).astype(int).T
    fits = (x_index >= 0) & (x_index < canvas.shape[1]) & (y_index >= 0)
    fits &= y_index < canvas.shape[0]
    fits[fits] = path[y_index[fits], x_index[fits]] > 0.95 * canvas.thickness_nm
    return _blobs_at(points[fits], random, canvas, sigma=5.0, peak=0.30)


def _place_virions(
    canvas: _Canvas, inside: np.ndarray, n_virions: int | None, random: np.random.Generator
) -> list[Body]:
    """Return virions outside the cell, with room for their spikes, cut at any height."""
    height, width = canvas.size_nm
    n_wanted = round(np.count_nonzero(inside < 0) * canvas.pixel_size_nm**2 / 13500)
    n_wanted = n_wanted if n_virions is None else n_virions
    virions: list[Body] = []
    for _ in range(400 * n_wanted):
        if len(virions) == n_wanted:
            break
        radius = float(np.clip(random.normal(47, 3.5), 38, 56))
        margin = -0.2 * radius if n_virions is None else min(radius + 12, height / 2, width / 2)
        x, y = (random.uniform(margin, edge - margin) for edge in (width, height))
        row = int(np.clip(y / canvas.pixel_size_nm, 0, canvas.shape[0] - 1))
        column = int(np.clip(x / canvas.pixel_size_nm, 0, canvas.shape[1] - 1))
        if inside[row, column] > -(radius + 8):
            continue
        if virions:
            nearest, which = KDTree([(v.x, v.y) for v in virions]).query((x, y))
            if nearest < radius + virions[int(which)].semi_axes[0] + 14:
                continue
        axes = radius * random.uniform(0.92, 1.08, 3)
        graze = 0.5 * canvas.thickness_nm + 0.45 * radius
        virions.append(
            Body(
                float(x),
                float(y),
                float(np.clip(random.normal(0, 0.45), -1, 1)) * graze,
                (float(axes[0]), float(axes[1]), float(axes[2])),
                float(random.uniform(0, np.pi)),
                _dents(random, 0.022),
            )
        )
    return virions


def _dents(random: np.random.Generator, depth: float) -> tuple[tuple[float, float], ...]:
    """Return deviations from an ellipsoid that fall off with their fold."""
    return tuple(
        (depth * float(random.uniform(0, 2)) / fold**0.5, float(random.uniform(0, 2 * np.pi)))
        for fold in range(1, 5)
    )


def _draw_virion(canvas: _Canvas, virion: Body, random: np.random.Generator) -> None:
    """Draw envelope, spikes and granular core."""
    canvas.add_body(virion, VIRION_LUMEN - RESIN, LEAFLET)
    canvas.add_blobs(_core(virion, random))
    canvas.add_blobs(_spikes(virion, random))


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
