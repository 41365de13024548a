"""PNG and JPEG."""

from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image

from zeroshot_em.data.images.claims import check_claim, check_png_claim
from zeroshot_em.data.images.pixel_sizes import NM_PER_UNIT, not_printed


def read_png(path: Path) -> tuple[np.ndarray, float | None]:
    """Return the samples of a PNG and its pixel size in nm."""
    # Pillow cuts 16-bit colour down to 8 bit; imagecodecs does not, and looks palettes up.
    content = path.read_bytes()
    check_png_claim(path, content)
    samples = imagecodecs.png_decode(content)
    return samples, _pixel_size(path)


def read_jpeg(path: Path) -> tuple[np.ndarray, float | None]:
    """Return the samples of a JPEG and its pixel size in nm."""
    with Image.open(path) as image:
        check_claim(path, image.size[::-1])
        gray = image.mode == "L"
        samples = np.asarray(image if gray else image.convert("RGB"))
    return samples, _pixel_size(path)


def _pixel_size(path: Path) -> float | None:
    with Image.open(path) as image:
        dots_per_inch = image.info.get("dpi", (0,))[0]
    return not_printed(NM_PER_UNIT["inch"] / float(dots_per_inch)) if dots_per_inch else None
