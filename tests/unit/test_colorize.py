import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2lab

from zeroshot_em.data.metrics import overlap
from zeroshot_em.data.simulation import simulate_scene
from zeroshot_em.errors import InputError
from zeroshot_em.show.colorize import (
    LUMINANCE,
    cell_mask,
    colorize,
    enhance_contrast,
    from_linear,
    image_mask,
    polygon_mask,
    segment_cell,
    soften,
    to_linear,
)


@pytest.fixture(scope="module")
def ramp():
    return np.linspace(0, 1, 256)[None, :].repeat(3, axis=0)


@pytest.mark.parametrize("part", [0.0, 0.3, 1.0])
def test_colour_keeps_luminance(ramp, part):
    colored = colorize(ramp, np.full(ramp.shape, part))
    assert colored.min() >= 0
    assert colored.max() <= 1
    np.testing.assert_allclose(to_linear(colored) @ LUMINANCE, to_linear(ramp), atol=1e-9)
    gray = np.repeat(ramp[..., None], 3, axis=2)
    np.testing.assert_allclose(rgb2lab(colored)[..., 0], rgb2lab(gray)[..., 0], atol=0.1)


def test_the_cell_is_blue_and_the_rest_yellow(ramp):
    blue = colorize(ramp, np.ones(ramp.shape))[0, 100]
    yellow = colorize(ramp, np.zeros(ramp.shape))[0, 100]
    assert blue[2] > blue[1] > blue[0]
    assert yellow[0] > yellow[1] > yellow[2]


def test_linear_light_and_display_values_are_inverse(ramp):
    np.testing.assert_allclose(from_linear(to_linear(ramp)), ramp, atol=1e-4)


def test_contrast_enhancement_stretches_and_lifts_dark_parts():
    shown = enhance_contrast(np.array([[0.0, 2, 4, 10, 99]]), (2, 10), gamma=0.5)
    np.testing.assert_allclose(shown, [[0, 0, 0.5, 1, 1]])


def test_polygon_has_the_area_it_encloses():
    mask = polygon_mask((40, 60), [(10, 5), (50, 5), (50, 25), (10, 25)])
    assert mask.sum() == pytest.approx(40 * 20, abs=70)
    assert mask[15, 30]
    assert not mask[30, 30]


def test_painted_mask_is_cut_at_half_its_brightness():
    np.testing.assert_array_equal(image_mask(np.array([[0, 100, 129, 255]])), [[0, 0, 1, 1]])


def test_soft_edge_spreads_over_a_few_pixels():
    mask = np.zeros((20, 20), dtype=bool)
    mask[:, 10:] = True
    soft = soften(mask)
    assert soft[10, 0] == 0
    assert soft[10, -1] == 1
    assert np.all(np.diff(soft[10]) >= 0)
    assert 2 < np.count_nonzero((soft[10] > 0.1) & (soft[10] < 0.9)) < 8


@pytest.mark.parametrize(("seed", "cell", "rest"), [(0, (420, 330), (170, 170))])
def test_seeds_find_the_cell_of_a_simulated_scene(seed, cell, rest):
    scene = simulate_scene((860, 940), seed=seed)
    denoised = gaussian_filter(scene.noisy[::2, ::2].astype(float), 1.2)
    found = segment_cell(denoised, [cell], [rest])
    assert overlap(scene.cell_mask[::2, ::2], found) >= 0.9


def test_a_mask_is_chosen_by_polygon_file_or_seeds():
    denoised = np.zeros((60, 80))
    denoised[:, 40:] = 50
    square = {"polygon": [(0, 0), (20, 0), (20, 20), (0, 20)]}
    polygon, how = cell_mask(denoised, square)
    assert (how, polygon[10, 10], polygon[40, 40]) == ("polygon", True, False)
    painted = np.zeros((60, 80))
    painted[:30] = 255
    file, how = cell_mask(denoised, {}, painted)
    assert (how, file[:30].all(), file[30:].any()) == ("file", True, False)
    seeded, how = cell_mask(denoised, {"seeds": {"cell": [(10, 30)], "rest": [(70, 30)]}})
    assert (how, seeded[30, 20], seeded[30, 60]) == ("seeds", True, False)
    corner, how = cell_mask(denoised, {})
    assert (how, corner[30, 20], corner[30, 60]) == ("seeds", False, True)


def test_bad_input_is_refused_in_one_line():
    image = np.random.default_rng(0).normal(size=(30, 40))
    with pytest.raises(InputError, match="mask has 39 x 30 pixels but the image 40 x 30"):
        colorize(image, image[:, 1:])
    with pytest.raises(InputError, match="at least 3 corners"):
        polygon_mask((30, 40), [(1, 1), (2, 2)])
    with pytest.raises(InputError, match="does not touch the image of 40 x 30"):
        polygon_mask((30, 40), [(100, 100), (120, 100), (120, 120)])
    with pytest.raises(InputError, match="the mask image is empty"):
        image_mask(np.zeros((3, 3)))
    with pytest.raises(InputError, match=r"seed point .* for the rest"):
        segment_cell(image, [(5, 5)], [])
    with pytest.raises(InputError, match="cell seed at x = 40, y = 5 lies outside the image"):
        segment_cell(image, [(40, 5)], [(1, 1)])
