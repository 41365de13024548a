"""What `enhance` does where the noise cannot be estimated: one line, and the paper's method."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage import data

from zeroshot_em.core.plan import make_plan
from zeroshot_em.core.settings import EFFORTS, Request
from zeroshot_em.errors import InputError


def noisy(sigma=15.0):
    image = data.camera()[100:228, 100:228].astype(float)
    return image + sigma * np.random.default_rng(0).standard_normal(image.shape)


def compressed(quality):
    content = io.BytesIO()
    gray = np.clip(noisy(), 0, 255).astype(np.uint8)
    Image.fromarray(gray).save(content, "JPEG", quality=quality)
    return np.array(Image.open(content)).astype(float)


def saturated(exposure):
    return np.clip(exposure * noisy(), 0, 255)


CANNOT_BE_ESTIMATED = {
    "saturated": (saturated(6), "clipped at the brightest"),
    "constant": (np.full((64, 64), 7.0), "constant"),
    "filtered": (gaussian_filter(noisy(), 2), "no noise"),
    "heavily compressed": (compressed(10), "no noise"),
    "too small": (noisy()[:20, :20], "at least 32"),
}


@pytest.mark.parametrize("name", CANNOT_BE_ESTIMATED)
def test_the_model_learns_what_cannot_be_estimated(name):
    image, words = CANNOT_BE_ESTIMATED[name]
    plan = make_plan(image, Request(), random_state=0, n_threads=1)
    (warning,) = plan.warnings
    assert words in warning
    assert warning.endswith("the model learns the noise from the image, as in the paper")
    assert "\n" not in warning
    settings = plan.settings
    assert (settings.noise, settings.domain, settings.patch_size) == ("learned", "grey values", 6)


def test_what_a_filter_has_left_is_not_held_to_be_the_noise():
    image = gaussian_filter(noisy(0), 1) + noisy(0.5) - noisy(0)
    plan = make_plan(image.round(), Request(), random_state=0, n_threads=1)
    assert "hardly any noise is left" in plan.warnings[0]
    assert plan.settings.noise == "learned"
    assert plan.settings.options["n_states"] == EFFORTS["normal"].n_states
    assert "noise_variance" not in plan.settings.options


def test_saturated_places_stay_as_they_are():
    plan = make_plan(saturated(3), Request(effort="low"), random_state=0, n_threads=1)
    assert any("clipped" in warning for warning in plan.warnings)
    assert np.isfinite(plan.local).all()


def test_blocks_are_told():
    plan = make_plan(compressed(30), Request(effort="low"), random_state=0, n_threads=1)
    assert any("JPEG" in warning for warning in plan.warnings)


@pytest.mark.parametrize("sigma", [0, -1.0, np.nan, np.inf, "loud"])
def test_a_given_level_that_is_none_is_refused(sigma):
    with pytest.raises(InputError, match="noise"):
        make_plan(noisy(), Request(noise=sigma), random_state=0, n_threads=1)


@pytest.mark.parametrize(
    ("ratio", "words"), [(0.1, "smoothed away"), (1.0, None), (6.0, "stays in the image")]
)
def test_the_mixture_says_when_grey_values_are_unlike_counts(ratio, words):
    image = np.random.default_rng(1).normal(400, np.sqrt(400 * ratio), (96, 96))
    asked = Request("gpmm", 4, noise="learned")
    said = make_plan(image, asked, random_state=0, n_threads=1).warnings
    assert [words in line for line in said] == ([] if words is None else [True])
