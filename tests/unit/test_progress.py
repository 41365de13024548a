"""One bar over all work, or lines in a log."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import numpy as np
import pytest

from zeroshot_em import enhance
from zeroshot_em.core.progress import FitProgress, counted, duration, heard_by, one_bar, part, say

IMAGE = np.random.default_rng(0).normal(100.0, 10.0, (48, 48))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def a_terminal() -> Iterator[Terminal]:
    """Standard error as a terminal, to which progress is shown."""
    stream, logger = Terminal(), logging.getLogger("zeroshot_em")
    level = logger.level
    logger.setLevel(logging.INFO)
    try:
        with redirect_stderr(stream):
            yield stream
    finally:
        logger.setLevel(level)


def fit(n_iter: int, max_iter: int = 5) -> None:
    with FitProgress("SSSC", max_iter) as progress:
        for _ in range(n_iter):
            progress.update(noise_sigma=7.25)


def shown(terminal: Terminal) -> list[str]:
    return [line.rstrip() for line in terminal.getvalue().split("\r") if line.strip()]


def test_one_bar_runs_over_all_parts(caplog: pytest.LogCaptureFixture) -> None:
    with a_terminal() as terminal, one_bar() as work:
        work.about = "3 of 20: "
        for number in (0, 1):
            with part(0.4 * number, 0.4 * (number + 1), f"learning, round {number + 1} of 2"):
                fit(3)
        with part(0.8, 1.0, "rebuilding the image"):
            assert list(counted("abcd", 4)) == list("abcd")
        assert work.share == 1
    lines = shown(terminal)
    percents = [int(re.search(r"(\d+) %", line)[1]) for line in lines]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert lines[-1].startswith("3 of 20: rebuilding the image")
    assert any("3 of 20: learning, round 2 of 2" in line for line in lines)
    assert all(line.count("|") == 2 and len(line) < 80 for line in lines)
    assert not caplog.records


def test_the_line_stays_within_80_columns() -> None:
    with a_terminal() as terminal, one_bar() as work:
        work.about = "one hundred thousand images: "
        work._started -= 35_000
        with part(0, 1, "comparing all patches with all others"):
            list(counted(range(2), 2))
    assert any("left" in line for line in shown(terminal))
    assert max(len(line) for line in shown(terminal)) < 80


def test_a_line_is_said_above_the_bar() -> None:
    with a_terminal() as terminal, one_bar(), part(0, 0.5, "learning"):
        say("hello")
    assert "\rhello\n" in terminal.getvalue()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (89.4, "89 s"), (90, "2 min"), (3000, "50 min"), (9000, "2 h 30 min")],
)
def test_durations_are_said_as_people_do(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_time_left_follows_from_the_share_that_is_done() -> None:
    with one_bar() as work:
        assert work.seconds_left is None
        work._started -= 30
        work.show(0.25, "learning")
        assert work.seconds_left == pytest.approx(90, abs=0.1)


@pytest.mark.parametrize("noise", ["auto", "learned"])
def test_the_bar_runs_over_all_of_an_enhancement(noise: str) -> None:
    told: list[tuple[str, float]] = []
    with heard_by(lambda *step: told.append(step)):
        enhance(IMAGE, "sssc", 4, noise=noise, n_components=8, n_states=8, max_iter=3, tol=1.0)
    shares = [share for _, share in told]
    assert shares[-1] == 1
    assert np.mean(np.diff(shares) >= 0) > 0.9
    words = list(dict.fromkeys(words for words, _ in told))
    assert words[0] == "estimating the noise"
    assert "rebuilding the image" in words
    assert "comparing similar patches" in words


def test_elsewhere_every_iteration_is_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "zeroshot_em")
    fit(2)
    assert [record.message for record in caplog.records] == [
        "SSSC 1/5: noise sigma 7.25",
        "SSSC 2/5: noise sigma 7.25",
    ]


def test_a_bar_of_its_own_is_gone_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), FitProgress("SSSC", 5) as progress:
        progress.update(bound=1 / 0)
    with one_bar() as work:
        assert work.share == 0
