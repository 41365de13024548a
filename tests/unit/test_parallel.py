"""The ordered map over blocks, beside processes that fork and threads that do the same."""

import multiprocessing
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from zeroshot_em.core.parallel import map_blocks, one_blas_thread, resolve_threads, row_blocks
from zeroshot_em.errors import InputError


def blas_threads() -> list[int]:
    np.ones((2, 2)) @ np.ones((2, 2))
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_blocks_cover_the_rows_once():
    blocks = row_blocks(10, 4)
    assert [list(range(10))[block] for block in blocks] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert row_blocks(0, 4) == []


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_blocks(n_threads):
    def slow_at_first(i):
        time.sleep(0.01 / (i + 1))
        return i * i

    assert list(map_blocks(slow_at_first, range(20), n_threads)) == [i * i for i in range(20)]


def test_blocks_are_asked_for_as_results_are_taken():
    asked = []

    def blocks():
        for i in range(100):
            asked.append(i)
            yield i

    results = map_blocks(lambda i: i, blocks(), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    assert len(asked) < 10
    results.close()


def test_an_error_in_a_block_is_raised_and_the_limit_is_lifted():
    before = blas_threads()
    with pytest.raises(ZeroDivisionError):
        list(map_blocks(lambda i: 1 // i, [1, 0, 2], 2))
    assert blas_threads() == before


def test_matrix_products_run_on_one_thread():
    assert set(next(map_blocks(lambda _: blas_threads(), [0], 2))) == {1}


def test_the_limit_holds_until_the_last_of_several_users_leaves():
    entered, leave, seen = threading.Event(), threading.Event(), []

    def other():
        with one_blas_thread():
            entered.set()
            leave.wait(10)
            seen.extend(blas_threads())

    thread = threading.Thread(target=other)
    with one_blas_thread():
        thread.start()
        entered.wait(10)
    leave.set()
    thread.join()
    assert set(seen) == {1}


@pytest.mark.parametrize("n_threads", [0, -1, 1.5, True, "2"])
def test_numbers_of_threads_that_are_none(n_threads):
    with pytest.raises(InputError, match="n_threads must be a whole number"):
        resolve_threads(n_threads)


CONCURRENT = """
import warnings
warnings.simplefilter("ignore")
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
import numpy as np
from zeroshot_em import enhance
IMAGE = np.random.default_rng(0).poisson(50.0, (24, 26)).astype(float)

def denoise(seed, model):
    options = {"n_states": 8} if model == "sssc" else {}
    options |= {"n_components": 6, "max_iter": 2, "random_state": seed}
    result = enhance(IMAGE, model, 4, noise=10.0, **options)
    return result.denoised.tobytes()

if __name__ == "__main__":
    pool = sys.argv[1]
    jobs = list(zip([0, 1, 2, 0], ["sssc", "gpmm", "sssc", "gpmm"]))
    expected = [denoise(*job) for job in jobs]
    executor = (
        ThreadPoolExecutor(4) if pool == "threads"
        else ProcessPoolExecutor(2, mp_context=get_context(pool))
    )
    with executor:
        assert [*executor.map(denoise, *zip(*jobs))] == expected
"""


@pytest.mark.parametrize(
    "pool",
    [
        "threads",
        pytest.param(
            "fork",
            marks=pytest.mark.skipif(
                "fork" not in multiprocessing.get_all_start_methods(), reason="no fork here"
            ),
        ),
        "spawn",
    ],
)
def test_images_may_be_enhanced_side_by_side(pool, tmp_path):
    """After a first use in the parent, where numba's threading layers abort or hang."""
    script = tmp_path / "concurrent_images.py"
    script.write_text(CONCURRENT)
    subprocess.run([sys.executable, script, pool], check=True, timeout=120)
