"""A headless Chromium, and the page it opens."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zeroshot_em.core.models.gpmm import GPMM
from zeroshot_em.core.patches import extract_patches
from zeroshot_em.data.images import write_image
from zeroshot_em.data.model_files import save_model
from zeroshot_em.show.viewer import ViewerMap, build_viewer, read_viewer_image

CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for flag in CHROMIUM_FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.binary_location = shutil.which("chromium") or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(
        options=options, service=Service(executable_path=shutil.which("chromedriver"))
    )
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def downloads(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the browser saves files in."""
    folder = tmp_path_factory.mktemp("downloads")
    browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)}
    )
    return folder


@pytest.fixture(scope="session")
def arrays() -> dict[str, np.ndarray]:
    """The maps of an image of 90 x 70 pixels, by the names of their files."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:70, :90]
    clean = 100 + 60 * np.sin(x / 7) * np.cos(y / 9)
    noisy = random.poisson(clean).astype(np.float32)
    return {
        "input": noisy,
        "gpmm_p6_denoised": clean.astype(np.float32),
        "gpmm_p6_variance": random.exponential(3.0, clean.shape).astype(np.float32) ** 3,
        "bm3d_s25": (clean - 180).astype(np.float32),
        "infection_clean": clean.astype(np.float32),
    }


@pytest.fixture(scope="session")
def page(arrays: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of two images of different size, the second with a colour map."""
    folder = tmp_path_factory.mktemp("run")
    for name, pixels in arrays.items():
        write_image(folder / f"{name}.tif", pixels, 1.5)
    maps = [folder / f"{name}.tif" for name in arrays if name != "input"]
    patches = extract_patches(arrays["input"], 6)
    model = GPMM(n_components=3, max_iter=50, random_state=0).fit(patches[::50])
    save_model(folder / "gpmm_p6.npz", model, patch_size=6, random_state=0)
    first = read_viewer_image(
        "infection",
        input_path=folder / "input.tif",
        map_paths=maps,
        model_paths=[folder / "gpmm_p6.npz"],
        image_entry={},
        source_entry={"simulate": {"seed": 1, "dose": 10}},
    )
    write_image(folder / "small.tif", arrays["input"][:40, :50])
    second = read_viewer_image(
        "four_viruses",
        input_path=folder / "small.tif",
        map_paths=[],
        image_entry={},
        source_entry={"path": "viruses.tif"},
    )
    colours = np.dstack([arrays["input"][:40, :50], np.full((40, 50), 7.0), np.zeros((40, 50))])
    second.maps.append(ViewerMap("Colourised", "Colourised", "Colours.", colours, "of 255"))
    build_viewer([first, second], folder / "index.html", title="Maps of the demo run")
    return folder / "index.html"
