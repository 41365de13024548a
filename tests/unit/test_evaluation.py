import numpy as np
import pytest

from zeroshot_em.data.evaluation.intervals import (
    conformal_width,
    coverage,
    errors_in_deviations,
    normal_width,
)
from zeroshot_em.data.evaluation.maps import (
    average_precision,
    correlation,
    gradient,
    local_deviation,
    relative_to_surroundings,
)
from zeroshot_em.data.evaluation.recordings import (
    find_regions,
    fourier_ring_correlation,
    region_snr,
    resolved_frequency,
)
from zeroshot_em.errors import InputError


@pytest.fixture
def random():
    return np.random.default_rng(0)


def test_average_precision_of_a_ranking_written_out():
    ranking = np.array([[0.9, 0.8], [0.7, 0.6]])
    mask = np.array([[True, False], [True, False]])
    assert average_precision(ranking, mask) == pytest.approx((1 + 2 / 3) / 2)


def test_a_perfect_map_has_1_and_one_that_says_nothing_the_masks_share(random):
    mask = random.random((200, 200)) < 0.1
    assert average_precision(mask.astype(float), mask) == 1
    assert average_precision(random.random(mask.shape), mask) == pytest.approx(0.1, abs=0.01)


def test_correlation_is_that_of_pearson_and_0_for_a_constant(random):
    image = random.random((20, 30))
    assert correlation(image, 3 - 2 * image) == pytest.approx(-1)
    assert correlation(image, np.ones((20, 30))) == 0


def test_gradient_of_a_ramp_and_deviation_of_stripes():
    ramp = 3.0 * np.arange(40)[None, :].repeat(40, axis=0)
    np.testing.assert_allclose(gradient(ramp)[10:30, 10:30], 3, rtol=0.01)
    stripes = np.where(np.arange(40) % 2, 5.0, 1.0)[None, :].repeat(40, axis=0)
    inside = local_deviation(stripes, 3)[10:30, 10:30]
    np.testing.assert_allclose(inside, np.sqrt(2 / 9) * 4, rtol=1e-6)


def test_a_map_relative_to_its_surroundings_forgets_slow_changes():
    slow = np.linspace(1, 3, 200)[None, :].repeat(200, axis=0)
    relative = relative_to_surroundings(slow, 5)
    np.testing.assert_allclose(relative[:, 30:170], 1, rtol=1e-3)


def test_snr_of_regions_of_known_contrast_and_noise(random):
    image = random.normal(0, 2, (200, 200))
    image[:100] += 20
    pairs = [((slice(0, 90), slice(0, 200)), (slice(110, 200), slice(0, 200)))]
    assert region_snr(image, pairs) == pytest.approx(20, abs=0.2)


def test_regions_are_found_in_the_dark_and_in_the_bright(random):
    image = random.normal(0, 1, (120, 120)) + 10
    image[20:60, 20:60] -= 30
    pairs = find_regions(image, size=12, n_pairs=2)
    for signal, background in pairs:
        assert image[signal].shape == image[background].shape == (12, 12)
        assert image[signal].mean() < -18
        assert image[background].mean() > 8
    first, second = (signal for signal, _ in pairs)
    assert first[0].start >= second[0].stop or first[0].stop <= second[0].start or (
        first[1].start >= second[1].stop or first[1].stop <= second[1].start
    )  # fmt: skip


def test_ring_correlation_is_1_where_exposures_agree_and_follows_their_snr(random):
    spectrum = np.fft.rfft2(random.normal(0, 1, (256, 256)))
    coarse = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.rfftfreq(256)[None, :]) < 0.2
    signal = np.fft.irfft2(spectrum * coarse)
    first, second = (signal + random.normal(0, 1, signal.shape) for _ in range(2))
    frequencies, correlations = fourier_ring_correlation(first, second)
    assert correlations[(frequencies > 0.05) & (frequencies < 0.18)].mean() == pytest.approx(
        0.5, abs=0.05
    )
    assert abs(correlations[frequencies > 0.25].mean()) < 0.05
    assert resolved_frequency(frequencies, correlations) == pytest.approx(0.2, abs=0.02)
    assert resolved_frequency(*fourier_ring_correlation(signal, signal)) == 0.5


def test_means_that_differ_do_not_count_as_unresolved(random):
    frame = np.zeros((64, 64))
    frame[[0, -1]] = frame[:, [0, -1]] = 6
    texture = random.normal(0, 10, frame.shape)
    rings = fourier_ring_correlation(texture + frame, texture - frame)
    assert resolved_frequency(*rings) == 0.5


def test_normal_intervals_cover_what_they_say_and_conformal_ones_mend_wrong_deviations(random):
    truth = random.normal(0, 1, (300, 300))
    for level in (0.5, 0.8, 0.95):
        honest = errors_in_deviations(truth, np.zeros_like(truth), np.ones_like(truth))
        assert coverage(honest, normal_width(level)) == pytest.approx(level, abs=0.01)
        bold = errors_in_deviations(truth, np.zeros_like(truth), np.full_like(truth, 0.3))
        assert coverage(bold, normal_width(level)) < level - 0.15
        width = conformal_width(bold[:150], level)
        assert coverage(bold[150:], width) == pytest.approx(level, abs=0.01)


def test_conformal_width_is_the_rank_of_the_theorem():
    assert conformal_width(np.arange(1.0, 10.0), 0.8) == 8


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: average_precision(np.ones((3, 4)), np.ones((4, 3), bool)), "4 x 3 .* 3 x 4"),
        (lambda: average_precision(np.ones((3, 4)), np.zeros((3, 4), bool)), "marks no pixel"),
        (lambda: correlation(np.ones((3, 4)), np.ones((3, 5))), "4 x 3 .* 5 x 3"),
        (lambda: errors_in_deviations(*np.ones((2, 3, 4)), np.ones((3, 5))), "5 x 3"),
        (lambda: region_snr(np.ones((3, 4)), []), "needs a region"),
        (lambda: find_regions(np.ones((20, 20)), 12, 3), "do not fit"),
        (lambda: conformal_width(np.ones(3), 0.95), "too few"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
