"""Errors that the user can mend."""


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
