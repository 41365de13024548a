"""The look of all figures: sizes, fonts, and how they are written.

Everything is laid out on the pixel grid of 300 dots per inch. In the PDF every image is embedded at
its full resolution; in the PNG each dot is the mean of the image over the area of that dot, so that
no interpolation invents detail.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from PIL import Image

from zeroshot_em.data.files import atomic_path
from zeroshot_em.errors import InputError
from zeroshot_em.show.display import to_bytes
from zeroshot_em.show.figures.scale_bar import add_scale_bar

TWO_COLUMNS_MM = 183.0
DOTS_PER_INCH = 300
DOTS_PER_MM = DOTS_PER_INCH / 25.4

GAP_MM = 2.0
HEADER_MM = 4.6
PANEL_LETTERS = "abcdefghijklmnopqrstuvwxyz"

# Okabe and Ito's colours, distinct for every kind of colour vision.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
FRAME_COLOR = "#E69F00"

RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 6.5,
    "axes.labelsize": 6.5,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2.0,
    "ytick.major.size": 2.0,
    "lines.linewidth": 1.0,
    "legend.fontsize": 6,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "image.composite_image": False,
    "savefig.dpi": DOTS_PER_INCH,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in this project's style, whatever the user's own matplotlib settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        yield


@dataclass(frozen=True)
class Panel:
    """One picture of a figure.

    Attributes
    ----------
    title : str
    display : ndarray of shape (height, width) or (height, width, 3)
        Display values from 0 to 1.
    pixel_size_nm : float or None
        For a scale bar; None for none.
    frame : (int, int, int, int) or None
        x, y, width and height in pixels of a part to be framed.
    """

    title: str
    display: np.ndarray
    pixel_size_nm: float | None = None
    frame: tuple[int, int, int, int] | None = None

    def with_scale(self, other: "Panel") -> "Panel":
        """Return this panel with the scale bar of another."""
        return replace(self, pixel_size_nm=other.pixel_size_nm)


class Page:
    """A figure on the pixel grid.

    Parameters
    ----------
    width_mm, height_mm : float
    """

    def __init__(self, width_mm: float, height_mm: float) -> None:
        self.width_mm = width_mm
        self.width, self.height = _dots(width_mm), _dots(height_mm)
        # A thousandth of a dot more, lest rounding lose the last one.
        inches = [(edge + 1e-3) / DOTS_PER_INCH for edge in (self.width, self.height)]
        self.figure = Figure(figsize=(inches[0], inches[1]), dpi=DOTS_PER_INCH)
        self._images: list[tuple[AxesImage, np.ndarray, tuple[int, int]]] = []
        self._n_panels = 0

    def axes(self, left_mm: float, top_mm: float, width_mm: float, height_mm: float) -> Axes:
        """Return axes at a place measured from the upper left corner."""
        left, top, width, height = map(_dots, (left_mm, top_mm, width_mm, height_mm))
        bottom = self.height - top - height
        return self.figure.add_axes(
            (
                left / self.width,
                bottom / self.height,
                width / self.width,
                height / self.height,
            )
        )

    def axes_in_a_row(
        self, n_axes: int, left_mm: float, right_mm: float, height_mm: float
    ) -> Iterator[Axes]:
        """Give equally wide axes from left to right, each with room on both of its sides."""
        pitch_mm = self.width_mm / n_axes
        for number in range(n_axes):
            left = number * pitch_mm + left_mm
            yield self.axes(left, HEADER_MM, pitch_mm - left_mm - right_mm, height_mm)

    def show(self, axes: Axes, panel: Panel) -> None:
        """Show a picture with its letter, title, frame and scale bar."""
        pixels = to_bytes(panel.display)
        if pixels.ndim == 2:
            pixels = np.repeat(pixels[..., None], 3, axis=2)
        place = axes.get_position()
        size = (round(place.width * self.width), round(place.height * self.height))
        artist = axes.imshow(pixels, interpolation="none", aspect="auto")
        self._images.append((artist, pixels, size))
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(visible=True, linewidth=0.3, color="0.35")
        if panel.frame is not None:
            x, y, width, height = panel.frame
            corner = (x - 0.5, y - 0.5)
            axes.add_patch(
                Rectangle(corner, width, height, fill=False, ec=FRAME_COLOR, lw=0.9, gid="frame")
            )
        if panel.pixel_size_nm is not None:
            add_scale_bar(axes, panel.pixel_size_nm, pixels.shape, size[0] / DOTS_PER_MM)
        self.head(axes, panel.title)

    def head(self, axes: Axes, title: str) -> None:
        """Write the next panel letter and a title above axes."""
        letter = PANEL_LETTERS[self._n_panels]
        self._n_panels += 1
        style: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
        axes.annotate(
            letter, (0, 1), (0, 3.2), fontsize=8, fontweight="bold", va="baseline", **style
        )
        axes.annotate(title, (0, 1), (9.5, 3.2), fontsize=7, va="baseline", **style)

    def legend_below(self, axes: Axes, handle_length: float) -> None:
        """Write the legend of axes at the foot of the page, for all axes on it."""
        handles, labels = axes.get_legend_handles_labels()
        self.figure.legend(handles, labels, loc="lower center", ncols=5, handlelength=handle_length)

    def save(
        self,
        png: str | os.PathLike[str],
        pdf: str | os.PathLike[str],
        *,
        title: str,
        caption: str,
        keywords: str,
    ) -> None:
        """Write both files with title, caption and keywords in their metadata.

        Equal input gives equal bytes: no date is written.
        """
        about_pdf = {"Title": title, "Subject": caption, "Keywords": keywords, "CreationDate": None}
        about_png = {"Title": title, "Description": caption, "Source": keywords, "Software": None}
        with house_style():
            self._write(pdf, "pdf", about_pdf)
            for artist, pixels, size in self._images:
                dots = Image.fromarray(pixels).resize(size, Image.Resampling.BOX)
                artist.set_data(np.asarray(dots))
            self._write(png, "png", about_png)

    def _write(
        self, path: str | os.PathLike[str], kind: str, metadata: dict[str, str | None]
    ) -> None:
        with atomic_path(path) as partial:
            self.figure.savefig(partial, format=kind, dpi=DOTS_PER_INCH, metadata=metadata)


def image_page(rows: Sequence[Sequence[Panel]], width_mm: float = TWO_COLUMNS_MM) -> Page:
    """Return a page of rows of equally wide pictures.

    Raises
    ------
    InputError
        If the pictures are so narrow that the page would be higher than a journal's.
    """
    n_columns = max(len(row) for row in rows)
    panel_mm = (width_mm - GAP_MM * (n_columns - 1)) / n_columns
    heights = [panel_mm * max(p.display.shape[0] / p.display.shape[1] for p in row) for row in rows]
    height_mm = sum(heights) + (HEADER_MM + GAP_MM) * len(rows) - GAP_MM
    if height_mm > 600:
        raise InputError(
            f"the figure would be {height_mm:.0f} mm high: its images are too narrow; "
            "crop them less"
        )
    page = Page(width_mm, height_mm)
    top_mm = HEADER_MM
    for row, row_mm in zip(rows, heights, strict=True):
        for column, panel in enumerate(row):
            aspect = panel.display.shape[0] / panel.display.shape[1]
            left_mm = column * (panel_mm + GAP_MM)
            page.show(page.axes(left_mm, top_mm, panel_mm, panel_mm * aspect), panel)
        top_mm += row_mm + HEADER_MM + GAP_MM
    return page


def _dots(millimetres: float) -> int:
    return round(millimetres * DOTS_PER_MM)
