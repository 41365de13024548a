"""What is shown of one enhanced image: its page, its preview and its thumbnail."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from zeroshot_em.data.files import atomic_path
from zeroshot_em.data.images import MicrographImage
from zeroshot_em.show.captions import SIMULATED, ImageFacts
from zeroshot_em.show.preview import (
    middle,
    shape_within,
    shrunk,
    side_by_side,
    stretch_to_bytes,
    write_preview,
)
from zeroshot_em.show.viewer import ViewerImage, ViewerMap, build_viewer
from zeroshot_em.show.viewer.catalogue import INPUT_DESCRIPTIONS, KINDS, UNITS

THUMBNAIL_EDGE = 240
GAP = 8


@dataclass(frozen=True)
class EnhancedImage:
    """An image and what enhancing it gave.

    Attributes
    ----------
    name : str
        In the configuration.
    micrograph : MicrographImage
        As it was enhanced.
    denoised, variance : ndarray of shape (height, width)
    summary : mapping
        As of `summary_of`.
    image_entry, source_entry : mapping
        The configuration's entries of the image and of the source that it is cut from.
    """

    name: str
    micrograph: MicrographImage
    denoised: np.ndarray
    variance: np.ndarray
    summary: Mapping[str, Any]
    image_entry: Mapping[str, Any]
    source_entry: Mapping[str, Any]

    def write_page(self, path: str | os.PathLike[str]) -> None:
        """Write the page that compares the maps."""
        build_viewer([self._for_viewer()], path, title=self.name)

    def write_preview(self, path: str | os.PathLike[str]) -> None:
        """Write input, denoised image and variance side by side, and their middle enlarged."""
        with atomic_path(path) as partial:
            panels = (self.micrograph.pixels, self.denoised, np.sqrt(self.variance))
            write_preview(partial, panels, self._border)

    def write_thumbnail(self, path: str | os.PathLike[str]) -> None:
        """Write a small picture: above, denoised image and variance; below, their middle.

        The middle is that of the input and of the denoised image, a pixel for each pixel.
        """
        noisy = stretch_to_bytes(self.micrograph.pixels)
        denoised = stretch_to_bytes(self.denoised, self._border)
        variance = stretch_to_bytes(np.sqrt(self.variance), self._border)
        rows = [
            side_by_side([shrunk(panel, THUMBNAIL_EDGE) for panel in (denoised, variance)]),
            side_by_side([_middle(noisy), _middle(denoised)]),
        ]
        gap = np.full((GAP, rows[0].shape[1]), 255, np.uint8)
        with atomic_path(path) as partial:
            Image.fromarray(np.vstack([rows[0], gap, rows[1]])).save(partial, quality=82)

    @property
    def _border(self) -> int:
        return int(self.summary["settings"]["patch_size"]) - 1

    def _for_viewer(self) -> ViewerImage:
        size = self.micrograph.pixel_size_nm
        facts = ImageFacts(
            self.source_entry, self.image_entry, self.denoised.shape, size, self.name
        )
        said = [facts.sentence(), *([SIMULATED] if facts.simulated else [])]
        maps = [
            ViewerMap(
                "Input", "Input", INPUT_DESCRIPTIONS[facts.unit], self.micrograph.pixels,
                UNITS[facts.unit],
            ),
            self._map("denoised", self.denoised, UNITS[facts.unit]),
            self._map("variance", self.variance, f"{UNITS[facts.unit]}²"),
        ]  # fmt: skip
        return ViewerImage(self.name, maps, " ".join(said), size, facts.simulated)

    def _map(self, kind: str, pixels: np.ndarray, unit: str) -> ViewerMap:
        words, sentence = KINDS[kind]
        settings = self.summary["settings"]
        said = sentence.format(merge=settings["merge"])
        return ViewerMap(words.capitalize(), "Enhanced", said, pixels, unit, self._border)


def _middle(panel: np.ndarray) -> np.ndarray:
    """Return the middle of a panel, as large as the whole is shown."""
    return middle(panel, shape_within(panel.shape, THUMBNAIL_EDGE))
