"""What a reader can do with a view: look otherwise, share it, keep it, find maps."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import SCREENS, Page, open_page
from PIL import Image

pytestmark = pytest.mark.browser

LINK = "#image=infection&a=gpmm-denoised-6-6&b=truth&mode=beside&x=20.0&y=30.0&zoom=9"


@pytest.fixture(params=SCREENS[::2])
def viewer(request: pytest.FixtureRequest, browser: Any, page: Path) -> Page:
    """The page on a phone and on a desk."""
    width, height, scheme = request.param
    return open_page(browser, page, width, height, prefers_color_scheme=scheme)


def follow(viewer: Page, link: str) -> None:
    viewer.driver.execute_script("location.hash = arguments[0]", link)


def address(viewer: Page) -> str:
    return viewer.driver.execute_script("return location.hash")


def open_contrast(viewer: Page) -> None:
    viewer.driver.execute_script("document.getElementById('contrast-section').open = true")


def set_slider(viewer: Page, side: str, name: str, value: float) -> None:
    viewer.driver.execute_script(
        "const control = document.querySelector(`#${arguments[0]}-stretch .${arguments[1]}`);"
        "control.value = arguments[2]; control.dispatchEvent(new Event('input'))",
        side, name, value,
    )  # fmt: skip


def columns(viewer: Page) -> np.ndarray:
    """The heights of the bars of A's histogram."""
    alpha = viewer.driver.execute_script(
        "const c = document.querySelector('#first-stretch .histogram');"
        "return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
        ".filter((value, i) => i % 4 === 3)"
    )
    return (np.reshape(alpha, (120, 720)) > 0).sum(axis=0)


def test_a_link_opens_the_view_it_was_taken_from(viewer: Page) -> None:
    follow(viewer, LINK)
    assert viewer.until(lambda: viewer.text("second-tag") == "Truth")
    assert viewer.text("first-tag") == "GPMM denoised, 6 × 6"
    assert viewer.until(lambda: viewer.text("zoom") == "900 %")
    assert viewer["stage"].get_attribute("data-panes") in ("row", "column")
    viewer.press("+")
    viewer.press("x")
    assert viewer.until(lambda: "a=truth&b=gpmm-denoised-6-6" in address(viewer))
    shared = address(viewer)
    assert "zoom=13.50" in shared
    picture = viewer.picture()
    follow(viewer, "")
    assert viewer.until(lambda: viewer.text("second-tag") == "GPMM denoised, 6 × 6")
    follow(viewer, shared)
    assert viewer.until(lambda: viewer.picture() == picture)


def test_an_address_of_nothing_known_opens_the_first_view(viewer: Page) -> None:
    follow(viewer, "#image=none&a=none&mode=none&zoom=many")
    assert viewer.until(lambda: viewer.text("first-tag") == "Input")
    assert viewer["stage"].get_attribute("data-panes") == "one"
    assert viewer.complaints() == []


def test_gamma_and_colours_change_one_side(viewer: Page) -> None:
    open_contrast(viewer)
    viewer.press("]", "]")
    x, y = viewer["canvas"].size["width"] * 0.4, viewer["canvas"].size["height"] / 2
    other = viewer["canvas"].size["width"] * 0.7
    before, beside = viewer.colour_at(x, y), viewer.colour_at(other, y)
    assert viewer.changes(lambda: set_slider(viewer, "first", "brightening", 1))
    brighter = viewer.colour_at(x, y)
    assert brighter[0] == pytest.approx(255 * (before[0] / 255) ** 0.5, abs=2)
    assert viewer["first-stretch"].find_element("class name", "exponent").text == "0.5"
    colours = viewer["first-stretch"].find_element("class name", "colours")
    assert viewer.changes(lambda: colours.send_keys("Viridis"))
    assert len(set(viewer.colour_at(x, y)[:3])) == 3
    assert viewer.colour_at(other, y) == beside
    assert viewer.changes(lambda: viewer["reset"].click())
    assert viewer.colour_at(x, y) == before


