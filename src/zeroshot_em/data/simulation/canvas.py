"""What is drawn on: the optical depth of a section, and the shapes that add to it."""

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.special import ndtr

MEMBRANE_NM = 6.0
LEAFLET_SIGMA_NM = 1.0

# Optical depth per nanometre of path.
RESIN = 0.0020
LEAFLET = 0.026


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
class Canvas:
    """What has been drawn so far, each of the image's shape.

    Attributes
    ----------
    depth : ndarray
        Optical depth.
    leaflets : ndarray
        Path length in nm through the leaflets of membranes.
    spikes : ndarray
        Optical depth of spikes alone.
    virions : ndarray
        Path length in nm through virions.
    """

    shape: tuple[int, int]
    pixel_size_nm: float
    thickness_nm: float
    depth: np.ndarray = field(init=False)
    leaflets: np.ndarray = field(init=False)
    spikes: np.ndarray = field(init=False)
    virions: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        for name in ("depth", "leaflets", "spikes", "virions"):
            setattr(self, name, np.zeros(self.shape, dtype=np.float32))

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

    def add_blobs(self, blobs: np.ndarray, also_to: np.ndarray | None = None) -> None:
        """Draw Gaussian blobs, each as far as it lies within the section.

        Parameters
        ----------
        blobs : ndarray of shape (n_blobs, 5)
            x, y, z and standard deviation in nm, and optical depth through the middle.
        also_to : ndarray of the image's shape, optional
            What is drawn is added to it too.
        """
        half = self.thickness_nm / 2
        for x, y, z, sigma, peak in blobs:
            within = ndtr((half - z) / sigma) - ndtr((-half - z) / sigma)
            window = self.window(x, y, 3.5 * sigma) if within > 1e-3 else None
            if window is not None:
                where, xs, ys = window
                column = np.exp(-(((ys - y) / sigma) ** 2) / 2) * np.float32(peak * within)
                blob = column * np.exp(-(((xs - x) / sigma) ** 2) / 2)
                self.depth[where] += blob
                if also_to is not None:
                    also_to[where] += blob

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
            path += soft_edge(below, 1.0)
            shell += bilayer(below)
        self.depth[where] += step * (lumen * path + membrane * shell)
        self.leaflets[where] += step * shell
        whole = np.zeros(self.shape, dtype=np.float32)
        whole[where] = step * path
        return whole


def soft_edge(distance: np.ndarray, width: float) -> np.ndarray:
    """Return how far inside an edge of finite width each point lies: 0 outside, 1 inside."""
    return np.clip(distance / np.float32(2 * width) + np.float32(0.5), 0, 1)


def bilayer(depth_below_surface: np.ndarray) -> np.ndarray:
    """Return the stain of the two leaflets of a membrane."""
    inner = MEMBRANE_NM - LEAFLET_SIGMA_NM
    sharpness = np.float32(-0.5 / LEAFLET_SIGMA_NM**2)
    outer_part = np.exp(sharpness * (depth_below_surface - np.float32(LEAFLET_SIGMA_NM)) ** 2)
    return outer_part + np.exp(sharpness * (depth_below_surface - np.float32(inner)) ** 2)


def texture(canvas: Canvas, random: np.random.Generator, grain_nm: float) -> np.ndarray:
    """Return a smooth random field of mean 0 and variance 1 whose grains have the given size."""
    white = random.standard_normal(canvas.shape, dtype=np.float32)
    sigma = grain_nm / canvas.pixel_size_nm
    smooth = gaussian_filter(white, sigma, mode="wrap", truncate=3)
    return (smooth - smooth.mean()) / smooth.std()


def strands(
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


def blobs_at(
    points: np.ndarray, random: np.random.Generator, canvas: Canvas, sigma: float, peak: float
) -> np.ndarray:
    """Return blobs of varied size and stain at points of the plane, anywhere in the section."""
    n_points = len(points)
    heights = random.uniform(-0.5, 0.5, n_points) * canvas.thickness_nm
    sigmas = sigma * random.uniform(0.75, 1.25, n_points)
    peaks = peak * random.uniform(0.5, 1.4, n_points)
    return np.column_stack([points, heights, sigmas, peaks])


def dents(random: np.random.Generator, depth: float) -> tuple[tuple[float, float], ...]:
    """Return deviations from an ellipsoid that fall off with their fold."""
    return tuple(
        (depth * float(random.uniform(0, 2)) / fold**0.5, float(random.uniform(0, 2 * np.pi)))
        for fold in range(1, 5)
    )
