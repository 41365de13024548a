"""PNG and JPEG."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image

from zeroshot_em.data.images.claims import check_claim, check_png_claim
from zeroshot_em.data.images.pixel_sizes import NM_PER_UNIT, not_printed
from zeroshot_em.data.images.recording import Recording, Scale


def read_png(path: Path) -> Recording:
    """Return what a PNG holds."""
    # Pillow cuts 16-bit colour down to 8 bit; imagecodecs does not, and looks palettes up.
    content = path.read_bytes()
    check_png_claim(path, content)
    samples = imagecodecs.png_decode(content)
    with _opened(path) as image:
        return _recording(samples, "png", image)


def read_jpeg(path: Path) -> Recording:
    """Return what a JPEG holds."""
    with _opened(path) as image:
        check_claim(path, image.size[::-1])
        gray = image.mode == "L"
        samples = np.asarray(image if gray else image.convert("RGB"))
        return _recording(samples, "jpeg", image)


def picture_shape(path: Path) -> tuple[tuple[int, ...], str]:
    """Return the size of a PNG or JPEG and its axes, from the header alone."""
    with _opened(path) as image:
        return image.size[::-1], "YX"


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open an image however large: what it claims is held against its file and the memory."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(path) as image:
            yield image
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _recording(samples: np.ndarray, kind: str, image: Image.Image) -> Recording:
    dots_per_inch = float(image.info.get("dpi", (0,))[0])
    size = not_printed(NM_PER_UNIT["inch"] / dots_per_inch) if dots_per_inch else None
    axes = "YX" if samples.ndim == 2 else "YXS"
    return Recording(samples, axes, Scale(size), kind, samples.dtype.name)
