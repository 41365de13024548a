"""How programs that use the package speak: quiet logs, and one line for a mistake of the user's."""

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import NoReturn, TextIO

from zeroshot_em.errors import InputError, reason_of

logger = logging.getLogger("zeroshot_em")

EXIT_INPUT_ERROR = 2


def exit_with(message: str, stream: TextIO | None = None) -> NoReturn:
    """Write `message` as one line to standard error and end the program with status 2."""
    print(f"zeroshot-em: {message}", file=stream or sys.stderr, flush=True)
    raise SystemExit(EXIT_INPUT_ERROR)


def one_line(error: InputError, about: str = "") -> str:
    """Return the message of an error, after the file it is about unless it names that."""
    message = " ".join(str(error).split())
    files = [about, getattr(error.__cause__, "filename", None)]
    is_named = any(file and str(file) in message for file in files)
    return message if is_named or not about else f"{about}: {message}"


def shortage(error: OSError | MemoryError) -> str:
    """Return one line on what the machine lacks or refuses."""
    if isinstance(error, MemoryError):
        return f"there is not enough memory for this: {reason_of(error)}; choose less"
    return f"{error.filename or 'a file'}: {error.strerror or reason_of(error)}"


@contextmanager
def input_errors_end_program() -> Iterator[None]:
    """Turn an `InputError` into one line on standard error and exit status 2."""
    try:
        yield
    except InputError as error:
        exit_with(one_line(error))


@contextmanager
def job_log(path: str | os.PathLike[str], about: str = "") -> Iterator[None]:
    """Run a job of the workflow: its standard error, warnings and log lines go to a file.

    An `InputError`, or what the machine lacks, becomes one line in that file and on the real
    standard error; the program then ends with status 2.

    Parameters
    ----------
    path : path-like
        The log file; replaced.
    about : str, optional
        What an error message is about, such as the input file.
    """
    console = sys.stderr
    with open(path, "w", encoding="utf-8", buffering=1) as log, redirect_stderr(log), _logging(log):
        try:
            yield
        except InputError as error:
            message = one_line(error, about)
            logger.error(message)
            exit_with(message, console)
        except (OSError, MemoryError) as error:
            traceback.print_exc(file=log)
            exit_with(shortage(error), console)
        except Exception:
            traceback.print_exc(file=console)
            traceback.print_exc(file=log)
            raise SystemExit(1) from None


@contextmanager
def _logging(stream: TextIO) -> Iterator[None]:
    """Send progress and warnings to a stream, with the time."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    root, level = logging.getLogger(), logger.level
    root.addHandler(handler)
    logger.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        logger.setLevel(level)
        root.removeHandler(handler)
