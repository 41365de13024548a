"""The kinds of options that several verbs take, and how each is read."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter, Token

Convert = Callable[[Any, Sequence[Token]], Any]


def _whole_number(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() else None


def _expected(token: Token, what: str) -> ValueError:
    return ValueError(f"expected {what}, found {token.value!r}.")


def _at_least(least: int) -> Convert:
    """Return a converter that refuses what is not a whole number from `least`."""

    def convert(_: Any, tokens: Sequence[Token]) -> int:
        number = _whole_number(tokens[0].value)
        if number is None or number < least:
            raise _expected(tokens[0], f"a whole number from {least}")
        return number

    return convert


def _numbers(names: str) -> Convert:
    """Return a converter of so many whole numbers with commas between them, such as X,Y,W,H."""

    def convert(_: Any, tokens: Sequence[Token]) -> tuple[int | None, ...]:
        numbers = tuple(_whole_number(part) for part in tokens[0].value.split(","))
        if None in numbers or len(numbers) != len(names.split(",")):
            raise _expected(tokens[0], f"whole numbers {names}")
        return numbers

    return convert


def _positive(text: str) -> float | None:
    try:
        number = float(text) if text.isascii() else math.nan
    except ValueError:
        return None
    return number if 0 < number < math.inf else None


def _positive_number(_: Any, tokens: Sequence[Token]) -> float:
    number = _positive(tokens[0].value)
    if number is None:
        raise _expected(tokens[0], "a number greater than 0")
    return number


def _noise(_: Any, tokens: Sequence[Token]) -> str | float:
    text = tokens[0].value
    found = text if text in ("auto", "learned") else _positive(text)
    if found is None:
        raise _expected(tokens[0], "auto, learned, or a standard deviation greater than 0")
    return found


def _read_by(convert: Convert, metavar: str) -> Parameter:
    return Parameter(converter=convert, n_tokens=1, accepts_keys=False, metavar=metavar)


Count = Annotated[int, _read_by(_at_least(1), "N")]
Seed = Annotated[int, _read_by(_at_least(0), "N")]
Positive = Annotated[float, _read_by(_positive_number, "NUMBER")]
Noise = Annotated[str | float, _read_by(_noise, "auto|learned|SIGMA")]
Crop = Annotated[tuple[int, int, int, int], _read_by(_numbers("X,Y,W,H"), "X,Y,W,H")]
Shape = Annotated[tuple[int, int], _read_by(_numbers("H,W"), "H,W")]
Output = Annotated[Path, Parameter(name=["--output", "-o"], metavar="DIR")]
