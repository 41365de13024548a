"""The gray values or colours that the samples of a TIFF stand for."""

from typing import Any

import numpy as np
import tifffile
from tifffile import PHOTOMETRIC

from zeroshot_em.data.images.unreadable import Unreadable

COMMON_DEPTHS = (12, 14, 16, 24, 32, 64)
"""Bits of a camera whose values are stored in samples of more."""

LEAST_SHARED_DEPTH = 16
"""Samples of so many bits or more may hold values of fewer."""

Values = tuple[np.ndarray, str, tuple[str, ...]]


def tiff_values(
    tiff: tifffile.TiffFile, page: Any, samples: np.ndarray, has_channels: bool
) -> Values:
    """Return gray values or colours, the type they were recorded in, and what was changed.

    Raises
    ------
    Unreadable
        If the samples stand for something else.
    """
    n_channels = samples.shape[-1] if has_channels else 1
    photometric = page.photometric
    if photometric == PHOTOMETRIC.RGB or page.compression == tifffile.COMPRESSION.JPEG:
        return _unchanged(_with_channels(samples, n_channels, (1, 3, 4)))
    if photometric == PHOTOMETRIC.MINISBLACK:
        return _signed(tiff, _with_channels(samples, n_channels, (1, 2)))
    if photometric == PHOTOMETRIC.PALETTE:
        return _looked_up(page.colormap.T, _with_channels(samples, n_channels, (1,)))
    if photometric == PHOTOMETRIC.MINISWHITE:
        return _turned_round(page, _with_channels(samples, n_channels, (1, 2)))
    raise Unreadable(f"expected gray, RGB or palette colours, found {photometric.name}")


def _unchanged(samples: np.ndarray) -> Values:
    return samples, samples.dtype.name, ()


def _with_channels(samples: np.ndarray, found: int, expected: tuple[int, ...]) -> np.ndarray:
    if found not in expected:
        raise Unreadable(
            f"expected one gray or RGB image, found {found} channels; "
            "save the one to use as a file of its own"
        )
    return samples


def _signed(tiff: tifffile.TiffFile, samples: np.ndarray) -> Values:
    """Undo the offset by which ImageJ stores signed values of 16 bit."""
    facts = tiff.imagej_metadata or {}
    offset = [facts.get(key) for key in ("cf", "c0", "c1")]
    if samples.dtype != np.uint16 or offset != [0, -32768, 1]:
        return _unchanged(samples)
    signed = (samples.astype(np.int32) - 32768).astype(np.int16)
    return signed, "int16", ("32768 was taken off its values, which ImageJ adds to signed ones",)


def _looked_up(palette: np.ndarray, samples: np.ndarray) -> Values:
    """Return the colours of a palette, whose entries should be of 16 bit but may be of 8.

    Entries of 16 bit are those of 8 times 257, or by many programs times 256.
    """
    if palette.max() <= 255:
        notes = ("the entries of its palette are of 8 bit, and were taken as they are",)
        return palette.astype(np.uint8)[samples], samples.dtype.name, notes
    return (palette // 256).astype(np.uint8)[samples], samples.dtype.name, ()


def _turned_round(page: Any, samples: np.ndarray) -> Values:
    """Return values of which higher ones are brighter, where the file has it the other way."""
    kind, name = samples.dtype.kind, samples.dtype.name
    if kind == "b":
        return ~samples, name, ()
    if kind != "u":
        wide = samples.astype(np.float64) if kind == "f" else samples.astype(np.int64)
        return -wide, name, ("its values are white at the smallest; their signs were changed",)
    stated = _stated_full_scale(page, samples)
    full = _common_full_scale(samples) if stated is None else stated
    note = f"it stores white as 0: its values were turned round, {full} less each of them"
    if stated is None:
        note += " (no bit depth is stated; all of them fit into this one)"
    return (full - samples).astype(samples.dtype), name, (note,)


def _stated_full_scale(page: Any, samples: np.ndarray) -> int | None:
    """Return the value of black that the tags give, None where wide samples have none."""
    stored = 8 * samples.itemsize
    for tag in ("MaxSampleValue", "SMaxSampleValue"):
        limit = int(np.max(page.tags.valueof(tag, default=0)))
        if int(samples.max(initial=0)) <= limit < 2**stored:
            return limit
    is_wide = page.bitspersample == stored >= LEAST_SHARED_DEPTH
    return None if is_wide else 2**page.bitspersample - 1


def _common_full_scale(samples: np.ndarray) -> int:
    largest = int(samples.max(initial=0))
    return next(2**bits - 1 for bits in COMMON_DEPTHS if largest < 2**bits)
