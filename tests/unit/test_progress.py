"""One bar over all work, or lines in a log."""

import io
import logging
import sys

import pytest

from zeroshot_em.core.progress import FitProgress, one_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def fit(n_iter: int, max_iter: int = 5) -> None:
    with FitProgress("SSSC", max_iter) as progress:
        for _ in range(n_iter):
            progress.update(noise_sigma=7.25)


def test_one_bar_runs_over_all_rounds_and_ends_at_all(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    caplog.set_level(logging.INFO, "zeroshot_em")
    with one_bar(12) as work:
        for number in (1, 2):
            work.round = f"round {number} of 2, "
            fit(3)
        work.advance("rebuilding the image", 2)
        assert work.n_done == 12
    shown = [line for line in terminal.getvalue().split("\r") if line.strip()]
    assert "\n" not in terminal.getvalue().rstrip("\n")
    assert "rebuilding the image 100 %" in shown[-1]
    assert any("round 2 of 2, learn" in line for line in shown)
    assert all(line.count("|") == 2 and len(line) < 110 for line in shown)
    assert not caplog.records


def test_elsewhere_every_iteration_is_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "zeroshot_em")
    fit(2)
    assert [record.message.split(",")[0] for record in caplog.records] == [
        "SSSC 1/5: noise sigma 7.25",
        "SSSC 2/5: noise sigma 7.25",
    ]


def test_a_bar_of_its_own_is_gone_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), FitProgress("SSSC", 5) as progress:
        progress.update(bound=1 / 0)
    with one_bar(3) as work:
        assert work.n_done == 0
