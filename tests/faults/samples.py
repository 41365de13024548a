"""Small right files of each format, to damage."""

import io
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from dm_files import dm_file

GRAY = np.random.default_rng(5).integers(20, 60, (24, 30), dtype=np.uint8)


def tiff_bytes(array: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **options)
    return stream.getvalue()


def pillow_bytes(array: np.ndarray, kind: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, kind)
    return stream.getvalue()


def png_bytes(array: np.ndarray) -> bytes:
    return pillow_bytes(array, "PNG")


def mrc_bytes(array: np.ndarray) -> bytes:
    import mrcfile

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "image.mrc"
        with mrcfile.new(path) as mrc:
            mrc.set_data(array)
            mrc.voxel_size = 5.4
        return path.read_bytes()


def dm_bytes(array: np.ndarray, version: int, images: int = 1) -> bytes:
    return dm_file(array, 0.54, "nm", version, images)


@cache
def model_bytes(name: str) -> bytes:
    from zeroshot_em import GPMM, SSSC
    from zeroshot_em.data.model_files import save_model

    made = {"sssc": SSSC(3, 2, max_iter=2), "gpmm": GPMM(3, max_iter=2)}[name]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "model.npz"
        save_model(path, made.fit(GRAY.reshape(-1, 4).astype(float)))
        return path.read_bytes()
