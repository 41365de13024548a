"""One place for the flags of compiled kernels, and one ordered map over blocks for all work.

Work is spread by Python's own threads, since kernels let go of the interpreter. No thread outlives
a call and numba's threading layers stay unused, so that a process may fork afterwards, and several
threads may enhance at once.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import numba
from threadpoolctl import threadpool_limits

from zeroshot_em.core.cancellation import stop_if_cancelled
from zeroshot_em.core.kernel_cache import keep_kernels_somewhere
from zeroshot_em.core.models.parameters import check_n_threads

keep_kernels_somewhere()

# Kernels that make and return no array borrow those of their caller. Counting references at every
# use of a row or of a tuple's array, as numba does otherwise, takes up to half of their time.
_FLAGS: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True}
_OWNING = _FLAGS | {"_nrt": True}
_BORROWING = _FLAGS | {"_nrt": False}

kernel = numba.njit(**_OWNING)
# For many small kernels that hand tuples of arrays to each other.
inlined_kernel = numba.njit(**_BORROWING, forceinline=True)
# For kernels whose values are finite: sums and maxima may be taken in any order, several at a time.
# Inlined, since a copy compiled by itself and one compiled within its caller may take different
# orders, and which of them runs would depend on whether the caller was found in the cache.
vectorised_kernel = numba.njit(
    **_BORROWING, fastmath={"reassoc", "contract", "nsz", "nnan"}, forceinline=True
)
Block = TypeVar("Block")
Result = TypeVar("Result")


def resolve_threads(n_threads: int | None) -> int:
    """Return the number of threads to use: `n_threads`, or every core this process may run on.

    Raises
    ------
    InputError
        If it is not a whole number of at least 1.
    """
    check_n_threads(n_threads)
    if n_threads is not None:
        return int(n_threads)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def row_blocks(n_rows: int, block_rows: int) -> list[slice]:
    """Cut rows into blocks of `block_rows`; the last may be shorter.

    The cuts depend on nothing else, and so neither do sums over blocks.
    """
    return [slice(start, min(start + block_rows, n_rows)) for start in range(0, n_rows, block_rows)]


def map_blocks(
    function: Callable[[Block], Result], blocks: Iterable[Block], n_threads: int | None = None
) -> Iterator[Result]:
    """Yield ``function(block)`` of every block, in their order, computed by threads.

    Matrix products run on one thread each, so that the results do not depend on `n_threads`. Only
    a few results are held at a time. Between blocks the work can be stopped (`cancellable`).

    Parameters
    ----------
    function : callable
    blocks : iterable
    n_threads : int, optional
        All cores by default.
    """
    n_workers = resolve_threads(n_threads)
    waiting: deque[Future[Result]] = deque()
    with one_blas_thread(), ThreadPoolExecutor(n_workers) as pool:
        for block in blocks:
            stop_if_cancelled()
            waiting.append(pool.submit(function, block))
            if len(waiting) > n_workers + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Run the enclosed matrix products on one thread each, in this process as a whole.

    The limit is lifted by whichever of several concurrent users leaves last.
    """
    _limit.acquire()
    try:
        yield
    finally:
        _limit.release()


class _BlasLimit:
    """Counts its users, as a limit of the process cannot be restored by each for itself."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.lock = threading.Lock()
        self.n_users = 0

    def acquire(self) -> None:
        with self.lock:
            if self.n_users == 0:
                self.limits = threadpool_limits(1)
            self.n_users += 1

    def release(self) -> None:
        with self.lock:
            self.n_users -= 1
            if self.n_users == 0:
                self.limits.restore_original_limits()


_limit = _BlasLimit()
if hasattr(os, "register_at_fork"):
    # A child has none of its parent's threads, which may have held the lock.
    os.register_at_fork(after_in_child=_limit.reset)
