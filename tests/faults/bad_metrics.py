"""Images and ranges given to be compared, and levels of noise given to BM3D."""

import importlib.util
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from samples import GRAY, tiff_bytes
from table import RIGHT, Ground, Row

from zeroshot_em.core.models.bm3d import denoise
from zeroshot_em.data.metrics import compare

IMAGE = GRAY.astype(float)
NOISY = IMAGE + np.random.default_rng(1).normal(0, 3, IMAGE.shape)

COMPARED: list[tuple[str, Any, Any, float]] = [
    ("range of 0", IMAGE, NOISY, 0.0),
    ("range of NaN", IMAGE, NOISY, math.nan),
    ("range of infinity", IMAGE, NOISY, math.inf),
    ("range below 0", IMAGE, NOISY, -5.0),
    ("range of 1e308", IMAGE, NOISY, 1e308),
    ("range of 1e-320", IMAGE, NOISY, 1e-320),
    ("values of 1e300", IMAGE * 1e300, NOISY * 1e300, 255.0),
    ("truth of NaN", IMAGE * math.nan, NOISY, 255.0),
    ("image of infinity", IMAGE, NOISY * math.inf, 255.0),
    ("constant image", IMAGE, 0 * IMAGE, 255.0),
    ("images of two sizes", IMAGE, NOISY[1:], 255.0),
    ("images of 5 x 5 pixels", IMAGE[:5, :5], NOISY[:5, :5], 255.0),
]

DENOISED: list[tuple[str, Any, float]] = [
    ("sigma of 0", IMAGE, 0.0),
    ("sigma of NaN", IMAGE, math.nan),
    ("sigma of 1e9", IMAGE, 1e9),
    ("sigma of 1e-300", IMAGE, 1e-300),
    ("values of 1e-300", IMAGE * 1e-300, 5.0),
    ("values of 1e300", IMAGE * 1e300, 5.0),
    ("NaN", IMAGE * math.nan, 5.0),
    ("image of 8 x 8 pixels", IMAGE[:8, :8], 5.0),
]


def _compare(truth: Any, image: Any, data_range: float) -> Callable[[Ground], object]:
    return lambda at: compare(truth, {"image": image}, data_range)


def _scaled(factor: float) -> Callable[[Ground], None]:
    """Quality does not depend on the unit of the grey values."""

    def act(at: Ground) -> None:
        (plain,), (scaled,) = (
            compare(IMAGE * f, {"image": NOISY * f}, 255.0 * f) for f in (1.0, factor)
        )
        for name in ("psnr", "ssim", "blur"):
            assert math.isclose(plain[name], scaled[name], rel_tol=1e-6), name

    return act


def _constant_truth(at: Ground) -> None:
    (row,) = compare(np.full_like(IMAGE, 40.0), {"image": NOISY}, 255.0)
    assert all(math.isfinite(row[name]) for name in ("psnr", "ssim", "blur"))


def _constant_truth_of_floats(at: Ground) -> object:
    truth = at.file("truth.tif", tiff_bytes(np.full(GRAY.shape, 40, np.float32)))
    return at.cli("compare", truth, at.file("image.tif", tiff_bytes(GRAY)))


BM3D_ROWS = [
    Row("input", "bm3d", name, lambda at, image=image, sigma=sigma: denoise(image, sigma))  # type: ignore[misc]
    for name, image, sigma in DENOISED
]
ROWS = [
    *(Row("input", "compare", name, _compare(*given)) for name, *given in COMPARED),
    Row("input", "compare", "constant truth of floats", _constant_truth_of_floats, words=("peak",)),
    Row("input", "compare", "constant truth", _constant_truth, RIGHT),
    Row("input", "compare", "values of 1e-40", _scaled(1e-40), RIGHT),
    Row("input", "compare", "values of 1e40", _scaled(1e40), RIGHT),
    *(BM3D_ROWS if importlib.util.find_spec("bm3d") else []),
]
