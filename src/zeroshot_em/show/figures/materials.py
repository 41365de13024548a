"""What a figure is made from: files by name, and what the configuration says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from zeroshot_em.data.images import MicrographImage, read_image
from zeroshot_em.show.captions import FittedModel, ImageFacts


@dataclass(frozen=True)
class Materials:
    """Files and settings of one figure.

    Attributes
    ----------
    files : mapping of str to path, or to a list of paths
        Named as each figure's module says.
    settings : mapping
        The figure's entry in the configuration.
    image_entry, source_entry : mapping
        The entries of its image and of the source that is cut from.
    figure2 : mapping
        The entry of Figure 2, to which other figures refer; empty if it is not made.
    """

    files: Mapping[str, Any]
    settings: Mapping[str, Any]
    image_entry: Mapping[str, Any] = field(default_factory=dict)
    source_entry: Mapping[str, Any] = field(default_factory=dict)
    figure2: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def image(self) -> MicrographImage:
        """The input image."""
        return read_image(self.files["image"])

    @cached_property
    def facts(self) -> ImageFacts:
        """What is said of the image."""
        pixels = self.image.pixels
        return ImageFacts(
            self.source_entry,
            self.image_entry,
            (pixels.shape[0], pixels.shape[1]),
            self.image.pixel_size_nm,
            self.settings.get("image", "image"),
        )

    @cached_property
    def models(self) -> list[FittedModel]:
        """The fitted models, in the order of their files."""
        paths = self.paths("model")
        merges = self.settings.get("merges") or ["mean"] * len(paths)
        return [FittedModel.read(path, merge) for path, merge in zip(paths, merges, strict=True)]

    @property
    def micrograph(self) -> str:
        """What to call the micrograph in a title."""
        return "The micrograph of Figure 2" if self.shows_as_figure2("image") else "A micrograph"

    def shows_as_figure2(self, *keys: str) -> bool:
        """Whether Figure 2 is made and is configured alike in these keys."""
        return bool(self.figure2) and all(
            self.settings.get(key) == self.figure2.get(key) for key in keys
        )

    def paths(self, name: str) -> list[str]:
        """Return one or many files of a name, or none, as a list."""
        named = self.files.get(name) or []
        return [named] if isinstance(named, str) else [str(path) for path in named]

    def maps(self, name: str) -> list[np.ndarray]:
        """Return the maps of a name."""
        return [read_image(path).pixels for path in self.paths(name)]

    @property
    def truth(self) -> str | None:
        """The clean image's file, where there is one in the unit of the image."""
        if self.facts.entry.get("counts"):
            return None
        return next(iter(self.paths("truth")), None)

    @property
    def section(self) -> tuple[int, int, int, int]:
        """The part to be shown closer: x, y, width and height; by default the middle third."""
        height, width = self.facts.shape
        edge = max(1, min(height, width) // 3)
        chosen = self.settings.get("section") or {
            "x": (width - edge) // 2,
            "y": (height - edge) // 2,
            "width": edge,
            "height": edge,
        }
        x, y = chosen.get("x", 0), chosen.get("y", 0)
        return x, y, chosen["width"], chosen["height"]
