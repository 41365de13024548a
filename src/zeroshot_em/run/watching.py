"""Run a workflow quietly: one line of progress with the time left, and at the end what to open.

``python -m zeroshot_em.run.watching RUN COMMAND...`` runs a snakemake command whose output goes to
``results/RUN/snakemake.log``; where it fails, the first error is shown. The command must not
silence rules and progress.
"""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from zeroshot_em.run.failure import explain

SECONDS_BETWEEN_LINES = 30.0

# About how many seconds a job of a rule takes, relative to the others; an unnamed one takes 3.
COSTS = {"fit": 25.0, "bm3d": 10.0, "reconstruct": 6.0, "all": 0.0}
USUAL_COST = 3.0

WORDS = {
    "simulate": "simulating a scene",
    "fetch": "fetching an image",
    "preprocess": "cutting out images",
    "fit": "learning from patches",
    "reconstruct": "rebuilding images from patches",
    "bm3d": "denoising by BM3D",
    "export": "writing pictures",
    "viewer": "writing the page",
    "manifest": "listing results",
}

_COUNT = re.compile(r"^(?P<rule>[A-Za-z]\w*) +(?P<count>\d+)$")
_STARTED = re.compile(r"^(?:local)?rule (?P<rule>\w+):")
_FINISHED = re.compile(r"^Finished jobid: \d+ \(Rule: (?P<rule>\w+)\)")


def cost(rule: str) -> float:
    """Return about how many seconds a job of a rule takes."""
    return COSTS.get(rule, USUAL_COST)


@dataclass
class Progress:
    """How far a run is, from the lines that snakemake prints."""

    counts: dict[str, int] = field(default_factory=dict)
    n_done: int = 0
    cost_done: float = 0.0
    doing: str = ""

    @property
    def n_jobs(self) -> int:
        """How many jobs there are in all."""
        return sum(self.counts.values())

    def read(self, line: str) -> bool:
        """Take note of a line; return whether it changes what is to be shown."""
        if match := _FINISHED.match(line):
            self.n_done += 1
            self.cost_done += cost(match["rule"])
        elif match := _STARTED.match(line):
            self.doing = WORDS.get(match["rule"], "drawing figures")
        elif (match := _COUNT.match(line)) and match["rule"] != "total" and not self.doing:
            self.counts[match["rule"]] = int(match["count"])
            return False
        else:
            return False
        return True

    def seconds_left(self, elapsed: float) -> float | None:
        """Return the time left if all goes on as it did; None as long as nothing is done."""
        whole = sum(n * cost(rule) for rule, n in self.counts.items())
        return elapsed * (whole / self.cost_done - 1) if self.cost_done else None

    def line(self, elapsed: float) -> str:
        """Say how far the run is."""
        left = self.seconds_left(elapsed)
        time_left = "" if left is None else f", about {duration(max(left, 0))} left"
        return f"{self.n_done} of {self.n_jobs} steps{time_left}: {self.doing}"


def duration(seconds: float) -> str:
    """Return a duration in words, from five minutes on without seconds."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 5:
        return f"{round(seconds / 60)} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Console:
    """One line that is written again on a terminal; elsewhere a line now and then."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._last = -SECONDS_BETWEEN_LINES

    def show(self, text: str, elapsed: float) -> None:
        """Replace the line; on a terminal it is cut where it would be broken."""
        if self.stream.isatty():
            room = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r\x1b[K{text[:room]}")
        elif elapsed - self._last >= SECONDS_BETWEEN_LINES:
            self._last = elapsed
            self.stream.write(f"{text}\n")
        self.stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self.stream.isatty():
            self.stream.write("\r\x1b[K")


def follow(lines: Iterable[str], log: TextIO, console: Console) -> Iterator[str]:
    """Copy lines to a log, show the progress they tell, and return them."""
    progress, started = Progress(), time.monotonic()
    for line in lines:
        log.write(line)
        if progress.read(line.rstrip()):
            started = time.monotonic() if not progress.n_done else started
            elapsed = time.monotonic() - started
            console.show(progress.line(elapsed), elapsed)
        yield line
    console.clear()


def closing_lines(run: str) -> list[str]:
    """Say where the figures and the page are, and what to do next."""
    return [
        f"Figures: results/{run}/figures (captions: .txt; full size: results/{run}/export)",
        f"Page:    results/{run}/viewer/index.html compares all maps; open it in a browser",
        "Next:    .venv/bin/zeroshot-em enhance YOUR_IMAGE.tif -o enhanced",
    ]


def watch(run: str, command: Sequence[str], stream: TextIO = sys.stdout) -> int:
    """Run a command and return its exit status.

    Parameters
    ----------
    run : str
        Name of the run, under ``results``.
    command : sequence of str
        A snakemake command.
    stream : text stream
        Where progress, failure and closing lines go.
    """
    path = Path("results", run, "snakemake.log")
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        path.open("w", encoding="utf-8", buffering=1) as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process,
    ):
        assert process.stdout is not None
        with _ending_together(process):
            said = list(follow(process.stdout, log, Console(stream)))
    report(run, process.returncode, said, stream)
    return process.returncode


@contextmanager
def _ending_together(process: subprocess.Popen[str]) -> Iterator[None]:
    """Tell a process to end when this one is told to."""
    before = signal.signal(signal.SIGTERM, lambda number, frame: process.send_signal(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def report(run: str, status: int, said: Sequence[str], stream: TextIO) -> None:
    """Write how a run ended."""
    if status:
        print("\n".join(explain(said)), file=stream)
        print(f"All that was said: results/{run}/snakemake.log", file=stream)
        return
    if any("Nothing to be done" in line for line in said):
        print("Nothing to be done: all results are up to date.", file=stream)
    print("\n".join(closing_lines(run)), file=stream)


def main() -> int:
    """Run the command that the arguments name."""
    run, *command = sys.argv[1:]
    try:
        return watch(run, command)
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on from here.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
