"""What else a recorded image may suffer from: clipping, single bad pixels, grey steps, JPEG."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import rank_filter

_LARGEST_EDGE = 2048
_MOST_GREY_VALUES = 70000
_LEAST_PILED = 0.002
_PILED_RATIO = 4.0
_BEYOND_SMEAR = slice(4, 9)
_FEW_COUNTS = 100
_BAD_PIXEL = 10.0
_JPEG_BLOCK = 8
_OFTEN_EQUAL = 1.2
_FEWEST_STEPS = 3
_SOME_CLIPPED = 0.01
_BLOCKY = 0.1


@dataclass(frozen=True)
class Clipping:
    """Where grey values ended at a limit.

    Attributes
    ----------
    low, high : float
        Fractions of the pixels.
    pixels : ndarray of bool, shape (height, width)
    """

    low: float
    high: float
    pixels: np.ndarray

    @property
    def share(self) -> float:
        """Fraction of the pixels at either end."""
        return self.low + self.high


def clipping(image: np.ndarray) -> Clipping:
    """Find grey values that pile up at the darkest or brightest one.

    They are clipped if they are many and several times as many as have the next grey value, or as
    have those further on where JPEG has smeared them. No counts at all are natural in an image of
    few counts.
    """
    values, counts = np.unique(image, return_counts=True)
    low, high = (
        _is_piled(counts[ends][:2], image.size) or _is_smeared(values[ends], counts[ends])
        for ends in (np.s_[:], np.s_[::-1])
    )
    low &= not (values[0] == 0 and values[-1] < _FEW_COUNTS)
    at_low = (image == values[0]) & low
    at_high = (image == values[-1]) & high
    return Clipping(float(at_low.mean()), float(at_high.mean()), at_low | at_high)


def _is_piled(extreme_and_next: np.ndarray, n_pixels: int) -> bool:
    if len(extreme_and_next) < 2:
        return True
    extreme, following = extreme_and_next
    return bool(extreme > _LEAST_PILED * n_pixels and extreme > _PILED_RATIO * following)


def _is_smeared(values: np.ndarray, counts: np.ndarray) -> bool:
    """Return whether 8-bit grey values pile up at the first, and lie evenly a few steps on."""
    beyond = counts[_BEYOND_SMEAR]
    last = _BEYOND_SMEAR.stop - 1
    if len(values) <= last or np.ptp(values) > 255 or abs(values[last] - values[0]) != last:
        return False
    piled = counts[0] > max(_LEAST_PILED * counts.sum(), _PILED_RATIO * beyond.max())
    return bool(piled and beyond.max() < 2 * beyond.min())


def grey_step(image: np.ndarray) -> float:
    """Return the least distance of grey values if they are few, else 0."""
    values = np.unique(middle(image))
    steps = np.diff(values)
    return float(steps.min()) if 0 < len(steps) < min(_MOST_GREY_VALUES, image.size // 2) else 0.0


def bad_pixels(image: np.ndarray, sigma: np.ndarray | float) -> tuple[float, float]:
    """Return the fractions of single dark and single bright pixels.

    They lie beyond all eight neighbours by ten standard deviations of the noise, and by twice as
    much as these lie apart.
    """
    darkest, next_darkest, next_brightest, brightest = (
        rank_filter(image, rank, size=3) for rank in (0, 1, -2, -1)
    )
    noise = _BAD_PIXEL * sigma
    dark = image < next_darkest - np.maximum(noise, 2 * (brightest - next_darkest))
    bright = image > next_brightest + np.maximum(noise, 2 * (next_brightest - darkest))
    return float(dark.mean()), float(bright.mean())


def jpeg_blockiness(image: np.ndarray) -> float:
    """Return by how much steps between blocks of 8 exceed those within, as a fraction.

    Whichever of the eight phases is the block's edge must stand out down and across.
    """
    return float(min(_phase_excess(image), _phase_excess(image.T)))


def _phase_excess(image: np.ndarray) -> float:
    """Return the largest phase's second-difference step over the other phases' median, less 1."""
    curvature = np.abs(image[:, :-3] - 3 * image[:, 1:-2] + 3 * image[:, 2:-1] - image[:, 3:])
    columns = curvature.mean(axis=0)
    whole = columns[: len(columns) // _JPEG_BLOCK * _JPEG_BLOCK].reshape(-1, _JPEG_BLOCK)
    phases = np.sort(np.median(whole, axis=0))
    return float(phases[-1] / max(phases[:-1].max(), 1e-300) - 1)


def repeats_neighbours(image: np.ndarray) -> bool:
    """Return whether neighbours are equal so often as a median filter makes them.

    Down and across, and beside how often they differ by one of the two least steps.
    """
    return min(_equal_neighbours(image), _equal_neighbours(image.T)) > _OFTEN_EQUAL


def _equal_neighbours(image: np.ndarray) -> float:
    left, right = image[:, :-1], image[:, 1:]
    inside = (left > image.min()) & (left < image.max())
    steps, counts = np.unique(np.abs(right - left)[inside], return_counts=True)
    if len(steps) < _FEWEST_STEPS or steps[0] > 0:
        return 0.0
    return float(2 * counts[0] / counts[1:3].sum())


def picture_warnings(clipped: float, blockiness: float) -> tuple[str, ...]:
    """Return what is lost of a picture by its contrast or by compression, a line each."""
    doubts = {
        f"{clipped:.1%} of the pixels are clipped": clipped > _SOME_CLIPPED,
        "blocks of 8 x 8 pixels show: the image was compressed as JPEG, which removes noise": (
            blockiness > _BLOCKY
        ),
    }
    return tuple(text for text, holds in doubts.items() if holds)


def middle(image: np.ndarray) -> np.ndarray:
    """Return the middle of a large image, enough for these statistics."""
    starts = [max(0, (length - _LARGEST_EDGE) // 2) for length in image.shape]
    rows, columns = (slice(start, start + _LARGEST_EDGE) for start in starts)
    return image[rows, columns]
