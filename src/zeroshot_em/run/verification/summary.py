"""What a table keeps of a file: its checksum, and a few numbers of each array in it."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from PIL import Image

from zeroshot_em.data.images import read_image
from zeroshot_em.data.model_format import HEADER
from zeroshot_em.data.provenance import file_sha256
from zeroshot_em.errors import InputError, reason_of

N_SAMPLES = 64
DIGITS = 9


@dataclass(frozen=True)
class ArraySummary:
    """A few numbers by which arrays are compared.

    Attributes
    ----------
    shape : tuple of int
    mean, spread : float
        Mean and standard deviation of all values.
    samples : tuple of float
        The values at evenly spaced places, first to last.
    """

    shape: tuple[int, ...]
    mean: float
    spread: float
    samples: tuple[float, ...]

    @classmethod
    def of(cls, array: np.ndarray) -> "ArraySummary":
        """Summarize an array of real numbers."""
        values = np.asarray(array, dtype=np.float64).ravel()
        places = np.linspace(0, values.size - 1, min(N_SAMPLES, values.size)).round().astype(int)
        samples = tuple(_rounded(value) for value in values[places])
        return cls(np.shape(array), _rounded(values.mean()), _rounded(values.std()), samples)

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any]) -> "ArraySummary":
        """Restore what `to_mapping` returned."""
        samples = tuple(map(float, entry["samples"].split()))
        return cls(tuple(entry["shape"]), entry["mean"], entry["spread"], samples)

    def to_mapping(self) -> dict[str, Any]:
        """Return what JSON can hold, the samples as one line of text."""
        return asdict(self) | {"samples": " ".join(f"{value:.{DIGITS}g}" for value in self.samples)}


@dataclass(frozen=True)
class FileSummary:
    """The checksum of a file and its arrays by name; an image has one, without a name."""

    sha256: str
    arrays: Mapping[str, ArraySummary]

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> "FileSummary":
        """Summarize a TIFF, a PNG or a model.

        Raises
        ------
        InputError
            Naming the file, if it cannot be read.
        """
        try:
            arrays = {name: ArraySummary.of(array) for name, array in _arrays(Path(path)).items()}
            return cls(file_sha256(path), arrays)
        except InputError:
            raise
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise InputError(f"{path} cannot be read ({reason_of(error)})") from error

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any]) -> "FileSummary":
        """Restore what `to_mapping` returned."""
        arrays = {name: ArraySummary.from_mapping(a) for name, a in entry["arrays"].items()}
        return cls(entry["sha256"], arrays)

    def to_mapping(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        arrays = {name: array.to_mapping() for name, array in self.arrays.items()}
        return {"sha256": self.sha256, "arrays": arrays}


def _arrays(path: Path) -> dict[str, np.ndarray]:
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files if name != HEADER}
    return {"": _pixels(path)}


def _pixels(path: Path) -> np.ndarray:
    if path.suffix == ".png":
        with Image.open(path) as image:
            return np.asarray(image)
    return read_image(path).pixels


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
