"""What the tests of the viewer page see and do in a browser."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCREENS = [
    pytest.param((390, 844, "light"), id="phone-light"),
    pytest.param((390, 844, "dark"), id="phone-dark"),
    pytest.param((1440, 900, "light"), id="desk-light"),
    pytest.param((1440, 900, "dark"), id="desk-dark"),
]


class Page:
    """What a reader can see and do."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def __getitem__(self, element_id: str) -> Any:
        return self.driver.find_element("id", element_id)

    def text(self, element_id: str) -> str:
        return self.driver.execute_script(
            "return document.getElementById(arguments[0]).textContent", element_id
        )

    def picture(self) -> str:
        """The canvas, once what was asked for before has been drawn."""
        return self.driver.execute_async_script(
            "const done = arguments[0], canvas = document.getElementById('canvas');"
            "requestAnimationFrame(() => requestAnimationFrame(() => done(canvas.toDataURL())))"
        )

    def complaints(self) -> list[str]:
        """What the browser has logged, but for its advice on how these tests read a canvas."""
        logged = [entry["message"] for entry in self.driver.get_log("browser")]
        return [message for message in logged if "willReadFrequently" not in message]

    def colour_at(self, x: float, y: float) -> list[int]:
        """The colour of the canvas at CSS pixels from its upper left corner."""
        return self.driver.execute_script(
            "const c = document.getElementById('canvas'), r = c.width / c.clientWidth;"
            "return [...c.getContext('2d').getImageData("
            "Math.floor(arguments[0] * r), Math.floor(arguments[1] * r), 1, 1).data]",
            x, y,
        )  # fmt: skip

    def choose(self, element_id: str, title: str) -> None:
        from selenium.webdriver.support.select import Select

        Select(self[element_id]).select_by_visible_text(title)

    def press(self, *keys: str, on: str = "canvas") -> None:
        self.driver.execute_script("document.getElementById(arguments[0]).focus()", on)
        self.driver.switch_to.active_element.send_keys(*keys)

    def pointer(self) -> Any:
        from selenium.webdriver import ActionChains

        return ActionChains(self.driver, duration=0)

    def hover(self, x: float, y: float) -> None:
        """Move the mouse to a place on the canvas, in CSS pixels from its centre."""
        self.pointer().move_to_element_with_offset(self["canvas"], x, y).perform()

    def changes(self, act: Callable[[], Any]) -> bool:
        """Whether the picture is another one within two seconds of an act."""
        before = self.picture()
        act()
        return self.until(lambda: self.picture() != before)

    def until(self, holds: Callable[[], bool], seconds: float = 15.0) -> bool:
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def open_page(driver: Any, path: Path, width: int, height: int, **media: str) -> Page:
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 800},
    )
    features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    driver.get(path.as_uri())
    page = Page(driver)
    blank = page.driver.execute_script(
        "const c = document.getElementById('canvas'), d = document.createElement('canvas');"
        "d.width = c.width; d.height = c.height; return d.toDataURL()"
    )
    assert page.until(lambda: page.picture() != blank), "nothing was drawn"
    return page
