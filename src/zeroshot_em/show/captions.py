"""Captions, written from what was actually run."""

import os
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zeroshot_em.core.models.record import FitRecord
from zeroshot_em.data.files import atomic_path
from zeroshot_em.data.images import read_image
from zeroshot_em.data.metrics import psnr, psnr_peak
from zeroshot_em.data.model_format import read_fit
from zeroshot_em.data.provenance import versions
from zeroshot_em.data.sources.source import Source

MODEL_TITLES = {"sssc": "spike-and-slab sparse coding", "gpmm": "a Gamma-Poisson mixture model"}
MODEL_LABELS = {"sssc": "SSSC", "gpmm": "GPMM"}
SIMULATED = "Simulated data: no specimen was recorded."


@dataclass(frozen=True)
class ImageFacts:
    """What is said of an image.

    Attributes
    ----------
    source : mapping
        The configuration's entry for the source it is cut from.
    entry : mapping
        The configuration's entry for the image itself.
    shape : (int, int)
    pixel_size_nm : float or None
    name : str
        Of the image in the configuration, such as ``four_viruses``.
    """

    source: Mapping[str, Any]
    entry: Mapping[str, Any]
    shape: tuple[int, int]
    pixel_size_nm: float | None
    name: str = "image"

    @property
    def simulated(self) -> bool:
        """Whether nothing was recorded."""
        return "simulate" in self.source

    @property
    def unit(self) -> str:
        """Of the pixels."""
        return "counts" if self.entry.get("counts") else "grey levels"

    @property
    def title(self) -> str:
        """The name as words."""
        return self.name.replace("_", " ").capitalize()

    def part(self) -> str:
        """Say whether this is all of the micrograph, at its full resolution."""
        whole, unscaled = not self.entry.get("crop"), self.entry.get("subsample", 1) == 1
        if whole:
            return "The unscaled micrograph" if unscaled else "The micrograph"
        return "An unscaled part of the micrograph" if unscaled else "A part of the micrograph"

    def sentence(self) -> str:
        """Say where the image comes from and how large it is."""
        size = f"{self.shape[1]} × {self.shape[0]} pixels"
        scale = "of unknown size, so that there is no scale bar"
        if self.pixel_size_nm is not None:
            scale = f"of {self.pixel_size_nm:.4g} nm"
        return f"Image: {self._origin()}{self._cut()}; {size} {scale}."

    def _origin(self) -> str:
        if self.simulated:
            made = self.source["simulate"]
            return (
                f"simulated infection scene (seed {made['seed']}, "
                f"{made['dose']:g} electrons per pixel)"
            )
        source = Source.from_mapping(self.name, self.source)
        return source.file_name + (f" of doi {source.doi}" if source.doi else "")

    def _cut(self) -> str:
        crop, step = self.entry.get("crop"), self.entry.get("subsample", 1)
        words = ""
        if crop:
            x, y = crop.get("x", 0), crop.get("y", 0)
            words = f", crop of {crop['width']} × {crop['height']} pixels at x = {x}, y = {y}"
        if step > 1:
            words += f", one in {step} pixels kept in each direction"
        if self.entry.get("counts"):
            words += ", turned into counts by the gain and offset estimated from it"
        return words


@dataclass(frozen=True)
class FittedModel:
    """A fit, the arrays it learned and how its estimates were merged: mean or median."""

    record: FitRecord
    arrays: Mapping[str, np.ndarray]
    merge: str = "mean"

    @classmethod
    def read(cls, path: str | os.PathLike[str], merge: str = "mean") -> "FittedModel":
        """Read a model file."""
        return cls(*read_fit(path), merge)

    @property
    def name(self) -> str:
        """Either sssc or gpmm."""
        return self.record.model

    @property
    def label(self) -> str:
        """The model's abbreviation."""
        return MODEL_LABELS[self.name]

    @property
    def title(self) -> str:
        """Abbreviation and patch size."""
        return f"{self.label} {self.patch_size} × {self.patch_size}"

    @property
    def patch_size(self) -> int:
        """Edge of a patch in pixels."""
        return self.record.patch_size

    @property
    def bound(self) -> np.ndarray:
        """Free energy or log-likelihood per patch, in nats, over the iterations."""
        return np.array(self.record.bounds)

    def estimates(self, merged: str, variance: str) -> str:
        """Say what the two panels of these letters show."""
        return (
            f"({merged}) {self.merge.capitalize()} and ({variance}) variance, over the overlapping "
            "patches, of the estimates of each pixel."
        )

    def phrase(self) -> str:
        """Name the model, its size and its fit."""
        settings, n_rounds = self.record.settings, self.record.context.get("n_rounds", 1)
        letter = "H" if self.name == "sssc" else "C"
        parts = [
            f"{self.label}, {self.patch_size} × {self.patch_size} patches",
            f"{letter} = {settings['n_components']}",
        ]
        if "n_states" in settings:
            parts.append(f"S = {settings['n_states']}")
        parts.append(f"{self.record.n_iter} iterations")
        if n_rounds > 1:
            parts[-1] += f" in the last of {n_rounds} rounds"
        parts.append(f"seed {settings['random_state']}")
        return ", ".join(parts)


