import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from zeroshot_em.data.metrics import blur, compare, overlap, psnr, psnr_peak, ssim
from zeroshot_em.errors import InputError


@pytest.fixture
def image():
    return gaussian_filter(np.random.default_rng(0).normal(100, 60, (40, 50)), 1)


def test_psnr_follows_its_definition_and_does_not_clip(image):
    noisy = image + 300 * (np.indices(image.shape).sum(axis=0) % 2 * 2 - 1)
    assert psnr(image, noisy) == pytest.approx(10 * np.log10(255**2 / 300**2))
    assert psnr(image, noisy, data_range=510) == pytest.approx(psnr(image, noisy) + 6.0206)
    assert psnr(image, image) == np.inf


def test_the_peak_is_that_of_8_bit_or_the_range_of_the_clean_image(image):
    assert psnr_peak(image, "uint8") == 255
    assert psnr_peak(image, "uint16") == psnr_peak(image, "float32") == image.max() - image.min()


def test_ssim_is_one_for_equal_images_and_falls_with_noise(image):
    random = np.random.default_rng(1)
    little, much = (image + random.normal(0, sigma, image.shape) for sigma in (5, 50))
    assert ssim(image, image) == pytest.approx(1)
    assert ssim(image, image) > ssim(image, little) > ssim(image, much)


def test_blur_grows_with_smoothing(image):
    assert 0 <= blur(image) < blur(gaussian_filter(image, 2)) <= 1


def test_overlap_is_intersection_over_union():
    first, second = np.zeros((2, 4, 4), dtype=bool)
    first[:, :2] = second[:, 1:3] = True
    assert overlap(first, second) == pytest.approx(4 / 12)
    assert overlap(first, first) == 1
    assert overlap(first, ~first) == 0
    assert overlap(first & False, second & False) == 1


def test_compare_makes_a_row_for_each_image(image):
    rows = compare(image, {"a.tif": image + 1, "b.tif": image + 10})
    assert [row["image"] for row in rows] == ["a.tif", "b.tif"]
    assert rows[0]["psnr"] == pytest.approx(48.13, abs=0.01)
    assert rows[0]["psnr"] > rows[1]["psnr"]
    assert set(rows[0]) == {"image", "psnr", "ssim", "blur"}


def test_images_of_different_sizes_are_refused(image):
    for measure in (psnr, ssim, overlap):
        with pytest.raises(InputError, match=r"truth has 50 x 40 pixels but the image 49 x 40"):
            measure(image, image[:, 1:])


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(InputError, match="constant image"):
        blur(np.ones((20, 20)))
    with pytest.raises(InputError, match="at least 7 x 7 pixels, got 5 x 20"):
        ssim(np.ones((20, 5)), np.ones((20, 5)))
