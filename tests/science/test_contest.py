"""Patch sizes are judged without the truth as they would be with it."""

import numpy as np
import pytest

from zeroshot_em.core.contest import EDGE, best_patch_size, middle

ROWS, COLUMNS = np.mgrid[:64, :64]
SMOOTH = 3.0 * np.tanh((ROWS + COLUMNS - 64) / 16)
FINE = 4.0 * np.random.default_rng(2).choice([-1, 1], (32, 32)).repeat(2, 0).repeat(2, 1)


@pytest.mark.parametrize(
    ("clean", "first", "smallest", "largest"), [(SMOOTH, 6, 12, 16), (FINE, 12, 6, 6)]
)
def test_smooth_images_get_large_patches_and_fine_ones_small(clean, first, smallest, largest):
    noisy = clean + np.random.default_rng(0).normal(size=clean.shape)
    chosen = best_patch_size(noisy, clean, (6, 12, 16), first, 0, 1)
    assert smallest <= chosen <= largest


def test_a_small_image_keeps_the_size_it_came_with():
    image = np.zeros((20, 40))
    assert best_patch_size(image, image, (6, 8, 12), 8) == 8


def test_only_the_middle_is_judged():
    image = np.arange(300 * 40).reshape(300, 40)
    assert middle(image).shape == (EDGE, 40)
    assert middle(image)[0, 0] == image[22, 0]
