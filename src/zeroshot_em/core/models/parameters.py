"""One place that refuses parameters that cannot be used: for the estimators and for their faces."""

from collections.abc import Collection
from numbers import Integral, Real
from typing import Any

import numpy as np

from zeroshot_em.errors import InputError


def check_whole_number(name: str, value: Any, least: int, most: int | None = None) -> None:
    """Refuse what is not an integer from `least` to `most`; true and false are no numbers.

    Raises
    ------
    InputError
    """
    wanted = f"of at least {least}" if most is None else f"from {least} to {most}"
    if not _is(Integral, value) or value < least or (most is not None and value > most):
        raise InputError(f"{name} must be a whole number {wanted}, got {value!r}")


def check_number(name: str, value: Any, least: float, most: float = np.inf) -> None:
    """Refuse what is not a finite number from `least` to `most`; true and false are no numbers.

    Raises
    ------
    InputError
    """
    wanted = f"of at least {least:g}" if most == np.inf else f"from {least:g} to {most:g}"
    if not _is(Real, value) or not (least <= value <= most and value < np.inf):
        raise InputError(f"{name} must be a finite number {wanted}, got {value!r}")


def check_choice(name: str, value: Any, choices: Collection[str]) -> None:
    """Refuse what is not among the choices.

    Raises
    ------
    InputError
    """
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}; got {value!r}")


def check_random_state(value: Any) -> None:
    """Refuse what numpy's generators cannot be seeded by, and what would not repeat.

    Raises
    ------
    InputError
    """
    if not _is(Integral, value) or not 0 <= int(value) < 2**32:
        raise InputError(f"random_state must be a whole number from 0 to 2**32 - 1, got {value!r}")


def check_n_threads(value: Any) -> None:
    """Refuse what is neither None nor a number of threads.

    Raises
    ------
    InputError
    """
    if value is not None:
        check_whole_number("n_threads", value, 1)


def check_tolerance(value: Any) -> None:
    """Refuse a `tol` that is negative, not finite or no number.

    Raises
    ------
    InputError
    """
    check_number("tol", value, 0.0)


def as_array(name: str, values: Any) -> np.ndarray:
    """Return values as an array, not copied; refuse masks, which nothing here would heed.

    Raises
    ------
    InputError
    """
    if np.ma.is_masked(values):
        raise InputError(
            f"{name} has a mask, which is not heeded; fill in or cut out what it hides"
        )
    try:
        return np.asarray(values)
    except ValueError as error:
        raise InputError(f"{name} must be a matrix of numbers: {error}") from error


def _is(kind: type, value: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
