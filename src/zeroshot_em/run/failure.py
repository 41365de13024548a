"""What went wrong first in a run, from the lines that snakemake and its jobs print."""

import re
from collections.abc import Sequence
from itertools import dropwhile, islice

LINES_SHOWN = 20

_MISTAKE = "zeroshot-em: "
_TRACEBACK = "Traceback (most recent call last):"
_RULE = re.compile(r"^Error in (?:rule|checkpoint) (\w+):$")
_LOG = re.compile(r"^ +log: (.+?)(?: \(check log file\(s\) for error details\))?$")
_KILLED = re.compile(
    r"died with <Signals\.(SIG\w+): \d+>|returned non-zero exit status (137|143)\b"
)


def explain(lines: Sequence[str]) -> list[str]:
    """Return a plain account of a failed run.

    Parameters
    ----------
    lines : sequence of str
        All that was printed.

    Returns
    -------
    list of str
        The first error and the log of its job; where no error is known as one, the last lines.
    """
    said = [line.rstrip() for line in lines]
    reason = _first_mistake(said) or _first_exception(said) or _killed(said)
    shown = [reason] if reason else said[-LINES_SHOWN:]
    where = list(dropwhile(lambda line: not _RULE.match(line), said))
    if not where:
        return shown
    rule, log = where[0].split()[-1].rstrip(":"), _first_group(_LOG, where)
    return [f"The rule {rule} failed.", *shown, *([f"Its log: {log}"] if log else [])]


def _first_mistake(lines: Sequence[str]) -> str:
    """Return what a job or the configuration's check said in one line, without the prefix."""
    told = (line.removeprefix(_MISTAKE) for line in lines if line.startswith(_MISTAKE))
    return next((line for line in told if not line.startswith("warning: ")), "")


def _first_exception(lines: Sequence[str]) -> str:
    """Return the line of the first traceback that names the exception."""
    traced = islice(dropwhile(lambda line: line != _TRACEBACK, lines), 1, None)
    return next((line for line in traced if line and not line.startswith(" ")), "")


def _killed(lines: Sequence[str]) -> str:
    killed = any(_KILLED.search(line) for line in lines)
    return "The system ended the job; perhaps there is not enough memory." if killed else ""


def _first_group(pattern: re.Pattern[str], lines: Sequence[str]) -> str:
    return next((match[1] for line in lines if (match := pattern.match(line))), "")
