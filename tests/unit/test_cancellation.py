"""Long work that is stopped from outside."""

import threading
import time

import numpy as np
import pytest

from zeroshot_em import enhance
from zeroshot_em.core.cancellation import Cancelled, cancellable, stop_if_cancelled
from zeroshot_em.core.parallel import map_blocks
from zeroshot_em.core.progress import heard_by

IMAGE = np.random.default_rng(0).normal(100.0, 10.0, (64, 64))


@pytest.mark.parametrize("model", ["sssc", "gpmm"])
def test_a_fit_stops_soon_after_it_is_asked_to(model: str) -> None:
    """At the second iteration of a fit that would take hours."""
    stop, told = threading.Event(), []

    def listen(words: str, share: float) -> None:
        told.append(words)
        if sum(said.startswith("learning") for said in told) == 3:
            stop.set()

    options = {"n_components": 8, "max_iter": 1_000_000, "tol": 0.0}
    with pytest.raises(Cancelled), heard_by(listen), cancellable(stop.is_set):
        enhance(IMAGE, model, 4, noise="learned", **options)
    assert [said.startswith("learning") for said in told][-4:] == [False, True, True, True]


def test_blocks_that_were_not_begun_are_left_out() -> None:
    stop, done = threading.Event(), []

    def work(i: int) -> int:
        done.append(i)
        time.sleep(0.001)
        return i

    with pytest.raises(Cancelled), cancellable(stop.is_set):
        for i in map_blocks(work, range(1000), 2):
            if i == 3:
                stop.set()
    assert len(done) < 20


def test_nothing_is_stopped_outside() -> None:
    with cancellable(lambda: True):
        pass
    stop_if_cancelled()


def test_the_listener_hears_what_is_done_and_how_far_it_is() -> None:
    told: list[tuple[str, float]] = []
    with heard_by(lambda *step: told.append(step)):
        enhance(IMAGE, "sssc", 4, noise="learned", n_components=8, n_states=8, tol=0.01)
    shares = [share for _, share in told]
    assert any("learning" in words for words, _ in told)
    assert 0 <= shares[0] < 1
    assert shares[-1] == 1
