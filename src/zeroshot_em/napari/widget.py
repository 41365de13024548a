"""The widget that enhances an image layer."""

from typing import Any

import numpy as np
from magicgui.widgets import ComboBox, Container, ProgressBar, PushButton, TextEdit
from napari import Viewer
from napari.layers import Image, Shapes
from napari.utils.notifications import notification_manager, show_warning

from zeroshot_em.core.enhancement import Enhancement
from zeroshot_em.core.models.registry import MODELS
from zeroshot_em.core.settings import EFFORTS
from zeroshot_em.data.images import to_gray
from zeroshot_em.errors import InputError
from zeroshot_em.napari.regions import (
    VIEW,
    WHOLE,
    box_around,
    corners_of_shapes,
    pixels_of,
    shown_plane,
)
from zeroshot_em.napari.results import result_layers, sentence
from zeroshot_em.napari.worker import EnhanceWorker

WIDEST = 360
"""Pixels that the widget takes from the canvas at most."""


class EnhanceWidget(Container):
    """Asks for a layer, a model, an effort and a region; adds mean and variance as layers.

    Parameters
    ----------
    viewer : napari.Viewer
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._worker: EnhanceWorker | None = None
        self.image = ComboBox(label="image", choices=self._images)
        self.model = ComboBox(label="model", choices=("auto", *MODELS), value="auto")
        self.effort = ComboBox(label="effort", choices=tuple(EFFORTS), value="normal")
        self.region = ComboBox(label="region", choices=self._regions)
        self.start = PushButton(text="Enhance")
        self.cancel = PushButton(text="Cancel", enabled=False)
        self.progress = ProgressBar(min=0, max=100, value=0, visible=False)
        self.status = TextEdit(label="", value="")
        self.status.native.setReadOnly(True)
        buttons = Container(widgets=[self.start, self.cancel], layout="horizontal", labels=False)
        choices = (self.image, self.model, self.effort, self.region)
        super().__init__(widgets=[*choices, buttons, self.progress, self.status])
        self.native.setMaximumWidth(WIDEST)
        self.start.clicked.connect(self.enhance)
        self.cancel.clicked.connect(self.stop)
        self.native.destroyed.connect(self._forget)
        viewer.layers.events.inserted.connect(self._refresh)
        viewer.layers.events.removed.connect(self._refresh)

    def enhance(self) -> None:
        """Begin to enhance what is chosen; the layers come when it is done."""
        try:
            pixels, offset = self._chosen_pixels()
        except InputError as error:
            self._end(str(error))
            return
        self._begin(EnhanceWorker(pixels, model=self.model.value, effort=self.effort.value), offset)

    def stop(self) -> None:
        """Ask the work to stop, which takes about a second."""
        if self._worker is not None:
            self._worker.quit()
            self.status.value = "stopping"

    def _begin(self, worker: EnhanceWorker, offset: tuple[int, ...]) -> None:
        image = self.image.value
        worker.yielded.connect(self._show_step)
        worker.returned.connect(lambda result: self._add(result, image, offset))
        worker.aborted.connect(lambda: self._end("cancelled"))
        worker.errored.connect(self._fail)
        self._worker = worker
        self._set_busy(True)
        self.status.value = "looking at the noise"
        worker.start()

    def _chosen_pixels(self) -> tuple[np.ndarray, tuple[int, ...]]:
        """Return the grey values to enhance, and where they begin in the layer's data."""
        image = self.image.value
        if image is None:
            raise InputError("there is no image; open one, or take File > Open Sample")
        plane = shown_plane(image, self._viewer.dims.point)
        gray = to_gray(pixels_of(image, plane))
        rows, columns = self._box(image, gray.shape)
        return gray[rows, columns], (*plane, rows.start, columns.start)

    def _box(self, image: Image, shape: tuple[int, int]) -> tuple[slice, slice]:
        if self.region.value == WHOLE:
            return slice(0, shape[0]), slice(0, shape[1])
        if self.region.value == VIEW:
            return box_around(image.corner_pixels, shape)
        return box_around(corners_of_shapes(self.region.value, image), shape)

    def _show_step(self, step: tuple[str, float]) -> None:
        words, share = step
        self.progress.value = round(100 * share)
        self.status.value = words

    def _add(self, result: Enhancement, image: Image, offset: tuple[int, ...]) -> None:
        for values, options in result_layers(result, image, offset):
            self._viewer.add_image(values, **options)
        for warning in result.warnings:
            show_warning(f"{image.name}: {warning}")
        self._end(sentence(result))

    def _fail(self, error: Exception) -> None:
        self._end(str(error) if isinstance(error, InputError) else "an error, see the notification")
        if not isinstance(error, InputError):
            notification_manager.receive_error(type(error), error, error.__traceback__)

    def _end(self, words: str) -> None:
        self._worker = None
        self._set_busy(False)
        self.status.value = words

    def _forget(self) -> None:
        """Stop the work of a widget that was closed, which can show nothing any more."""
        if self._worker is not None:
            for name in ("yielded", "returned", "aborted", "errored"):
                getattr(self._worker, name).disconnect()
            self._worker.quit()

    def _set_busy(self, is_busy: bool) -> None:
        self.start.enabled, self.cancel.enabled = not is_busy, is_busy
        self.progress.value, self.progress.visible = 0, is_busy

    def _images(self, _: Any) -> list[Image]:
        return [layer for layer in self._viewer.layers if isinstance(layer, Image)]

    def _regions(self, _: Any) -> list[Any]:
        shapes = [layer for layer in self._viewer.layers if isinstance(layer, Shapes)]
        return [WHOLE, VIEW, *shapes]

    def _refresh(self, event: Any = None) -> None:
        """Offer the layers that there are."""
        self.image.reset_choices()
        self.region.reset_choices()
