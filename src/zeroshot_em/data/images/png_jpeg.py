"""PNG and JPEG."""

from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image

from zeroshot_em.data.images.claims import check_claim, check_png_claim
from zeroshot_em.data.images.pixel_sizes import pillow_pixel_size


def read_png(path: Path) -> tuple[np.ndarray, float | None]:
    """Return the samples of a PNG and its pixel size in nm."""
    # Pillow cuts 16-bit colour down to 8 bit; imagecodecs does not, and looks palettes up.
    content = path.read_bytes()
    check_png_claim(path, content)
    samples = imagecodecs.png_decode(content)
    return samples, pillow_pixel_size(path)


def read_jpeg(path: Path) -> tuple[np.ndarray, float | None]:
    """Return the samples of a JPEG and its pixel size in nm."""
    with Image.open(path) as image:
        check_claim(path, image.size[::-1])
        gray = image.mode == "L"
        samples = np.asarray(image if gray else image.convert("RGB"))
    return samples, pillow_pixel_size(path)
