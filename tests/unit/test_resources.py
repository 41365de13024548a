"""What jobs are given grows with image and patches, and lies above what was measured."""

import pytest

from zeroshot_em.run.resources import UNKNOWN_SHAPE, given


@pytest.mark.parametrize(
    ("task", "shape", "patch_size", "peak_mb", "cpu_seconds"),
    [
        ("fit", (516, 508), 6, 642, 87),
        ("fit", (516, 508), 12, 493, 13),
        ("fit", (240, 260), 20, 403, 29),
        ("reconstruct", (516, 508), 6, 277, 17),
        ("reconstruct", (240, 260), 20, 640, 10),
        ("bm3d", (516, 508), 1, 265, 23),
        ("enhance", (160, 160), 1, 488, 32),
    ],
)
def test_more_is_given_than_was_taken(task, shape, patch_size, peak_mb, cpu_seconds):
    allowed = given(task, shape, patch_size)
    assert peak_mb < allowed.mem_mb < 8 * peak_mb
    assert allowed.runtime * 60 > 4 * cpu_seconds


def test_what_is_learned_from_is_bounded_and_so_is_its_memory():
    assert given("fit", (500, 500), 20) == given("fit", (5000, 5000), 20)
    assert given("fit", (500, 500), 20) > given("fit", (500, 500), 6) > given("fit", (64, 64), 6)
    assert given("enhance", None) == given("enhance", UNKNOWN_SHAPE)
