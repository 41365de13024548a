"""The plugin in napari: its widget without a display, and all of it in a window where there is one.

Qt's offscreen platform has no OpenGL, which napari's canvas needs; its model does not.
"""

import itertools
import os
import time
from pathlib import Path

import numpy as np
import pytest

from zeroshot_em.core.enhancement import Enhancement
from zeroshot_em.core.parallel import map_blocks
from zeroshot_em.core.progress import FitProgress
from zeroshot_em.core.settings import Settings
from zeroshot_em.data.images import read_image, write_image

pytestmark = pytest.mark.napari

PATIENCE_MS = 120_000
IMAGE = np.random.default_rng(0).poisson(40.0, (64, 48)).astype(np.uint16)


@pytest.fixture
def manifest():
    from npe2 import PluginManifest

    import zeroshot_em.napari

    return PluginManifest.from_file(Path(zeroshot_em.napari.__file__).with_name("napari.yaml"))


@pytest.fixture
def viewer():
    from napari.components import ViewerModel

    return ViewerModel()


@pytest.fixture
def widget(viewer, qtbot):
    from zeroshot_em.napari.widget import EnhanceWidget

    widget = EnhanceWidget(viewer)
    qtbot.addWidget(widget.native)
    return widget


def wait_until_idle(widget, qtbot):
    qtbot.waitUntil(lambda: widget.start.enabled, timeout=PATIENCE_MS)


def endless(pixels, **_):
    """A fit that takes hours, in blocks of a hundredth of a second."""
    with FitProgress("SSSC", 1000) as progress:
        for _ in map_blocks(lambda _: time.sleep(0.01), itertools.count(), 2):
            progress.update(bound=1.0)


def as_given(pixels, **_):
    """An enhancement that leaves all as it is."""
    settings = Settings("sssc", 1, {}, None, "mean", "given", 0, "low")
    return Enhancement(pixels, np.zeros_like(pixels), np.zeros_like(pixels), None, settings)


def test_the_manifest_names_what_is_there(manifest):
    manifest.validate_imports()
    assert {command.id for command in manifest.contributions.commands} == {
        f"zeroshot-em.{verb}" for verb in ("enhance", "scene", "read", "write")
    }


def test_napari_finds_the_plugin_where_it_is_installed():
    from npe2 import PluginManifest

    found = [one.manifest.name for one in PluginManifest.discover() if one.manifest]
    assert "zeroshot-em" in found


def test_files_are_opened_and_saved_by_the_plugin(viewer, npe2pm, manifest, tmp_path):
    npe2pm.register(manifest)
    path, copy = tmp_path / "scene.mrc", tmp_path / "copy.tif"
    write_image(path, IMAGE, 0.54)
    (layer,) = viewer.open(path, plugin="zeroshot-em")
    assert layer.scale == pytest.approx((0.54, 0.54))
    assert [str(unit) for unit in layer.units] == ["nanometer"] * 2
    layer.save(str(copy), plugin="zeroshot-em")
    assert read_image(copy).pixel_size_nm == pytest.approx(0.54)
    np.testing.assert_array_equal(read_image(copy).pixels, IMAGE)


def test_the_sample_can_be_opened(viewer, npe2pm, manifest):
    npe2pm.register(manifest)
    viewer.open_sample("zeroshot-em", "scene")
    assert [layer.name for layer in viewer.layers] == ["simulated scene, truth", "simulated scene"]


def test_mean_and_variance_lie_on_the_part_of_the_image_that_was_drawn(viewer, widget, qtbot):
    image = viewer.add_image(
        IMAGE, name="scene", scale=(0.5, 0.5), units=("nm", "nm"), translate=(10.0, 20.0), rotate=30
    )
    corners = [image.data_to_world(corner) for corner in [(8, 4), (8, 44), (56, 44), (56, 4)]]
    viewer.add_shapes([corners], shape_type="polygon", name="part")
    widget.image.value, widget.effort.value = image, "low"
    widget.region.value = viewer.layers["part"]
    widget.enhance()
    assert not widget.start.enabled
    wait_until_idle(widget, qtbot)

    mean, variance = viewer.layers[-2:]
    assert [mean.name, variance.name] == ["scene, denoised", "scene, variance"]
    assert mean.data.shape == variance.data.shape == (48, 40)
    for layer in (mean, variance):
        assert layer.data_to_world((0, 0)) == pytest.approx(image.data_to_world((8, 4)))
        assert layer.data_to_world((9, 7)) == pytest.approx(image.data_to_world((17, 11)))
        assert layer.units == image.units
    assert np.std(mean.data) < np.std(IMAGE)
    assert "patches" in widget.status.value


