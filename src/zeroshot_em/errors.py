"""Errors that the user can mend."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """Something the user gave cannot be used; the message says what and why.

    The command line prints the message as one line and exits with status 2.
    """


LONGEST_REASON = 200


def reason_of(error: BaseException) -> str:
    """Return what an error of a library says as one short line; its kind, if it says nothing."""
    said = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())
    if len(said) > LONGEST_REASON:
        said = f"{said[:LONGEST_REASON]}..."
    return said or type(error).__name__


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a remark on the known name nearest to a misspelt one; empty if none is near."""
    near = get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
