"""The scale bar of a picture in a figure."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle


def scale_bar_length(width_nm: float) -> float:
    """Return 1, 2 or 5 times a power of ten, in nm and at most a quarter of a width."""
    decade = 10.0 ** np.floor(np.log10(width_nm / 4))
    return float(max(step * decade for step in (1, 2, 5) if step * decade <= width_nm / 4))


def add_scale_bar(
    axes: Axes, pixel_size_nm: float, shape: tuple[int, ...], width_mm: float
) -> None:
    """Draw a bar with its length on a white ground, legible on anything."""
    length_nm = scale_bar_length(shape[1] * pixel_size_nm)
    length = length_nm / pixel_size_nm
    mm = shape[1] / width_mm
    left, bottom = -0.5 + 2.6 * mm, shape[0] - 0.5 - 2.4 * mm
    plate = Rectangle(
        (left - 1.2 * mm, bottom - 4.0 * mm), length + 2.4 * mm, 5.2 * mm, fc="white", ec="none"
    )
    bar = Rectangle((left, bottom - 0.6 * mm), length, 0.6 * mm, fc="black", ec="none")
    bar.set_gid("scale bar")
    axes.add_patch(plate)
    axes.add_patch(bar)
    axes.text(
        left + length / 2,
        bottom - 1.1 * mm,
        f"{length_nm:g} nm",
        ha="center",
        va="bottom",
        fontsize=6.5,
    )
