"""A fit in a thread of its own, which says how far it is and stops when it is asked to."""

from typing import Any

import numpy as np
from napari.qt.threading import GeneratorWorkerSignals, WorkerBase

from zeroshot_em.core.cancellation import Cancelled, cancellable
from zeroshot_em.core.enhancement import Enhancement, enhance
from zeroshot_em.core.progress import heard_by


class EnhanceWorker(WorkerBase):
    """Enhances an image; ``yielded`` tells of each step, in words and as the share done.

    Parameters
    ----------
    pixels : ndarray of shape (height, width)
    **options
        Of `enhance`.
    """

    def __init__(self, pixels: np.ndarray, **options: Any) -> None:
        super().__init__(SignalsClass=GeneratorWorkerSignals)
        self._pixels = pixels
        self._options = options

    def work(self) -> Enhancement | None:
        """Return what is enhanced; None where it was stopped."""
        try:
            with heard_by(self._tell), cancellable(lambda: self.abort_requested):
                return enhance(self._pixels, **self._options)
        except Cancelled:
            self.aborted.emit()
            return None

    def _tell(self, words: str, share: float) -> None:
        self.yielded.emit((words, share))
