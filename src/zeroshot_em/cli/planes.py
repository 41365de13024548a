"""The planes of one file, enhanced one by one and written as one file again."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from zeroshot_em.core.enhancement import Enhancement
from zeroshot_em.core.models.protocol import PatchModel
from zeroshot_em.data.images import MicrographImage, MicrographStack, output_suffix, write_stack
from zeroshot_em.data.images import as_recorded as to_recorded_type
from zeroshot_em.data.model_files import save_model


@dataclass(eq=False)
class EnhancedPlanes:
    """What was made of a stack, of which one image is one.

    Attributes
    ----------
    stack : MicrographStack
    denoised, variance : ndarray
        Of the shape of the stack's planes.
    shown : Enhancement
        Of the middle plane.
    models : list of (SSSC or GPMM)
        The one of all planes, or one of each.
    noise : list of str
        What the noise of each plane is, in words.
    warnings : list of str
        Each once, with the planes that it is about.
    """

    stack: MicrographStack
    denoised: np.ndarray
    variance: np.ndarray
    shown: Enhancement
    models: list[PatchModel] = field(default_factory=list)
    noise: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def middle(self) -> MicrographImage:
        """The plane that stands for all."""
        stack = self.stack
        pixels = _in_a_row(stack.planes)[len(stack) // 2].astype(np.float64)
        return MicrographImage(
            pixels, stack.scale.pixel_size_nm, stack.dtype, stack.format, stack.notes
        )


def gather(
    stack: MicrographStack, results: Iterable[Enhancement], dtype: type = np.float32
) -> EnhancedPlanes:
    """Take the maps of each plane as they are made, so that one plane's results are held at a time.

    Parameters
    ----------
    stack : MicrographStack
    results : iterable of Enhancement
        Of each plane in turn.
    dtype : type
        Of the denoised planes.
    """
    denoised: np.ndarray = np.empty(stack.planes.shape, dtype)
    variance: np.ndarray = np.empty(stack.planes.shape, np.float32)
    made: dict[str, Any] = {"models": [], "noise": []}
    said: Counter[str] = Counter()
    for place, result in enumerate(results):
        _in_a_row(denoised)[place] = result.denoised
        _in_a_row(variance)[place] = result.variance
        if not any(result.model is model for model in made["models"]):
            made["models"].append(result.model)
        made["noise"].append(_noise(result))
        said.update(result.warnings)
        if place == len(stack) // 2:
            shown = result
    warnings = [_about(text, n, len(stack)) for text, n in said.items()]
    return EnhancedPlanes(stack, denoised, variance, shown, warnings=warnings, **made)


def _noise(result: Enhancement) -> str:
    if result.noise is not None:
        return result.noise.sentence()
    return "as given" if result.settings.noise == "given" else "learned by the model"


def describe(stack: MicrographStack) -> str:
    """Say what an image or a stack is."""
    height, width = stack.planes.shape[-2:]
    kind = np.dtype(stack.dtype)
    depth = f"{8 * kind.itemsize} bit{' floats' if kind.kind == 'f' else ''}"
    planes = f"{len(stack)} planes ({stack.axes}), " if len(stack) > 1 else ""
    size = stack.scale.pixel_size_nm
    return f"{planes}{depth}, {width} x {height}{'' if size is None else f', {size:.3g} nm'}"


def _in_a_row(planes: np.ndarray) -> np.ndarray:
    return planes.reshape(-1, *planes.shape[-2:])


def _about(text: str, n_planes: int, n_all: int) -> str:
    return text if n_all == 1 else f"{text} ({n_planes} of {n_all} planes)"


def write_planes(folder: Path, stem: str, made: EnhancedPlanes, keep_type: bool) -> list[str]:
    """Write the maps and models; return notes on what rounding to the recorded type changed."""
    stack, notes = made.stack, []
    denoised = made.denoised
    if keep_type:
        denoised, note = to_recorded_type(denoised, stack.dtype)
        notes = [f"denoised: {note}"] if note else []
    suffix = output_suffix(stack.format)
    for name, planes in {"denoised": denoised, "variance": made.variance}.items():
        write_stack(folder / f"{stem}_{name}{suffix}", planes, stack.axes, stack.scale)
    for model, place in zip(made.models, _places(len(made.models)), strict=True):
        save_model(folder / f"{stem}_model{place}.npz", model)
    return notes


def _places(n_models: int) -> list[str]:
    """Return what tells files of several models apart: numbers from 1."""
    digits = len(str(n_models))
    return [f"_{number:0{digits}d}" for number in range(1, n_models + 1)] if n_models > 1 else [""]
