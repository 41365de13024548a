"""Large images: how much of them is held at a time, and how they are shown."""

import tracemalloc
from functools import partial

import numpy as np
import pytest
from PIL import Image

from zeroshot_em.core.noise.correlation import NoiseSpectrum, undo_whitening, whiten
from zeroshot_em.core.noise.stabilise import Stabiliser
from zeroshot_em.core.refine import refine
from zeroshot_em.show import preview
from zeroshot_em.show.preview import stretch_to_bytes, write_preview

SHAPE = (1000, 600)
NOISY = np.random.default_rng(0).normal(100, 10, SHAPE)
BLURRED = NoiseSpectrum(10.0, 0.5, 1.3, 0.01)


@pytest.mark.parametrize(
    ("step", "n_images"),
    [
        (partial(whiten, spectrum=BLURRED), 3.8),
        (partial(undo_whitening, spectrum=BLURRED), 3.8),
        (Stabiliser(0.01, 0.0).inverse, 3.5),
        (stretch_to_bytes, 1.5),
    ],
    ids=["whiten", "undo_whitening", "inverse", "stretch_to_bytes"],
)
def test_a_step_holds_few_images_besides_its_own(step, n_images):
    step(NOISY[:64])  # what is computed once and kept
    assert images_held(partial(step, NOISY)) < n_images


def test_refining_holds_a_pilot_its_single_precision_copies_and_the_result(monkeypatch):
    monkeypatch.setattr("zeroshot_em.core.refine._kernels.add_band", lambda *_: None)
    assert images_held(partial(refine, NOISY, NOISY, NOISY, 1)) < 3.6


def images_held(step) -> float:
    """Return how many images of double precision a step holds at most, beside its input."""
    tracemalloc.start()
    step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / NOISY.nbytes


def test_a_large_image_is_shrunk_in_the_preview_and_its_middle_is_shown_in_full(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(preview, "EDGE", 30)
    whole = np.zeros((60, 90))
    whole[:, 45:] = 1.0
    write_preview(tmp_path / "preview.png", [whole, 1 - whole])
    shown = np.asarray(Image.open(tmp_path / "preview.png"))
    above, below = shown[:20], shown[20 + preview.GAP :]
    assert above.shape == below.shape == (20, 2 * 30 + preview.GAP)
    for row in (above, below):
        assert (row[:, :15] == 0).all()
        assert (row[:, 15:30] == 255).all()


def test_what_fits_is_shown_pixel_by_pixel(tmp_path):
    panel = np.random.default_rng(0).normal(size=(12, 15))
    write_preview(tmp_path / "preview.png", [panel])
    shown = np.asarray(Image.open(tmp_path / "preview.png"))
    assert (shown[:12] == stretch_to_bytes(panel)).all()
    assert (shown[-12::3, ::3] == stretch_to_bytes(panel)[4:8, 5:10]).all()
