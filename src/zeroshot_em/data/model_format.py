"""Fitted models in files: a zip of plain arrays and a header that says what they must be.

A file holds ``header.json`` and one ``.npy`` for each array of `core.models.schema`; it can be
opened by `numpy.load`, too. Equal models make equal bytes: no time is in it, not even the zip's.
"""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from zeroshot_em.core.models.record import FitRecord
from zeroshot_em.core.models.schema import SCHEMAS, check_arrays
from zeroshot_em.data.files import atomic_path
from zeroshot_em.errors import InputError, reason_of

FORMAT = "zeroshot-em model"
FORMAT_VERSION = 1
HEADER = "header.json"
LARGEST_HEADER = 2**24
THE_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can say."""


def write_fit(
    path: str | os.PathLike[str],
    model: str,
    settings: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    context: Mapping[str, Any],
) -> None:
    """Write what was fitted, how, and what was learned.

    Parameters
    ----------
    path : path-like
        Written under a temporary name first and renamed when complete.
    model : {"sssc", "gpmm"}
    settings, context : mapping
        As JSON can hold them.
    arrays : mapping of str to ndarray
        Those of `core.models.schema`.
    """
    members = {f"{name}.npy": _npy(np.asarray(value, "<f8")) for name, value in arrays.items()}
    header = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "model": model,
        "settings": settings,
        "context": context,
        "sha256": _sha256(members),
    }
    with atomic_path(path) as partial, zipfile.ZipFile(partial, "w") as file:
        file.writestr(_entry(HEADER), json.dumps(header, indent=1, default=_plain))
        for name, content in members.items():
            file.writestr(_entry(name), content)


def read_fit(path: str | os.PathLike[str]) -> tuple[FitRecord, dict[str, np.ndarray]]:
    """Read the record of a fit, and the arrays that were learned, without making a model of them.

    Raises
    ------
    InputError
        If the file cannot be read, is not a model's, or holds what no fitted model holds.
    """
    with refusing(path):
        header, members = _read_members(path)
        arrays = _arrays(header, members)
        return FitRecord.of(header["model"], header["settings"], arrays, header["context"]), arrays


@contextmanager
def refusing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say of whatever fails inside that the file holds no model.

    Raises
    ------
    InputError
    """
    try:
        yield
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile, RecursionError,
            NotImplementedError, RuntimeError, MemoryError) as error:  # fmt: skip
        reason = reason_of(error)
        raise InputError(f"{path} is not a model file of zeroshot-em ({reason})") from error


def _read_members(path: str | os.PathLike[str]) -> tuple[Mapping[str, Any], dict[str, bytes]]:
    with zipfile.ZipFile(path) as file:
        entries = file.infolist()
        if HEADER not in file.namelist():
            raise InputError(f"it has no {HEADER}; fit the model again if it is from version 0.1")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise InputError("its members are compressed")
        if file.getinfo(HEADER).file_size > LARGEST_HEADER:
            raise InputError("its header is too long")
        header = json.loads(file.read(HEADER))
        _check_header(header)
        return header, {name: file.read(name) for name in file.namelist() if name != HEADER}


def _check_header(header: Any) -> None:
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise InputError(f"its header does not say {FORMAT!r}")
    if header.get("version") != FORMAT_VERSION:
        raise InputError(
            f"it is of format version {header.get('version')!r}, "
            f"this zeroshot-em reads version {FORMAT_VERSION}"
        )
    if header.get("model") not in SCHEMAS:
        raise InputError(f"its model {header.get('model')!r} is none of {', '.join(SCHEMAS)}")
    for part in ("settings", "context"):
        if not isinstance(header.get(part), dict):
            raise InputError(f"its {part} are no mapping")
    for setting in ("n_components", "random_state"):
        if setting not in header["settings"]:
            raise InputError(f"its settings lack {setting}")


def _arrays(header: Mapping[str, Any], members: Mapping[str, bytes]) -> dict[str, np.ndarray]:
    name = header["model"]
    if _sha256(members) != header["sha256"]:
        raise InputError("its arrays are not those it was written with: the checksum differs")
    if set(members) != {f"{array}.npy" for array in SCHEMAS[name]}:
        raise InputError(f"its arrays are not those of {name}: {', '.join(sorted(members))}")
    arrays = {array: _array(members[f"{array}.npy"]) for array in SCHEMAS[name]}
    check_arrays(name, arrays)
    if header["settings"]["n_components"] != len(arrays["components"]):
        raise InputError("its settings are of another number of components")
    return arrays


def _array(content: bytes) -> np.ndarray:
    """Return an array of plain numbers; its size is that of the bytes there are."""
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise InputError("an array is of another version of numpy's format")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if is_fortran or dtype != np.dtype("<f8"):
        raise InputError(f"an array is {dtype.str}, not float64 in rows")
    return np.frombuffer(content, dtype, offset=file.tell()).reshape(shape).copy()


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ascontiguousarray(array).reshape(array.shape), (1, 0))
    return file.getvalue()


def _sha256(members: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(members):
        digest.update(name.encode() + b"\0" + members[name])
    return digest.hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, THE_FIRST_DAY)
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry


def _plain(value: Any) -> Any:
    """Return a number of numpy's, or a path, as JSON can hold it."""
    return value.item() if isinstance(value, np.generic) else os.fspath(value)
