"""Make the pictures of the documentation from simulated scenes: ``python docs/pictures/make.py``.

One argument or more makes those alone, such as ``clipped first_steps``.
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from zeroshot_em import enhance
from zeroshot_em.data.simulation import simulate_scene
from zeroshot_em.show.preview import side_by_side, stretch_to_bytes

FOLDER = Path(__file__).parent
SHAPE = (192, 192)
PIXEL_NM = 1.08
BITS = 0.3
"""Grey values of 8 bits a count: the scene then fills them."""


def scene() -> np.ndarray:
    """Return a scene of one virion at the edge of a cell, in grey values of 8 bits."""
    counts = simulate_scene(SHAPE, seed=5, dose=20.0, pixel_size_nm=PIXEL_NM).noisy
    return np.rint(np.clip(BITS * counts, 0, 255))


def clipped() -> np.ndarray:
    """Set contrast and brightness so that the dark and the bright are lost."""
    image = scene()
    low, high = np.percentile(image, (4, 96))
    return np.rint(255 * np.clip((image - low) / (high - low), 0, 1))


def jpeg() -> np.ndarray:
    """Keep it as a JPEG of low quality."""
    buffer = io.BytesIO()
    Image.fromarray(scene().astype(np.uint8)).save(buffer, "JPEG", quality=25)
    return np.asarray(Image.open(buffer), dtype=float)


def bad_pixels() -> np.ndarray:
    """Let pixels of the camera be dead or hot."""
    image, rng = scene(), np.random.default_rng(0)
    image.flat[rng.choice(image.size, 40, replace=False)] = np.repeat([0, 255], 20)
    return image


def streaks() -> np.ndarray:
    """Add noise in streaks along lines, as of a slow scan."""
    image, rng = scene(), np.random.default_rng(0)
    return image + rng.normal(0, 12, (len(image), 1))


def small() -> np.ndarray:
    """Cut out a few pixels."""
    return scene()[60:108, 60:108]


DEFECTS: dict[str, Callable[[], np.ndarray]] = {
    defect.__name__: defect for defect in (clipped, jpeg, bad_pixels, streaks, small)
}


def panels(image: np.ndarray, n_maps: int = 1) -> np.ndarray:
    """Return an image and what becomes of it, side by side, at least 192 pixels high."""
    result = enhance(image, effort="low")
    print("   ", result.noise.sentence() if result.noise else "", *result.warnings, sep="\n    ")
    maps = [result.denoised, np.sqrt(result.variance)][:n_maps]
    border = result.settings.border
    shown = [stretch_to_bytes(image), *(stretch_to_bytes(one, border) for one in maps)]
    factor = max(1, SHAPE[0] // len(image))
    return side_by_side([one.repeat(factor, axis=0).repeat(factor, axis=1) for one in shown])


def first_steps() -> np.ndarray:
    """Show the scene of the first steps: input, denoised image, square root of the variance."""
    return panels(scene(), 2)


def main(names: list[str]) -> None:
    """Make pictures."""
    for name in names or ("first_steps", *DEFECTS):
        print(name)
        picture = first_steps() if name == "first_steps" else panels(DEFECTS[name]())
        Image.fromarray(picture).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
