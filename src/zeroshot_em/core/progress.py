"""Progress of long work: one bar over all of it on a terminal, one line a step in a log.

Work is counted by shares. `one_bar` is all of it; a `part` is a share of the part around it, and
`reached` tells how much of the innermost part is done. Where nobody watches they do nothing.
"""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import TypeVar

from tqdm import tqdm

logger = logging.getLogger("zeroshot_em")

LONGEST_WORDS = 36
BAR = "{desc:<36} {percentage:3.0f} % |{bar:10}|{postfix}"
"""Fits into 80 columns with every time left below ten hours."""

TELLING = 0.02
"""Of all work must be done before the time left is told."""

Listener = Callable[[str, float], None]
Item = TypeVar("Item")


class Work:
    """All that is watched together, by the share of it that is done.

    On a terminal a bar shows it; elsewhere the steps of a fit are lines at level INFO of the
    logger ``zeroshot_em``, which is silent until somebody configures logging.

    Attributes
    ----------
    share : float
        How much is done, from 0 to 1.
    about : str
        What stands before the words on what is being done, such as which of several images it is.
    """

    def __init__(self) -> None:
        self.share = 0.0
        self.about = self.words = ""
        self._started = time.monotonic()
        show_bar = sys.stderr.isatty() and logger.isEnabledFor(logging.INFO)
        self.bar = tqdm(
            total=1.0,
            nrows=24,
            bar_format=BAR,
            mininterval=0,
            miniters=0,
            leave=False,
            disable=not show_bar,
        )

    def show(self, share: float, words: str) -> None:
        """Take note of the share that is done, and of what is being done if that has changed."""
        self.share, self.words = min(1.0, share), words or self.words
        self.bar.set_description_str(f"{self.about}{self.words}"[:LONGEST_WORDS], refresh=False)
        self.bar.set_postfix_str(self._time_left(), refresh=False)
        self.bar.update(self.share - self.bar.n)
        if listener := _listener.get():
            listener(self.words, self.share)

    @property
    def seconds_left(self) -> float | None:
        """The time left if all goes on as it did; None as long as too little is done."""
        elapsed = time.monotonic() - self._started
        return elapsed * (1 / self.share - 1) if self.share >= TELLING else None

    def _time_left(self) -> str:
        left = self.seconds_left
        return "" if left is None else f"about {duration(left)} left"


def duration(seconds: float) -> str:
    """Return a duration in words of at most eleven letters."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
_work: ContextVar[Work | None] = ContextVar("work", default=None)
_part: ContextVar[tuple[float, float, str]] = ContextVar("part", default=(0.0, 1.0, ""))


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
    'learning'
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def one_bar() -> Iterator[Work]:
    """Show all work inside on one bar; inside another `one_bar`, on that."""
    if outer := _work.get():
        yield outer
        return
    work = Work()
    token = _work.set(work)
    try:
        yield work
    finally:
        _work.reset(token)
        work.bar.close()


@contextmanager
def part(start: float, stop: float, words: str = "") -> Iterator[None]:
    """Count the work inside as a share of the part around it, from `start` to `stop`.

    Parameters
    ----------
    start, stop : float
        From 0 to 1.
    words : str
        What is being done; those of the part around it if none.
    """
    low, high, said = _part.get()
    token = _part.set((low + start * (high - low), low + stop * (high - low), words or said))
    try:
        if words:
            reached(0.0)
        yield
        reached(1.0)
    finally:
        _part.reset(token)


def reached(share: float) -> None:
    """Tell that a share of the innermost part is done."""
    if work := _work.get():
        low, high, words = _part.get()
        work.show(low + share * (high - low), words)


def counted(items: Iterable[Item], n_items: int) -> Iterator[Item]:
    """Yield items, each an equal share of the innermost part, done when the next is asked for.

    Parameters
    ----------
    items : iterable
    n_items : int
        How many there are.
    """
    for place, item in enumerate(items, 1):
        yield item
        reached(place / n_items)


class FitProgress:
    """Report the iterations of a fit.

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
        self._bar = one_bar()
        self._work = self._bar.__enter__()
        self._part = part(0.0, 1.0, _part.get()[2] or "learning")
        self._part.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._part.__exit__(kind, error, trace)
        self._bar.__exit__(kind, error, trace)

    def update(self, **values: float) -> None:
        """Count one iteration, whose `values` are logged by name."""
        self.n_done += 1
        reached(self.n_done / self.max_iter)
        if self._work.bar.disable:
            shown = [f"{name.replace('_', ' ')} {value:.6g}" for name, value in values.items()]
            logger.info("%s %d/%d: %s", self.label, self.n_done, self.max_iter, ", ".join(shown))


def say(text: str) -> None:
    """Write a line to standard error, above a bar that may be there."""
    tqdm.write(text, file=sys.stderr)
