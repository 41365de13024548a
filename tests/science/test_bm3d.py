import sys

import numpy as np
import pytest

from zeroshot_em.core.models.bm3d import denoise
from zeroshot_em.data.metrics import psnr
from zeroshot_em.errors import InputError

TRUTH = np.tile(np.where(np.arange(40) < 20, 60.0, 160.0), (48, 1))
NOISY = TRUTH + np.random.default_rng(0).normal(0, 20, TRUTH.shape)


def test_noise_is_removed_and_the_same_bits_come_twice():
    pytest.importorskip("bm3d")
    denoised = denoise(NOISY, 20)
    assert psnr(TRUTH, denoised) > psnr(TRUTH, NOISY) + 8
    np.testing.assert_array_equal(denoised, denoise(NOISY, 20))


@pytest.mark.parametrize("sigma", [0, -5, np.nan, np.inf])
def test_sigma_must_be_positive(sigma):
    with pytest.raises(InputError, match="sigma of BM3D must be from"):
        denoise(NOISY, sigma)


def test_one_bad_pixel_is_refused():
    image = NOISY.copy()
    image[3, 4] = np.nan
    with pytest.raises(InputError, match="NaN or infinite"):
        denoise(image, 20)


def test_a_tiny_image_is_refused():
    with pytest.raises(InputError, match="at least 9 x 9"):
        denoise(np.ones((8, 20)), 20)


def test_without_the_package_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "bm3d", None)
    with pytest.raises(InputError, match="pip install bm3d"):
        denoise(NOISY, 20)
