"""The viewer page in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import SCREENS, Page, open_page

from zeroshot_em.show.display import display_limits

pytestmark = pytest.mark.browser


@pytest.fixture(params=SCREENS)
def viewer(request: pytest.FixtureRequest, browser: Any, page: Path) -> Page:
    width, height, scheme = request.param
    return open_page(browser, page, width, height, prefers_color_scheme=scheme)


@pytest.fixture
def desk(browser: Any, page: Path) -> Page:
    return open_page(browser, page, 1440, 900, prefers_color_scheme="light")


def test_loads_without_error_or_request_and_fits_the_screen(viewer: Page) -> None:
    assert viewer.complaints() == []
    fetched = viewer.driver.execute_script("return performance.getEntriesByType('resource')")
    assert fetched == []
    assert viewer.driver.execute_script(
        "return document.documentElement.scrollWidth <= innerWidth"
        " && document.documentElement.scrollHeight <= innerHeight"
    )
    assert viewer["simulated"].is_displayed()
    for control in ("first", "second", "swap", "zoom-in", "zoom-out", "fit"):
        assert viewer[control].is_displayed()


def test_follows_the_colour_scheme(browser: Any, page: Path) -> None:
    def background(scheme: str) -> int:
        shown = open_page(browser, page, 1440, 900, prefers_color_scheme=scheme)
        colour = shown.driver.execute_script(
            "return getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g)"
        )
        return sum(map(int, colour))

    assert background("light") > 600 > 150 > background("dark")


def test_divider_zoom_and_pan_move_the_picture(viewer: Page) -> None:
    def drag(element: Any, x: int, y: int) -> Callable[[], None]:
        pointer = viewer.pointer().move_to_element(element)
        return pointer.click_and_hold().move_by_offset(x, y).release().perform

    grip = viewer["divider"].find_element("tag name", "span")
    assert viewer.changes(drag(grip, -90, 0))
    assert int(viewer["divider"].get_attribute("aria-valuenow")) < 50
    zoom = viewer.text("zoom")
    assert viewer.changes(viewer["zoom-in"].click)
    assert int(viewer.text("zoom").rstrip(" %")) > int(zoom.rstrip(" %"))
    assert viewer.changes(drag(viewer["canvas"], 60, 40))
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    wheel = viewer.pointer().scroll_from_origin(
        ScrollOrigin.from_element(viewer["canvas"], 40, 40), 0, -300
    )
    assert viewer.changes(wheel.perform)
    viewer["fit"].click()
    assert viewer.until(lambda: viewer.text("zoom") == zoom)


def test_left_of_the_divider_is_a_and_right_of_it_is_b(desk: Page) -> None:
    desk.choose("second", "BM3D, σ = 25")
    centre = desk["canvas"].size["width"] / 2
    assert desk.changes(lambda: desk.press("["))
    left, right = (desk.colour_at(centre + side, 300) for side in (-60, 60))
    desk["swap"].click()
    assert desk.until(lambda: desk.text("first-tag") == "BM3D, σ = 25")
    assert desk.until(lambda: desk.colour_at(centre - 60, 300) != left)
    assert desk.colour_at(centre + 60, 300) != right


def test_values_read_out_are_those_of_the_maps(viewer: Page, arrays: dict[str, np.ndarray]) -> None:
    titles = {
        "GPMM denoised, 6 × 6": "gpmm_p6_denoised",
        "GPMM variance, 6 × 6": "gpmm_p6_variance",
    }
    titles["BM3D, σ = 25"] = "bm3d_s25"
    for title, name in titles.items():
        viewer.choose("second", title)
        assert viewer.until(lambda title=title: viewer.text("second-tag") == title)
        low, high = display_limits([arrays[name].astype(float)], 5 if "gpmm" in name else 0)
        for x, y in ((-100, -80), (37, 11), (120, 90)):
            viewer.hover(x, y)
            column, row = map(int, viewer.text("pixel").split(","))
            assert viewer.text("first-value") == f"{arrays['input'][row, column]:.0f}"
            value = float(viewer.text("second-value").replace("−", "-"))
            assert value == pytest.approx(arrays[name][row, column], abs=(high - low) / 4096)
            assert viewer.text("position") == f"{column * 1.5:.1f}, {row * 1.5:.1f} nm"


def test_pixel_under_the_cursor_has_the_grey_of_its_value(
    desk: Page, arrays: dict[str, np.ndarray]
) -> None:
    low, high = display_limits([arrays["input"].astype(float)])
    box = desk["canvas"].size
    for x, y in ((-200, -150), (-30, 200), (-310, 77)):
        desk.hover(x, y)
        column, row = map(int, desk.text("pixel").split(","))
        grey = np.clip(255 * (arrays["input"][row, column] - low) / (high - low), 0, 255)
        shown = desk.colour_at(box["width"] // 2 + x, box["height"] // 2 + y)
        assert shown[0] == shown[1] == shown[2] == pytest.approx(grey, abs=1)


def test_keys_move_the_mark_zoom_flip_and_swap(viewer: Page) -> None:
    from selenium.webdriver import Keys

    viewer.press(Keys.ARROW_RIGHT)
    x, y = map(int, viewer.text("pixel").split(","))
    viewer.press(Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    assert viewer.text("pixel") == f"{x + 1}, {y + 1}"
    assert viewer.until(lambda: f"Pixel {x + 1}, {y + 1}" in viewer.text("spoken"))
    assert viewer.changes(lambda: viewer.press("+"))
    assert viewer.changes(lambda: viewer.press("]"))
    assert viewer.changes(lambda: viewer.press("0"))
    assert viewer.changes(lambda: viewer.press(" "))
    assert viewer.changes(lambda: viewer.press("x"))
    viewer.press("?")
    assert viewer["keys"].get_attribute("open")
    assert viewer.changes(lambda: viewer.press("s"))
    assert viewer.changes(lambda: viewer.press(Keys.ARROW_LEFT, on="divider"))


def test_the_marked_pixel_stays_in_sight(desk: Page) -> None:
    from selenium.webdriver import Keys

    def strip() -> list[list[int]]:
        desk.picture()
        return [desk.colour_at(x, 300) for x in range(10, 200, 10)]

    desk.press(*"+++++")
    before = strip()
    desk.press(Keys.ARROW_RIGHT)
    assert strip() == before
    desk.press(Keys.SHIFT, *[Keys.ARROW_RIGHT] * 9)
    assert desk.text("pixel").startswith("89,")
    assert strip() != before


def test_every_control_is_reached_by_tab_and_has_a_name(desk: Page) -> None:
    nodes = desk.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = {"button", "combobox", "slider", "radio", "checkbox", "application"}
    named = {}
    for node in nodes:
        role = node.get("role", {}).get("value")
        if role in roles and not node.get("ignored"):
            named[role, node["name"]["value"]] = node
    assert all(name for _, name in named)
    assert roles - {role for role, _ in named} <= {"checkbox"}
    desk["image"].send_keys("")
    reached = []
    for _ in range(6):
        reached.append(desk.driver.switch_to.active_element.get_attribute("id"))
        desk.driver.switch_to.active_element.send_keys("\ue004")
    assert reached == ["image", "canvas", "divider", "first", "second", "swap"]


def test_blinking_plays_and_pauses(desk: Page) -> None:
    desk.press("b")
    assert desk.text("play") == "Pause"
    assert desk.changes(lambda: None)
    desk["play"].click()
    assert not desk.changes(lambda: None)


def test_less_motion_blinks_only_on_demand(browser: Any, page: Path) -> None:
    calm = open_page(browser, page, 1440, 900, prefers_reduced_motion="reduce")
    calm.press("b")
    assert calm.text("play") == "Play"
    assert not calm.changes(lambda: None)
    assert calm.changes(calm["flip"].click)


def test_contrast_changes_one_side_and_resets(desk: Page) -> None:
    assert desk.changes(lambda: desk.press("["))
    at_rest = desk.picture()
    desk.driver.execute_script("document.getElementById('contrast-section').open = true")
    slider = desk["first-stretch"].find_element("class name", "contrast")
    assert desk.changes(lambda: slider.send_keys("\ue014" * 8))
    desk["reset"].click()
    assert desk.until(lambda: desk.picture() == at_rest)
    limits = desk["second-stretch"].find_element("class name", "limits")
    assert desk.changes(desk["same-limits"].click)
    first = desk["first-stretch"].find_element("class name", "limits")
    assert limits.text == first.text


def test_another_image_brings_its_own_maps_only(desk: Page) -> None:
    desk.choose("image", "Four viruses")
    assert desk.until(lambda: desk.text("second-tag") == "Colourised")
    assert not desk["simulated"].is_displayed()
    options = [option.text for option in desk["first"].find_elements("tag name", "option")]
    assert options == ["Input", "Colourised"]
    desk.hover(30, 30)
    assert desk.text("position") == "–"
    assert desk.text("second-value").split() == [desk.text("first-value"), "7", "0"]
    assert not desk["scale-bar"].is_displayed()


def test_two_fingers_zoom(browser: Any, page: Path) -> None:
    phone = open_page(browser, page, 390, 844, prefers_color_scheme="light")
    touching = "Emulation.setTouchEmulationEnabled"
    browser.execute_cdp_cmd(touching, {"enabled": True, "maxTouchPoints": 2})
    box = phone["canvas"].rect
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def touch(kind: str, spread: float | None = None) -> None:
        sides = () if spread is None else (-spread, spread)
        points = [{"x": x + side, "y": y - 60, "id": i} for i, side in enumerate(sides)]
        phone.driver.execute_cdp_cmd(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
        )

    zoom = int(phone.text("zoom").rstrip(" %"))
    touch("touchStart", 20)
    for spread in (30, 45, 60):
        touch("touchMove", spread)
    touch("touchEnd")
    zoomed = phone.until(lambda: int(phone.text("zoom").rstrip(" %")) > 2 * zoom)
    browser.execute_cdp_cmd(touching, {"enabled": False})
    assert zoomed
