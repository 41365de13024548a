"""Make the picture of napari: ``.venv-napari/bin/python docs/pictures/napari_window.py``.

Needs a display, such as that of ``xvfb-run -a -s "-screen 0 1400x900x24"``.
"""

from pathlib import Path

import napari
from PIL import Image
from qtpy.QtWidgets import QApplication

SIZE = (1280, 680)
N_COLOURS = 64


def main() -> None:
    """Enhance the sample in a window, and take a picture of it."""
    viewer = napari.Viewer()
    viewer.window._qt_window.resize(*SIZE)
    viewer.open_sample("zeroshot-em", "scene")
    _, widget = viewer.window.add_plugin_dock_widget("zeroshot-em", "Enhance a micrograph")
    widget.effort.value = "low"
    widget.image.value = viewer.layers["simulated scene"]
    widget.enhance()
    while not widget.start.enabled:
        QApplication.processEvents()
        QApplication.instance().thread().msleep(20)
    viewer.layers.remove("simulated scene, truth")
    viewer.scale_bar.visible = True
    viewer.grid.enabled, viewer.grid.shape, viewer.grid.stride = True, (2, 2), 1
    viewer.reset_view()
    for _ in range(50):
        QApplication.processEvents()
    picture = Image.fromarray(viewer.screenshot(canvas_only=False)).convert("RGB")
    path = Path(__file__).with_name("napari.png")
    picture.quantize(N_COLOURS).save(path, optimize=True)
    viewer.close()


if __name__ == "__main__":
    main()
