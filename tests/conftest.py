"""Where things lie, and which tests this machine cannot run."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


def _missing(marker: str) -> str | None:
    """Return why tests with this marker cannot run here, None if they can."""
    if marker == "shared" and not SHARED_DATA.is_dir():
        return "the real images in ../shared/data are not there"
    if marker == "network" and not os.environ.get("ZEROSHOT_EM_TEST_NETWORK"):
        return "needs the internet; set ZEROSHOT_EM_TEST_NETWORK=1 to run it"
    if marker == "browser" and not (shutil.which("chromium") and shutil.which("chromedriver")):
        return "chromium and chromedriver are not installed"
    if marker == "napari" and not all(map(importlib.util.find_spec, ("napari", "pytestqt"))):
        return "napari is not installed here; `make napari` runs these tests"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker in ("shared", "network", "browser", "napari"):
            if item.get_closest_marker(marker) and (reason := _missing(marker)):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images; a test that asks for it is marked `shared`."""
    return SHARED_DATA
