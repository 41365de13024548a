"""Patches out of an image and back, against loops over single pixels."""

import tracemalloc

import numpy as np
import pytest

from zeroshot_em.core import patches as module
from zeroshot_em.core.patches import (
    MergedMaps,
    extract_patches,
    merge_patches,
    patch_grid,
    sample_patches,
)
from zeroshot_em.errors import InputError


def image_of(height=11, width=8, seed=0) -> np.ndarray:
    return np.random.default_rng(seed).normal(100, 20, (height, width))


def estimates_of(shape, patch_size, seed=0) -> tuple[np.ndarray, np.ndarray]:
    """Return random estimates and variances of all patches."""
    n_rows, n_columns = patch_grid(shape, patch_size)
    rng = np.random.default_rng(seed)
    size = (n_rows * n_columns, patch_size**2)
    return rng.normal(100, 20, size), rng.uniform(1, 5, size)


def merge_naively(estimates, variances, shape, patch_size, merge) -> list[np.ndarray]:
    """Return estimate, between and within variance by listing every pixel's patches."""
    n_rows, n_columns = patch_grid(shape, patch_size)
    maps = [np.empty(shape) for _ in range(3)]
    for row in range(shape[0]):
        for column in range(shape[1]):
            values, spreads = [], []
            for top in range(n_rows):
                for left in range(n_columns):
                    i, j = row - top, column - left
                    if 0 <= i < patch_size and 0 <= j < patch_size:
                        patch, pixel = top * n_columns + left, i * patch_size + j
                        values.append(estimates[patch, pixel])
                        spreads.append(variances[patch, pixel])
            maps[0][row, column] = np.mean(values) if merge == "mean" else np.median(values)
            maps[1][row, column] = np.var(values)
            maps[2][row, column] = np.mean(spreads)
    return maps


def in_blocks(estimates, variances, n_columns, rows_per_block):
    step = n_columns * rows_per_block
    for start in range(0, len(estimates), step):
        yield estimates[start : start + step], variances[start : start + step]


def arrays(maps: MergedMaps) -> tuple[np.ndarray, ...]:
    return maps.denoised, maps.variance, maps.within_variance


# Out of an image


@pytest.mark.parametrize("patch_size", [1, 3, 8])
def test_patches_are_all_windows_in_row_major_order(patch_size):
    image = image_of()
    n_rows, n_columns = patch_grid(image.shape, patch_size)
    assert (n_rows, n_columns) == (12 - patch_size, 9 - patch_size)
    expected = [
        image[top : top + patch_size, left : left + patch_size].ravel()
        for top in range(n_rows)
        for left in range(n_columns)
    ]
    np.testing.assert_array_equal(extract_patches(image, patch_size), expected)


def test_some_rows_of_the_grid():
    image = image_of()
    everything = extract_patches(image, 3).reshape(9, 6, 9)
    for rows in (slice(0, 1), slice(2, 5), slice(7, 20)):
        some = extract_patches(image, 3, rows, np.float32)
        assert some.dtype == np.float32
        np.testing.assert_array_equal(some, everything[rows].reshape(-1, 9).astype(np.float32))


@pytest.mark.parametrize(
    ("shape", "patch_size", "message"),
    [
        ((5, 9), 6, r"6 x 6 pixels is larger than the image \(9 x 5 pixels\)"),
        ((9, 5), 6, r"larger than the image \(5 x 9 pixels\)"),
        ((9, 9), 0, "at least 1, got 0"),
        ((9, 9), -3, "at least 1, got -3"),
        ((9, 9), 4.0, "patch_size must be a whole number of at least 1, got 4.0"),
    ],
)
def test_patch_sizes_that_do_not_fit_are_refused(shape, patch_size, message):
    image = np.ones(shape)
    for use in (
        lambda: patch_grid(shape, patch_size),
        lambda: extract_patches(image, patch_size),
        lambda: sample_patches(image, patch_size, 5, 0),
        lambda: merge_patches([], shape, patch_size),
    ):
        with pytest.raises(InputError, match=message):
            use()


def test_sample_holds_distinct_patches_of_the_image():
    image = np.arange(30.0 * 40).reshape(30, 40)
    sample = sample_patches(image, 4, 200, seed=3)
    assert sample.shape == (200, 16)
    assert sample.dtype == np.float32
    places = sample[:, 0]
    assert len(np.unique(places)) == 200
    rows, columns = np.divmod(places.astype(int), 40)
    expected = [image[i : i + 4, j : j + 4].ravel() for i, j in zip(rows, columns, strict=True)]
    np.testing.assert_array_equal(sample, expected)
    quarter = np.bincount((rows >= 13) * 2 + (columns >= 18), minlength=4)
    assert (quarter > 25).all()


def test_seed_chooses_the_same_places_in_every_image_of_one_size():
    image = image_of(30, 40)
    sample = sample_patches(image, 4, 50, seed=3)
    np.testing.assert_array_equal(sample_patches(image, 4, 50, seed=3), sample)
    np.testing.assert_array_equal(sample_patches(2 * image, 4, 50, seed=3), 2 * sample)
    assert not np.array_equal(sample_patches(image, 4, 50, seed=4), sample)


