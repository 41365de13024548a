"""Check the configuration of a run and say in one line what is wrong with it."""

from collections.abc import Mapping
from typing import Any

from zeroshot_em.data.sources.registry import registry
from zeroshot_em.errors import InputError
from zeroshot_em.run.schema import fill_in_defaults, first_mistake, read_text_values

ORIGINS = ("doi", "url", "path", "simulate")


def complete_configuration(config: dict[str, Any], schema: Mapping[str, Any]) -> None:
    """Check a configuration and fill in the defaults of its schema.

    Parameters
    ----------
    config : dict
        The configuration; changed in place.
    schema : mapping
        JSON schema, draft 2020-12.

    Raises
    ------
    InputError
        Naming the key, what was expected there and what was found.
    """
    read_text_values(config, schema)
    if mistake := first_mistake(config, schema):
        raise InputError(f"configuration: {mistake}")
    _check_references(config)
    fill_in_defaults(config, schema)


def _check_references(config: Mapping[str, Any]) -> None:
    for source, entry in config["sources"].items():
        _check_origin(f"sources.{source}", entry)
    known = registry(config["sources"])
    for image, entry in config["images"].items():
        _check_name(f"images.{image}.source", entry["source"], known)
    for figure, entry in config["figures"].items():
        _check_name(f"figures.{figure}.image", entry["image"], config["images"])


def _check_origin(key: str, source: Mapping[str, Any] | None) -> None:
    given = [origin for origin in ORIGINS if source is not None and source.get(origin)]
    if source is not None and len(given) != 1:
        raise InputError(
            f"configuration: {key} must have exactly one of {', '.join(ORIGINS)}; "
            f"found {' and '.join(given) or 'none'}"
        )


def _check_name(key: str, name: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        raise InputError(
            f"configuration: {key} must be one of {', '.join(known) or 'nothing: none is named'}; "
            f"found {name!r}"
        )
