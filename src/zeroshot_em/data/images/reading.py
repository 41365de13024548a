"""Read a micrograph, or a stack of them, whatever the format of the file."""

import logging
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zeroshot_em.data.images.dm import read_dm
from zeroshot_em.data.images.gray import finite, luma, refuse_complex, to_gray
from zeroshot_em.data.images.mrc import is_mrc, read_mrc
from zeroshot_em.data.images.png_jpeg import read_jpeg, read_png
from zeroshot_em.data.images.recording import Recording, Scale
from zeroshot_em.data.images.tiff import read_tiff
from zeroshot_em.data.images.unreadable import Unreadable
from zeroshot_em.errors import InputError, reason_of

logger = logging.getLogger(__name__)


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
    format : str
        ``tiff``, ``ome-tiff``, ``png``, ``jpeg``, ``mrc`` or ``dm``.
    notes : tuple of str
        What was changed or guessed on the way in.
    """

    pixels: np.ndarray
    pixel_size_nm: float | None
    dtype: str
    format: str = "tiff"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class MicrographStack:
    """Grayscale micrographs of one size: the planes of a series, a volume or its channels.

    Attributes
    ----------
    planes : ndarray of shape (..., height, width)
        Gray values as the file holds them, in its own type unless they were computed from colours.
    axes : str
        A letter for each axis of `planes`: T, Z, C or I (a sequence of whatever), then YX.
    scale : Scale
        Size of a pixel, and distances between planes.
    dtype, format, notes
        As of a `MicrographImage`.
    """

    planes: np.ndarray
    axes: str
    scale: Scale
    dtype: str
    format: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of planes."""
        return int(np.prod(self.planes.shape[:-2]))

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield the planes one by one, as float64."""
        for plane in self.planes.reshape(-1, *self.planes.shape[-2:]):
            yield plane.astype(np.float64)


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
        Its grey values, unscaled, and the size of a pixel.

    Raises
    ------
    InputError
        If the file is missing, truncated, not an image, holds more than one image, or holds
        values that are not finite numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from zeroshot_em.images import read_image, write_image
    >>> write_image("scene.tif", np.zeros((24, 32), np.uint16), 0.54)
    >>> image = read_image("scene.tif")
    >>> image.pixels.shape, image.dtype, round(image.pixel_size_nm, 2)
    ((24, 32), 'uint16', 0.54)
    """
    with plain_errors(Path(path)):
        read = _recording(Path(path))
        one_image(read.samples.shape, read.axes)
        gray = finite(to_gray(read.samples))
        _announce(path, read)
    return MicrographImage(gray, read.scale.pixel_size_nm, read.dtype, read.format, read.notes)


def read_stack(path: str | os.PathLike[str]) -> MicrographStack:
    """Read all planes of a TIFF, OME-TIFF, MRC, DM3 or DM4 file; one image is a stack of one.

    Parameters
    ----------
    path : path-like
        The file; its kind is told from its content, not from its name.

    Returns
    -------
    MicrographStack
        Its planes, unscaled, their axes, and the sizes of pixels and steps.

    Raises
    ------
    InputError
        If the file is missing, truncated, not an image, holds planes of several sizes, or holds
        values that are not finite numbers.
    """
    with plain_errors(Path(path)):
        read = _recording(Path(path))
        refuse_complex(read.samples)
        has_colours = read.axes.endswith("S")
        planes = finite(luma(read.samples.astype(np.float64)) if has_colours else read.samples)
        _announce(path, read)
    axes = read.axes.removesuffix("S")
    return MicrographStack(planes, axes, read.scale, read.dtype, read.format, read.notes)


def one_image(shape: tuple[int, ...], axes: str) -> None:
    """Refuse a stack of planes.

    Raises
    ------
    Unreadable
    """
    if axes.replace("S", "") != "YX":
        raise Unreadable(
            f"expected one image, found a stack of shape {shape} ({axes}); "
            "save the plane to use as a file of its own"
        )


def _announce(path: str | os.PathLike[str], read: Recording) -> None:
    for note in read.notes:
        logger.warning(f"{path}: {note}")


def _recording(path: Path) -> Recording:
    read = reader_of(path)(path)
    if read.samples.ndim != len(read.axes) or not read.samples.size:
        raise Unreadable(f"expected an image, found samples of shape {read.samples.shape}")
    return read


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong with a file into one line that begins with its name."""
    try:
        _check_kind(path)
        yield
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; check the name and the folder") from None
    except PermissionError:
        raise InputError(f"{path}: this file may not be read; check its permissions") from None
    except Unreadable as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:
        # Decoders raise errors of many kinds; all of them mean that the file is damaged.
        raise InputError(
            f"{path}: the image cannot be decoded, the file is damaged or incomplete "
            f"({reason_of(error)}); fetch or export it again"
        ) from error


def _check_kind(path: Path) -> None:
    """Refuse folders, and pipes and devices, at which a reader may wait without end."""
    kind = path.stat().st_mode
    if stat.S_ISDIR(kind):
        raise Unreadable("expected an image file, found a folder; name a file in it")
    if not stat.S_ISREG(kind):
        raise Unreadable("expected an image file, found a pipe or a device; save it as a file")


def reader_of(path: Path) -> Callable[[Path], Recording]:
    """Return what reads a file, told from its first bytes.

    Raises
    ------
    Unreadable
        If nothing does.
    """
    with path.open("rb") as file:
        return _reader_for(file.read(512), path.stat().st_size)


def _reader_for(head: bytes, size: int) -> Callable[[Path], Recording]:
    if not head:
        raise Unreadable("the file is empty; fetch or export it again")
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return read_tiff
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return read_png
    if head.startswith(b"\xff\xd8\xff"):
        return read_jpeg
    if is_mrc(head, size):
        return read_mrc
    if head[:4] in (b"\0\0\0\3", b"\0\0\0\4"):
        return read_dm
    found = "something else"
    if head.startswith(b"PK"):
        found = "a zip archive"
    elif head.lstrip()[:5].lower() in (b"<html", b"<!doc", b"<?xml"):
        found = "a web page"
    raise Unreadable(f"expected an image (TIFF, PNG, JPEG, MRC, DM3 or DM4), found {found}")
