"""What a configuration is made of: text, finite numbers, lists and mappings, within reason."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from zeroshot_em.errors import InputError

DEEPEST = 20
MOST_VALUES = 50_000
LONGEST_TEXT = 4096


def read_configuration(path: Path) -> dict[str, Any]:
    """Read a configuration file and refuse what no configuration holds.

    Raises
    ------
    InputError
    """
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(config, dict):
        raise InputError(f"{path} must map names to settings, found {type(config).__name__}")
    check_plain(config)
    sources, folder = config.get("sources") or {}, config.get("data_folder")
    if (
        not isinstance(sources, dict)
        or not all(isinstance(source, dict | None) for source in sources.values())
        or not isinstance(folder, str | None)
    ):
        raise InputError(f"sources in {path} must map names to settings, and data_folder be a text")
    return config


def check_plain(value: Any) -> None:
    """Refuse what no configuration holds, before anything walks through it.

    Aliases of YAML make a small file without end of large ones, or a mapping part of itself; NaN
    and infinity pass every bound of a schema; a control character hides in a name.

    Raises
    ------
    InputError
    """
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    n_values = 0
    while waiting:
        key, part, depth = waiting.pop()
        n_values += 1
        if depth > DEEPEST or n_values > MOST_VALUES:
            raise InputError(
                f"configuration: {key.split('.')[0]} holds too much (aliases that repeat or "
                f"contain themselves?); at most {MOST_VALUES} values, {DEEPEST} deep"
            )
        _check_value(key, part)
        waiting += [(_join(key, name), inner, depth + 1) for name, inner in _parts(part)]


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def _join(key: str, name: Any) -> str:
    _check_value(key or "the top level", name)
    return f"{key}.{name}" if key else str(name)


def _check_value(key: str, value: Any) -> None:
    if isinstance(value, str):
        _check_text(key, value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"configuration: {key} must be a finite number, found {value}")
    elif not isinstance(value, Mapping | list | tuple | int | float | None):
        kind = type(value).__name__
        raise InputError(f"configuration: {key} must be text or a number, found a {kind}")


def _check_text(key: str, text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise InputError(f"configuration: {key} is a text of {len(text)} characters")
    if not text.isprintable():
        raise InputError(
            f"configuration: {key} holds a line break or another control character: {text!r}"
        )
