"""Errors that the user can mend."""

from numbers import Integral
from typing import Any


class InputError(ValueError):
    """Something the user gave cannot be used; the message says what and why.

    The command line prints the message as one line and exits with status 2.
    """


def check_whole_number(name: str, value: Any, least: int) -> None:
    """Refuse what is not an integer, or is less than `least`.

    Raises
    ------
    InputError
    """
    if not isinstance(value, Integral) or value < least:
        raise InputError(f"{name} must be a whole number of at least {least}, got {value!r}")


def check_random_state(value: Any) -> None:
    """Refuse what numpy's generators cannot be seeded by.

    Raises
    ------
    InputError
    """
    if not isinstance(value, Integral) or not 0 <= int(value) < 2**32:
        raise InputError(f"random_state must be a whole number from 0 to 2**32 - 1, got {value!r}")