def test_cancelling_stops_the_work_soon(viewer, widget, qtbot, monkeypatch):
    monkeypatch.setattr("zeroshot_em.napari.worker.enhance", endless)
    viewer.add_image(IMAGE)
    widget.enhance()
    qtbot.waitUntil(lambda: widget.progress.value > 0, timeout=PATIENCE_MS)
    started = time.monotonic()
    widget.stop()
    wait_until_idle(widget, qtbot)
    assert time.monotonic() - started < 5
    assert widget.status.value == "cancelled"
    assert len(viewer.layers) == 1


def test_a_widget_that_is_closed_stops_its_work(viewer, qtbot, monkeypatch):
    from zeroshot_em.napari.widget import EnhanceWidget

    monkeypatch.setattr("zeroshot_em.napari.worker.enhance", endless)
    viewer.add_image(IMAGE)
    widget = EnhanceWidget(viewer)
    widget.enhance()
    worker = widget._worker
    qtbot.waitUntil(lambda: widget.progress.value > 0, timeout=PATIENCE_MS)
    widget.native.deleteLater()
    qtbot.waitUntil(lambda: not worker.is_running, timeout=PATIENCE_MS)


def test_the_shown_plane_of_a_series_is_enhanced_and_put_back_in_its_place(
    viewer, widget, qtbot, monkeypatch
):
    monkeypatch.setattr("zeroshot_em.napari.worker.enhance", as_given)
    planes = np.arange(5 * 4 * 3.0).reshape(5, 4, 3)
    widget.image.value = viewer.add_image(planes, scale=(20.0, 0.5, 0.5))
    viewer.dims.set_point(0, 60.0)
    widget.enhance()
    wait_until_idle(widget, qtbot)
    mean = viewer.layers[-2]
    np.testing.assert_array_equal(mean.data, planes[3:4])
    assert mean.data_to_world((0, 0, 0)) == pytest.approx((60.0, 0.0, 0.0))


@pytest.mark.parametrize("with_image", [False, True])
def test_what_cannot_be_enhanced_is_said_in_the_widget(viewer, widget, qtbot, with_image):
    if with_image:
        viewer.add_image(np.full((3, 3), np.nan))
    widget.enhance()
    wait_until_idle(widget, qtbot)
    assert ("NaN" if with_image else "no image") in widget.status.value


@pytest.mark.skipif(
    not os.environ.get("DISPLAY"), reason="a window needs a display, such as Xvfb's"
)
def test_the_view_of_a_window_is_enhanced(make_napari_viewer, npe2pm, manifest, qtbot, monkeypatch):
    npe2pm.register(manifest)
    monkeypatch.setattr("zeroshot_em.napari.worker.enhance", as_given)
    viewer = make_napari_viewer(show=True)
    viewer.open_sample("zeroshot-em", "scene")
    _, widget = viewer.window.add_plugin_dock_widget("zeroshot-em", "Enhance a micrograph")
    image = viewer.layers["simulated scene"]
    viewer.camera.zoom *= 4
    qtbot.waitUntil(lambda: np.ptp(image.corner_pixels[:, 1]) < image.data.shape[1] - 1)
    widget.image.value, widget.region.value = image, "current view"
    widget.enhance()
    wait_until_idle(widget, qtbot)
    mean = viewer.layers["simulated scene, denoised"]
    assert mean.data.shape < image.data.shape
    assert mean.data_to_world((0, 0)) == pytest.approx(
        image.data_to_world(image.corner_pixels[0]), abs=1
    )