def test_all_patches_are_taken_where_there_are_no_more():
    image = image_of()
    everything = extract_patches(image, 3, dtype=np.float32)
    for n_patches in (len(everything), len(everything) + 1):
        np.testing.assert_array_equal(sample_patches(image, 3, n_patches, 0), everything)
    assert len(sample_patches(image, 3, len(everything) - 1, 0)) == len(everything) - 1


# And back


@pytest.mark.parametrize("merge", ["mean", "median"])
@pytest.mark.parametrize(
    ("shape", "patch_size"), [((11, 8), 3), ((7, 9), 4), ((5, 5), 5), ((4, 6), 1)]
)
def test_maps_equal_those_of_every_pixel_by_itself(merge, shape, patch_size):
    estimates, variances = estimates_of(shape, patch_size)
    maps = merge_patches([(estimates, variances)], shape, patch_size, merge)
    expected = merge_naively(estimates, variances, shape, patch_size, merge)
    for merged, slow in zip(arrays(maps), expected, strict=True):
        np.testing.assert_allclose(merged, slow, rtol=1e-12, atol=1e-9)
    np.testing.assert_array_equal(maps.total_variance, maps.within_variance + maps.variance)


def test_merging_the_patches_of_an_image_gives_the_image():
    image = image_of()
    patches = extract_patches(image, 3)
    for merge in ("mean", "median"):
        maps = merge_patches([(patches, np.zeros_like(patches))], image.shape, 3, merge)
        np.testing.assert_allclose(maps.denoised, image, rtol=1e-14)
        np.testing.assert_allclose(maps.variance, 0, atol=1e-20)
        np.testing.assert_array_equal(maps.within_variance, 0)


def test_variance_does_not_cancel_beside_a_large_mean():
    estimates, variances = estimates_of((12, 12), 4)
    small = merge_patches([(estimates, variances)], (12, 12), 4)
    large = merge_patches([(estimates + 1e9, variances)], (12, 12), 4)
    np.testing.assert_allclose(large.variance, small.variance, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("merge", ["mean", "median"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bits_do_not_depend_on_the_rows_in_a_block(merge, dtype):
    shape, patch_size = (17, 9), 4
    n_rows, n_columns = patch_grid(shape, patch_size)
    estimates, variances = (a.astype(dtype) for a in estimates_of(shape, patch_size))
    whole = arrays(merge_patches([(estimates, variances)], shape, patch_size, merge))
    for rows_per_block in range(1, n_rows + 1):
        blocks = in_blocks(estimates, variances, n_columns, rows_per_block)
        maps = arrays(merge_patches(blocks, shape, patch_size, merge))
        for streamed, at_once in zip(maps, whole, strict=True):
            np.testing.assert_array_equal(streamed, at_once)


def test_blocks_of_unequal_height_merge_alike():
    shape, patch_size = (17, 9), 4
    estimates, variances = estimates_of(shape, patch_size)
    whole = merge_patches([(estimates, variances)], shape, patch_size)
    cuts = np.cumsum([1, 5, 2]) * patch_grid(shape, patch_size)[1]
    blocks = zip(np.split(estimates, cuts), np.split(variances, cuts), strict=True)
    for streamed, at_once in zip(
        arrays(merge_patches(blocks, shape, patch_size)), arrays(whole), strict=True
    ):
        np.testing.assert_array_equal(streamed, at_once)


def peak_memory_of_streaming(height: int) -> int:
    shape, patch_size = (height, 60), 4
    estimates, variances = (a.astype(np.float32) for a in estimates_of(shape, patch_size))
    blocks = in_blocks(estimates, variances, patch_grid(shape, patch_size)[1], 2)
    tracemalloc.start()
    merge_patches(blocks, shape, patch_size)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_grows_with_the_maps_and_not_with_the_estimates():
    peak_memory_of_streaming(20)
    growth = peak_memory_of_streaming(600) - peak_memory_of_streaming(100)
    maps = 3 * 8 * 60 * 500
    assert growth < 1.2 * maps < 0.3 * 2 * 4 * 16 * 57 * 500


def test_blocks_that_end_early_are_an_error():
    shape, patch_size = (11, 8), 3
    estimates, variances = estimates_of(shape, patch_size)
    blocks = list(in_blocks(estimates, variances, 6, 4))
    with pytest.raises(ValueError, match="the blocks end at row 8 of 11"):
        merge_patches(blocks[:2], shape, patch_size)


def test_unknown_merge_is_named_before_anything_is_read():
    def never():
        raise AssertionError
        yield

    with pytest.raises(InputError, match="merge must be one of mean, median; got 'mode'"):
        merge_patches(never(), (8, 8), 3, "mode")


def test_kernel_compiled_and_not_give_the_same_numbers():
    values = np.random.default_rng(0).normal(100, 20, 16)
    for use_median in (True, False):
        compiled = module._merge_pixel(values, use_median)
        np.testing.assert_allclose(
            compiled, module._merge_pixel.py_func(values, use_median), rtol=1e-13
        )
