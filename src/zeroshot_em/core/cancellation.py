"""Stop long work from another thread."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Cancelled(Exception):
    """The work was stopped because somebody asked for it."""


_asked: ContextVar[Callable[[], bool] | None] = ContextVar("asked", default=None)


@contextmanager
def cancellable(is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """Stop the work inside soon after `is_cancelled` begins to return True.

    It is asked before each block of patches or rows, which takes a fraction of a second.

    Parameters
    ----------
    is_cancelled : callable
        Such as the ``is_set`` of a `threading.Event`.

    Raises
    ------
    Cancelled
        In the thread that works, once it was asked to stop.

    Examples
    --------
    >>> import threading
    >>> import numpy as np
    >>> from zeroshot_em import enhance
    >>> from zeroshot_em.core.cancellation import Cancelled, cancellable
    >>> stop = threading.Event()  # to be set by another thread, such as that of a window
    >>> stop.set()
    >>> try:
    ...     with cancellable(stop.is_set):
    ...         enhance(np.zeros((64, 64)), noise=10.0)
    ... except Cancelled:
    ...     print("stopped")
    stopped
    """
    token = _asked.set(is_cancelled)
    try:
        yield
    finally:
        _asked.reset(token)


def stop_if_cancelled() -> None:
    """Stop here if it was asked for.

    Raises
    ------
    Cancelled
    """
    is_cancelled = _asked.get()
    if is_cancelled is not None and is_cancelled():
        raise Cancelled
