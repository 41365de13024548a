"""Sources by name: those of the configuration over those of the catalogue."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from zeroshot_em.data.sources.source import Source
from zeroshot_em.errors import InputError, did_you_mean

Entry = Mapping[str, Any]


@cache
def catalogue() -> dict[str, Entry]:
    """Read the images that can be fetched by name alone, with no configuration."""
    text = files("zeroshot_em.data.sources").joinpath("catalogue.toml").read_text("utf-8")
    return tomllib.loads(text)


def registry(sources: Mapping[str, Entry | None] | None = None) -> dict[str, Source | None]:
    """Add the configuration's sources to the catalogue; a configured entry replaces its namesake.

    Parameters
    ----------
    sources : mapping or None
        The ``sources`` section of a configuration.

    Returns
    -------
    dict
        Source by name; None stands for an image whose address is not known.

    Raises
    ------
    InputError
        If an entry is none of a source.
    """
    entries: dict[str, Entry | None] = {**catalogue(), **(sources or {})}
    return {
        name: None if entry is None else Source.from_mapping(name, entry)
        for name, entry in entries.items()
    }


def find(name: str, sources: Mapping[str, Entry | None] | None = None) -> Source:
    """Look up a source by name.

    Raises
    ------
    InputError
        If no source has this name, or none of its addresses is set.
    """
    entries: dict[str, Entry | None] = {**catalogue(), **(sources or {})}
    if name not in entries:
        raise InputError(
            f"no source is named {name}; the known ones are {', '.join(entries)}"
            f"{did_you_mean(name, entries)}"
        )
    entry = entries[name]
    if entry is None:
        raise InputError(f"{name} has no address; set sources.{name} to a url, a path or a doi")
    return Source.from_mapping(name, entry)
