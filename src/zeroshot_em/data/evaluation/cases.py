"""A case: one noisy image, and what is known of it. Files that hold cases and estimates."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zeroshot_em.core.preprocess import subsample
from zeroshot_em.data.files import atomic_path
from zeroshot_em.data.simulation import Scene
from zeroshot_em.errors import InputError

TARGETS = ("boundary", "spike")
TOLD = ("sigma", "gain", "intercept")
"""What a method may be told of the noise: its deviation, and its variance against the mean."""


@dataclass(frozen=True)
class Case:
    """A noisy image and what is known of it.

    Attributes
    ----------
    noisy : ndarray of shape (height, width)
    clean : ndarray of the same shape, or None
        Its expectation, where it is simulated.
    second : ndarray of the same shape, or None
        Another exposure of the same scene.
    masks : mapping of str to ndarray of bool
        ``boundary`` and ``spike``; empty without a truth.
    noise : mapping of str to float
        What a method may be told, `TOLD`; empty without a truth.
    """

    noisy: np.ndarray
    clean: np.ndarray | None = None
    second: np.ndarray | None = None
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    noise: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a truth of another size than the image.

        Raises
        ------
        InputError
        """
        for name, known in (("clean image", self.clean), *self.masks.items()):
            if known is not None and known.shape != self.noisy.shape:
                raise InputError(
                    f"the {name} has {_size(known)} pixels but the image {_size(self.noisy)}"
                )

    @property
    def contrast(self) -> float:
        """What the clean image spans, the peak of its PSNR."""
        return float(np.ptp(self.noisy if self.clean is None else self.clean))

    @classmethod
    def from_scene(cls, scene: Scene, step: int = 1, second_seed: int = 0) -> "Case":
        """Return every `step`-th pixel of a simulated scene as a case."""
        masks = {"boundary": scene.boundary_mask, "spike": scene.spike_mask}
        clean = subsample(scene.clean.astype(np.float64), step)
        noisy = subsample(scene.noisy.astype(np.float64), step)
        return cls(
            noisy,
            clean,
            subsample(scene.exposure(second_seed).astype(np.float64), step),
            {name: subsample(mask, step) for name, mask in masks.items()},
            _noise_of(scene, float(np.std(noisy - clean))),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file."""
        known = {"clean": self.clean, "second": self.second, **self.masks}
        given = {name: values for name, values in known.items() if values is not None}
        write_arrays(path, noisy=self.noisy, **given, **self.noise)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "Case":
        """Read what `save` has written."""
        held = read_arrays(path)
        masks = {name: held[name] for name in TARGETS if name in held}
        noise = {name: float(held[name]) for name in TOLD if name in held}
        return cls(held["noisy"], held.get("clean"), held.get("second"), masks, noise)


def _noise_of(scene: Scene, sigma: float) -> dict[str, float]:
    camera = scene.camera
    told = (sigma, camera.photon_transfer_gain, camera.readout_noise**2)
    return dict(zip(TOLD, told, strict=True))


def write_arrays(path: str | os.PathLike[str], **arrays: Any) -> None:
    """Write arrays by name, whole or not at all."""
    with atomic_path(path) as partial:
        np.savez_compressed(partial, **arrays)


def read_arrays(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read the arrays of a file by name."""
    with np.load(path) as held:
        return dict(held)


def _size(image: np.ndarray) -> str:
    return " x ".join(str(edge) for edge in image.shape[::-1])