def limits_phrase(limits: tuple[float, float], unit: str) -> str:
    """Say what is shown as black and as white."""
    return f"{limits[0]:.4g} to {limits[1]:.4g} {unit}"


def border_sentence(patch_size: int) -> str:
    """Say which pixels took no part in the stretch."""
    return (
        f"The outer {patch_size - 1} pixels, where few patches overlap, "
        "took no part in the stretch."
    )


def psnr_sentence(truth: str | None, panels: Mapping[str, np.ndarray]) -> str:
    """Say how close panels come to the clean image, where that is known."""
    if not truth:
        return ""
    clean = read_image(truth)
    peak = psnr_peak(clean.pixels, clean.dtype)
    said = ", ".join(
        f"{psnr_to(truth, image):.2f} dB ({letter})" for letter, image in panels.items()
    )
    return f"Peak signal-to-noise ratio against the clean image (peak {peak:.4g}): {said}."


def psnr_to(truth: str, image: np.ndarray) -> float:
    """Return how close an image comes to the clean one, in dB."""
    clean = read_image(truth)
    return psnr(clean.pixels, image, psnr_peak(clean.pixels, clean.dtype))


def nearest_sigma_sentence(truth: str | None, image: np.ndarray, sigmas: Sequence[float]) -> str:
    """Say which assumed noise level is nearest to the true one, where that is known."""
    if not truth:
        return ""
    true = float(np.std(image - read_image(truth).pixels))
    nearest = min(sigmas, key=lambda sigma: abs(np.log(sigma / true)))
    return (
        f"The true noise has a standard deviation of {true:.3g} over the image, "
        f"to which {nearest:g} is nearest."
    )


def software_sentence(models: Sequence[FittedModel]) -> str:
    """Name the versions of the software that fitted, or else of what is here, and that drew."""
    names = ["zeroshot-em", "python", "numpy", "scipy", "numba" if models else "bm3d"]
    here = versions()
    used = models[0].record.context.get("versions", {}) if models else here
    said = [f"{name} {used[name]}" for name in names if name in used]
    said.append(f"matplotlib {here['matplotlib']}")
    return f"Software: {', '.join(said)}."


@dataclass(frozen=True)
class Caption:
    """What stands under a figure.

    Attributes
    ----------
    title : str
        Number and title, such as ``Figure S1. A close comparison.``
    text : str
        Title and all that follows, the same for the same run.
    simulated : bool
        Whether the data are; the text says so too.
    """

    title: str
    text: str
    simulated: bool

    @property
    def keywords(self) -> str:
        """For the metadata of files."""
        return "simulated data" if self.simulated else "recorded data"

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write all of it, wrapped, which is valid reStructuredText too."""
        lines = textwrap.fill(self.text, 100, break_long_words=False, break_on_hyphens=False)
        with atomic_path(path) as partial:
            partial.write_text(lines + "\n", encoding="utf-8")


def compose(
    number: str,
    title: str,
    *sentences: str,
    facts: ImageFacts,
    models: Sequence[FittedModel] = (),
) -> Caption:
    """Put a caption together.

    Parameters
    ----------
    number : str
        Of the figure, such as ``S1``.
    title : str
        Without a full stop.
    *sentences : str
        What the panels show and how; empty ones are left out.
    facts : ImageFacts
        Of the image.
    models : sequence of FittedModel
        All that took part.
    """
    heading = f"Figure {number}. {title}."
    said = [heading, *sentences, facts.sentence()]
    if models:
        phrases = "; ".join(fitted.phrase() for fitted in models)
        said.append(f"{'Model' if len(models) == 1 else 'Models'}: {phrases}.")
    said.append(software_sentence(models))
    if facts.simulated:
        said.append(SIMULATED)
    text = " ".join(sentence for sentence in said if sentence)
    return Caption(heading, text, facts.simulated)
