import numpy as np
import pytest

from zeroshot_em.core.preprocess import crop, subsample
from zeroshot_em.errors import InputError

IMAGE = np.arange(12.0).reshape(3, 4)


def test_crop_takes_columns_from_x_and_rows_from_y():
    np.testing.assert_array_equal(crop(IMAGE, x=1, y=2, width=3, height=1), [[9, 10, 11]])


def test_crop_may_be_the_whole_image():
    np.testing.assert_array_equal(crop(IMAGE, x=0, y=0, width=4, height=3), IMAGE)


@pytest.mark.parametrize(
    "rectangle",
    [(-1, 0, 2, 2), (0, -1, 2, 2), (0, 0, 5, 1), (0, 0, 1, 4), (4, 0, 1, 1), (0, 0, 0, 1)],
)
def test_a_crop_outside_the_image_is_refused_with_both_sizes(rectangle):
    with pytest.raises(InputError, match=r"not inside the image, which has 4 x 3 pixels"):
        crop(IMAGE, *rectangle)


def test_the_papers_crop_becomes_508_by_516():
    section = crop(np.zeros((1032, 1376)), x=360, y=0, width=1016, height=1032)
    assert subsample(section, 2).shape == (516, 508)


def test_subsampling_keeps_every_kth_pixel_unchanged():
    np.testing.assert_array_equal(subsample(IMAGE, 2), [[0, 2], [8, 10]])


def test_a_step_below_one_is_refused():
    with pytest.raises(InputError, match="at least 1"):
        subsample(IMAGE, 0)
