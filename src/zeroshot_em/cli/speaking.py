"""How the command line speaks: progress on a terminal, a line for all else."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def say(text: str) -> None:
    """Write one line to standard error, above a bar of progress if there is one."""
    line = f"zeroshot-em: {' '.join(text.split())}"
    if "tqdm" in sys.modules:
        sys.modules["tqdm"].tqdm.write(line, file=sys.stderr)
    else:
        print(line, file=sys.stderr)


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


def talk() -> None:
    """Show progress on a terminal, and warnings as one line each; libraries log nothing."""
    lines = _Lines()
    lines.addFilter(logging.Filter("zeroshot_em"))
    logging.basicConfig(handlers=[lines])
    level = logging.INFO if sys.stderr.isatty() else logging.WARNING
    logging.getLogger("zeroshot_em").setLevel(level)
    warnings.showwarning = lambda message, *_, **__: say(f"warning: {message}")


@contextmanager
def gathered_advice() -> Iterator[list[str]]:
    """Give a list of what the models say of learning inside, but for its not having ended.

    Other warnings are said as they come.
    """
    from sklearn.exceptions import ConvergenceWarning

    advice: list[str] = []
    shown = warnings.showwarning

    def sort(
        message: Warning | str, category: type[Warning], file: str, line: int, *_: Any
    ) -> None:
        if not issubclass(category, ConvergenceWarning):
            shown(message, category, file, line)
        elif "has not converged" not in str(message):
            advice.append(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", ConvergenceWarning)
        warnings.showwarning = sort  # type: ignore[assignment]
        yield advice
