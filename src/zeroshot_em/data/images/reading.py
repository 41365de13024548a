"""Read a micrograph, whatever the format of its file."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zeroshot_em.data.images.dm import read_dm
from zeroshot_em.data.images.gray import finite, to_gray
from zeroshot_em.data.images.mrc import read_mrc
from zeroshot_em.data.images.png_jpeg import read_jpeg, read_png
from zeroshot_em.data.images.tiff import read_tiff
from zeroshot_em.data.images.unreadable import Unreadable
from zeroshot_em.errors import InputError


@dataclass(frozen=True, eq=False)
class MicrographImage:
    """One grayscale micrograph.

    Attributes
    ----------
    pixels : ndarray of shape (height, width), float64
        Gray values as the file holds them.
    pixel_size_nm : float or None
        Edge of a pixel (its width, if it is not square); None where the file does not say.
    dtype : str
        Data type of the samples in the file.
    """

    pixels: np.ndarray
    pixel_size_nm: float | None
    dtype: str


def read_image(path: str | os.PathLike[str]) -> MicrographImage:
    """Read a micrograph from a TIFF, OME-TIFF, PNG, JPEG, MRC, DM3 or DM4 file.

    MRC and DM files need the optional dependencies, ``pip install zeroshot-em[microscopy]``.

    Parameters
    ----------
    path : path-like
        The file; its kind is told from its content, not from its name.

    Returns
    -------
    MicrographImage

    Raises
    ------
    InputError
        If the file is missing, truncated, not an image, holds more than one image, or holds
        values that are not finite numbers.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: expected an image file, found a folder; name a file in it")
    try:
        _check_kind(path)
        with path.open("rb") as file:
            head = file.read(512)
        reader = _reader_for(head)
        samples, pixel_size = reader(path)
        gray = finite(to_gray(samples))
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; check the name and the folder") from None
    except PermissionError:
        raise InputError(f"{path}: this file may not be read; check its permissions") from None
    except Unreadable as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:
        # Decoders raise errors of many kinds; all of them mean that the file is damaged.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{path}: the image cannot be decoded, the file is damaged or incomplete ({reason}); "
            "fetch or export it again"
        ) from error
    return MicrographImage(gray, pixel_size, str(samples.dtype))


def _check_kind(path: Path) -> None:
    """Refuse pipes, sockets and devices, at which a reader may wait without end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise Unreadable("expected an image file, found a pipe or a device; save it as a file")


def _reader_for(head: bytes) -> Callable[[Path], tuple[np.ndarray, float | None]]:
    if not head:
        raise Unreadable("the file is empty; fetch or export it again")
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return read_tiff
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return read_png
    if head.startswith(b"\xff\xd8\xff"):
        return read_jpeg
    if head[208:212] == b"MAP ":
        return read_mrc
    if head[:4] in (b"\0\0\0\3", b"\0\0\0\4"):
        return read_dm
    found = "something else"
    if head.startswith(b"PK"):
        found = "a zip archive"
    elif head.lstrip()[:5].lower() in (b"<html", b"<!doc", b"<?xml"):
        found = "a web page"
    raise Unreadable(f"expected an image (TIFF, PNG, JPEG, MRC, DM3 or DM4), found {found}")
