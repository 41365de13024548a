"""The quiet run of a workflow."""

import io
import signal
import sys
from pathlib import Path

import pytest

from zeroshot_em.run.failure import explain
from zeroshot_em.run.watching import Console, Progress, closing_lines, duration, follow, watch

STATS = """Job stats:
job            count
-----------  -------
all                1
fit                2
simulate           1
total              4

"""
START = "[Wed Nov 25 21:00:00 2026]\nrule fit:\n    input: x.tif\n"
END = "Finished jobid: 3 (Rule: fit)\n1 of 4 steps (25%) done\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def read(text: str) -> Progress:
    progress = Progress()
    for line in text.splitlines():
        progress.read(line)
    return progress


def test_time_left_follows_from_what_is_done_and_what_is_not() -> None:
    progress = read(STATS + START + END)
    assert (progress.n_done, progress.n_jobs) == (1, 4)
    left = progress.seconds_left(100.0)
    assert left is not None
    assert left == pytest.approx(100 * (25 + 3) / 25)
    assert progress.line(100.0) == "1 of 4 steps, about 1 min 52 s left: learning from patches"
    assert read(STATS + START).seconds_left(5.0) is None


def test_a_terminal_has_one_line_and_a_log_few() -> None:
    log, terminal, file = io.StringIO(), Terminal(), io.StringIO()
    lines = (STATS + START + END + START + END).splitlines(keepends=True)
    assert list(follow(lines, log, Console(terminal))) == lines
    assert "".join(lines) == log.getvalue()
    assert "\n" not in terminal.getvalue()
    assert "2 of 4 steps" in terminal.getvalue()
    list(follow(lines, log, Console(file)))
    assert file.getvalue().count("\n") == 1


def run(code: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[int, str]:
    monkeypatch.chdir(folder)
    said = io.StringIO()
    return watch("demo", [sys.executable, "-c", code], said), said.getvalue()


def test_success_says_where_things_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    status, said = run("print('Nothing to be done.')", monkeypatch, tmp_path)
    assert status == 0
    first, *closing = said.splitlines()
    assert first == "Nothing to be done: all results are up to date."
    assert [line.split(":")[0] for line in closing] == ["Figures", "Page", "Next"]


def test_what_runs_is_told_to_end_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code = "import os, signal, time; os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)"
    status, said = run(code, monkeypatch, tmp_path)
    assert status == -signal.SIGTERM
    assert "All that was said: results/demo/snakemake.log" in said


def test_an_unknown_failure_shows_the_end_of_what_was_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = "import sys; [print('line', i) for i in range(99)]; sys.exit('it broke')"
    status, said = run(code, monkeypatch, tmp_path)
    assert status == 1
    assert "it broke" in said
    assert "line 98" in said
    assert "line 3\n" not in said
    assert "line 3\n" in (tmp_path / "results/demo/snakemake.log").read_text()


FAILED = """Error in rule fit:
    message: None
    output: m.npz
    log: results/demo/logs/fit.log (check log file(s) for error details)
Error in rule bm3d:
    log: results/demo/logs/bm3d.log (check log file(s) for error details)
"""
MISTAKE = "zeroshot-em: warning: it is dark\nzeroshot-em: a.tif: has no pixels\n"
TRACEBACK = """Traceback (most recent call last):
  File "fit.py", line 3, in <module>
    1 / 0
ZeroDivisionError: division by zero
RuleException:
"""
KILLED = "Command 'set -e; python fit.py' returned non-zero exit status 137.\n"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (MISTAKE, "a.tif: has no pixels"),
        (TRACEBACK, "ZeroDivisionError: division by zero"),
        (KILLED, "The system ended the job; perhaps there is not enough memory."),
    ],
)
def test_failure_says_what_went_wrong_first_and_where_its_log_is(said: str, reason: str) -> None:
    lines = (STATS + START + said + FAILED).splitlines(keepends=True)
    assert explain(lines) == [
        "The rule fit failed.",
        reason,
        "Its log: results/demo/logs/fit.log",
    ]


def test_a_mistake_in_the_configuration_is_one_line() -> None:
    said = ["Using profile x\n", "zeroshot-em: configuration: no key fig9\n"]
    assert explain(said) == ["configuration: no key fig9"]


def test_the_line_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    Console(terminal).show("46 of 46 steps: " + "learning " * 9, 1.0)
    assert len(terminal.getvalue().removeprefix("\r\x1b[K")) == 39
    assert max(map(len, closing_lines("demo"))) < 80


def test_durations_are_no_more_exact_than_they_are_known() -> None:
    assert [duration(s) for s in (7, 100, 310)] == ["7 s", "1 min 40 s", "5 min"]
