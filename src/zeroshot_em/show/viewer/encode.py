"""Pixels as text that a browser can unpack: rounded to a stated step, predicted and deflated.

A value is stored as a whole multiple of the step. What is stored of a pixel is the difference to
its prediction from the left, upper and upper left neighbours (the median edge detector of
LOCO-I, Weinberger et al. 2000), split into planes of low and high bytes, deflated and written in
base 64.
"""

import base64
import zlib
from dataclasses import dataclass

import numpy as np

from zeroshot_em.errors import InputError
from zeroshot_em.show.display import display_limits

_MAX_LEVEL = 2**30


@dataclass(frozen=True)
class EncodedPlane:
    """One channel of a map: `text` unpacks to `n_bytes` planes of bytes."""

    text: str
    n_bytes: int


def shown_limits(pixels: np.ndarray, border: int) -> tuple[float, float]:
    """Return the values shown black and white: the figures' stretch, or 0 to 255 of a colour."""
    return (0.0, 255.0) if pixels.ndim == 3 else display_limits([pixels], border)


def choose_step(
    pixels: np.ndarray, limits: tuple[float, float], n_levels: int
) -> tuple[float, bool]:
    """Return the rounding step and whether it loses nothing.

    Whole numbers keep a step of 1. Otherwise it is the widest of 1, 2, 5, 10, ... times a power
    of ten that leaves at least `n_levels` steps between black and white.
    """
    if pixels.ndim == 3 or np.array_equal(pixels, np.rint(pixels)):
        return 1.0, True
    widest = (limits[1] - limits[0]) / n_levels
    narrowest = float(np.abs(pixels).max()) / _MAX_LEVEL
    exponent = int(np.floor(np.log10(max(widest, narrowest))))
    steps = [float(f"{digit}e{power}") for power in (exponent, exponent + 1) for digit in (1, 2, 5)]
    fitting = [step for step in steps if narrowest <= step <= widest]
    return (fitting[-1] if fitting else next(s for s in steps if s >= narrowest)), False


def encode_planes(pixels: np.ndarray, step: float) -> list[EncodedPlane]:
    """Encode every channel of a map.

    Raises
    ------
    InputError
        If a whole number of steps would not fit into 31 bits.
    """
    levels = np.rint(pixels / step)
    if np.abs(levels).max() > _MAX_LEVEL:
        raise InputError(f"values beyond {_MAX_LEVEL:.0f} in size cannot be put into the page")
    levels = np.atleast_3d(levels.astype(np.int64))
    return [_encode_plane(levels[:, :, channel]) for channel in range(levels.shape[2])]


def _encode_plane(levels: np.ndarray) -> EncodedPlane:
    residuals = levels - _predict(levels)
    unsigned = np.where(residuals < 0, -2 * residuals - 1, 2 * residuals)
    n_bytes = max(1, (int(unsigned.max()).bit_length() + 7) // 8)
    planes = [(unsigned >> (8 * k)).astype(np.uint8).tobytes() for k in range(n_bytes)]
    # Residuals rarely repeat: runs and Huffman codes pack them best, and ten times faster.
    compressor = zlib.compressobj(level=9, strategy=zlib.Z_RLE)
    deflated = compressor.compress(b"".join(planes)) + compressor.flush()
    return EncodedPlane(base64.b64encode(deflated).decode("ascii"), n_bytes)


def _predict(levels: np.ndarray) -> np.ndarray:
    padded = np.pad(levels, ((1, 0), (1, 0)))
    left, above, corner = padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]
    smaller, larger = np.minimum(left, above), np.maximum(left, above)
    predicted = np.clip(left + above - corner, smaller, larger)
    predicted[0], predicted[:, 0] = left[0], above[:, 0]
    return predicted
