"""Progress of long work: one bar over all of it on a terminal, one line a step in a log."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType

from tqdm.auto import tqdm

logger = logging.getLogger("zeroshot_em")

BAR = "{desc} {percentage:3.0f} % |{bar:24}| {elapsed}, {remaining} left at most"


Listener = Callable[[str, float], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Tell somebody else too of every step of the work inside.

    Parameters
    ----------
    listener : callable
        Is given what is being done, in words, and the share of the work that is done.

    Examples
    --------
    >>> import numpy as np
    >>> from zeroshot_em import SSSC
    >>> from zeroshot_em.core.progress import heard_by
    >>> patches = np.random.default_rng(0).normal(100.0, 10.0, (500, 16))
    >>> heard = []
    >>> with heard_by(lambda words, share: heard.append(words)):
    ...     model = SSSC(n_components=8, n_states=8, tol=0.01).fit(patches)
    >>> heard[0]
    'learning from patches'
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


class Work:
    """All that is done to an image, counted in steps.

    On a terminal a bar shows it; elsewhere the steps of a fit are lines at level INFO of the
    logger ``zeroshot_em``, which is silent until somebody configures logging.

    Parameters
    ----------
    n_steps : float
        The most steps there can be; the time left is estimated from it.
    """

    def __init__(self, n_steps: float) -> None:
        self.n_steps = n_steps
        self.n_done = 0.0
        self.round = ""
        self._started = time.monotonic()
        show_bar = sys.stderr.isatty() and logger.isEnabledFor(logging.INFO)
        self.bar = tqdm(total=n_steps, bar_format=BAR, mininterval=0, disable=not show_bar)

    def advance(self, words: str, n_steps: float = 1.0) -> None:
        """Count steps, and say what is being done."""
        self.n_done += n_steps
        self.bar.set_description_str(f"{self.round}{words}", refresh=False)
        self.bar.update(n_steps)
        if listener := _listener.get():
            listener(words, min(1.0, self.n_done / self.n_steps))

    @property
    def seconds_left(self) -> float:
        """The time left at most, if all steps take as long as those done."""
        elapsed = time.monotonic() - self._started
        return elapsed * max(0.0, self.n_steps / self.n_done - 1) if self.n_done else 0.0


_gathered: ContextVar[Work | None] = ContextVar("gathered", default=None)


@contextmanager
def one_bar(n_steps: float) -> Iterator[Work]:
    """Show all work inside on one bar; inside another `one_bar`, on that.

    Parameters
    ----------
    n_steps : float
        The most steps there can be.
    """
    if outer := _gathered.get():
        yield outer
        return
    work = Work(n_steps)
    token = _gathered.set(work)
    try:
        yield work
    finally:
        _gathered.reset(token)
        work.bar.close()


class FitProgress:
    """Report the iterations of a fit, each of them a step.

    Parameters
    ----------
    label : str
        What is being fitted.
    max_iter : int
        The most iterations there can be. A fit that ends earlier counts as having done all.
    """

    def __init__(self, label: str, max_iter: int) -> None:
        self.label = label
        self.max_iter = max_iter
        self.n_done = 0

    def __enter__(self) -> "FitProgress":
        self._bar = one_bar(self.max_iter)
        self._work = self._bar.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._work.advance("learned from patches", self.max_iter - self.n_done)
        self._bar.__exit__(kind, error, trace)

    def update(self, **values: float) -> None:
        """Count one iteration, whose `values` are logged by name."""
        self.n_done += 1
        self._work.advance("learning from patches")
        if self._work.bar.disable:
            shown = [f"{name.replace('_', ' ')} {value:.6g}" for name, value in values.items()]
            logger.info(
                "%s%s %d/%d: %s, %.0f s left at most",
                self._work.round, self.label, self.n_done, self.max_iter, ", ".join(shown),
                self._work.seconds_left,
            )  # fmt: skip
