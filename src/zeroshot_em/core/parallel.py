"""One place for the flags that all compiled kernels share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numba

from zeroshot_em.errors import InputError

kernel = numba.njit(cache=True, error_model="numpy", nogil=True)
parallel_kernel = numba.njit(cache=True, error_model="numpy", nogil=True, parallel=True)
# For kernels whose values are finite: sums and maxima may be taken in any order, several at a time.
vectorised_kernel = numba.njit(
    cache=True, error_model="numpy", nogil=True, fastmath={"reassoc", "contract", "nsz", "nnan"}
)


def resolve_threads(n_threads: int | None) -> int:
    """Return the number of threads to use: `n_threads`, or every core this process may run on."""
    if n_threads is None:
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1
    if n_threads < 1:
        raise InputError(f"n_threads must be at least 1, got {n_threads}")
    return n_threads


@contextmanager
def thread_limit(n_threads: int | None) -> Iterator[int]:
    """Run the enclosed kernels with `n_threads` threads, as far as numba has started as many."""
    previous = numba.get_num_threads()
    started = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    wanted = min(resolve_threads(n_threads), started)
    numba.set_num_threads(wanted)
    try:
        yield wanted
    finally:
        numba.set_num_threads(previous)