def test_histogram_counts_the_values_and_marks_the_limits(
    viewer: Page, arrays: dict[str, np.ndarray]
) -> None:
    open_contrast(viewer)
    bars = columns(viewer).reshape(120, 6)[:, 2:5].max(axis=1)
    low, high = np.percentile(arrays["input"], (0.5, 99.5))
    margin = 0.25 * (high - low)
    expected, _ = np.histogram(arrays["input"], 120, (low - margin, high + margin))
    shown = np.delete(bars, [19, 20, 21, 99, 100, 101])
    wanted = np.delete(120 * expected / expected.max(), [19, 20, 21, 99, 100, 101])
    assert np.abs(shown - wanted).max() < 12
    assert np.flatnonzero(columns(viewer) == 120)[0] == pytest.approx(720 / 6, abs=4)
    set_slider(viewer, "first", "contrast", 1)
    assert np.flatnonzero(columns(viewer) == 120)[0] > 720 / 6 + 50


def test_side_by_side_shows_the_same_place_twice(viewer: Page) -> None:
    viewer.press("d")
    width, height = viewer["canvas"].size["width"], viewer["canvas"].size["height"]
    upright = height > width
    assert viewer["stage"].get_attribute("data-panes") == ("column" if upright else "row")
    assert not viewer["divider"].is_displayed()
    step = (0, height / 2) if upright else (width / 2, 0)
    viewer.hover(-step[0] / 2 + 9, -step[1] / 2 + 9)
    first = viewer.text("pixel")
    gap = (2 * bool(step[0]), 2 * bool(step[1]))
    viewer.hover(step[0] / 2 + 9 + gap[0], step[1] / 2 + 9 + gap[1])
    assert viewer.text("pixel") == first != "–"
    viewer.choose("second", "Input")
    centre = (width - step[0]) / 2, (height - step[1]) / 2
    shift = (step[0] + gap[0], step[1] + gap[1])
    assert viewer.until(
        lambda: (
            viewer.colour_at(centre[0], centre[1])
            == viewer.colour_at(centre[0] + shift[0], centre[1] + shift[1])
        )
    )


def test_view_is_saved_as_a_picture(viewer: Page, downloads: Path) -> None:
    for old in downloads.iterdir():
        old.unlink()
    viewer.press("e")
    saved = downloads / "infection_input_gpmm-denoised-6-6.png"
    assert viewer.until(saved.is_file, 5)
    picture = Image.open(saved).convert("RGB")
    assert picture.size == (viewer["canvas"].size["width"], viewer["canvas"].size["height"])
    x, y = picture.width // 2 - 40, picture.height // 2
    assert list(picture.getpixel((x, y))) == viewer.colour_at(x, y)[:3]
    below = np.asarray(picture)[-42:-10, 12:150]
    assert {(0, 0, 0), (255, 255, 255)} <= {tuple(colour) for colour in below.reshape(-1, 3)}


def test_words_narrow_the_lists_of_maps(viewer: Page) -> None:
    def listed(side: str) -> list[str]:
        return [o.get_attribute("label") for o in viewer[side].find_elements("tag name", "option")]

    assert viewer.text("found") == "5 maps"
    viewer["search"].send_keys("gpmm 6x6")
    assert viewer.text("found") == "2 of 5"
    assert listed("first") == ["Input", "GPMM denoised, 6 × 6", "GPMM variance, 6 × 6"]
    viewer.choose("second", "GPMM variance, 6 × 6")
    assert viewer.until(lambda: viewer.text("second-tag") == "GPMM variance, 6 × 6")
    for _ in range(8):
        viewer["search"].send_keys("\ue003")
    assert len(listed("second")) == 5
    groups = viewer["first"].find_elements("tag name", "optgroup")
    assert [group.get_attribute("label") for group in groups] == [
        "Input", "GPMM, 6 × 6 patches", "BM3D", "Simulated truth",
    ]  # fmt: skip
