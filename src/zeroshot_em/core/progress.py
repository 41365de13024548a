"""Progress of an iterative fit: a bar on a terminal, one line an iteration in a log."""

import logging
import sys
import time
from types import TracebackType

from tqdm.auto import tqdm

logger = logging.getLogger("zeroshot_em")


class FitProgress:
    """Report the iterations of a fit.

    On a terminal a bar shows the newest values; elsewhere every iteration is one line at level
    INFO of the logger ``zeroshot_em``, which is silent until somebody configures logging.

    Parameters
    ----------
    label : str
        What is being fitted.
    max_iter : int
        The most iterations there can be; the time left is estimated from it.
    """

    def __init__(self, label: str, max_iter: int) -> None:
        self.label = label
        self.max_iter = max_iter
        self.n_done = 0

    def __enter__(self) -> "FitProgress":
        self._started = time.monotonic()
        show_bar = sys.stderr.isatty() and logger.isEnabledFor(logging.INFO)
        self._bar = tqdm(total=self.max_iter, desc=self.label, disable=not show_bar)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def update(self, **values: float) -> None:
        """Count one iteration, whose `values` are shown by name."""
        self.n_done += 1
        shown = ", ".join(f"{name.replace('_', ' ')} {value:.6g}" for name, value in values.items())
        self._bar.set_postfix_str(shown, refresh=False)
        self._bar.update()
        if self._bar.disable:
            elapsed = time.monotonic() - self._started
            left = elapsed / self.n_done * (self.max_iter - self.n_done)
            logger.info(
                "%s %d/%d: %s, %.0f s left at most",
                self.label, self.n_done, self.max_iter, shown, left,
            )  # fmt: skip
