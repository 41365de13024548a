"""Check the configuration of a run and say in one line what is wrong with it."""

import re
from collections.abc import Mapping
from typing import Any

from zeroshot_em.data.sources.registry import registry
from zeroshot_em.errors import InputError

ORIGINS = ("doi", "url", "path", "simulate")


def check_configuration(config: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Raise an error unless a configuration fits its schema and its names refer to something.

    Parameters
    ----------
    config : mapping
        The configuration.
    schema : mapping
        JSON schema, draft 2020-12.

    Raises
    ------
    InputError
        Naming the key, what was expected there and what was found.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema).iter_errors(_with_text_keys(config)))
    if error is not None:
        raise InputError(f"configuration: {_explain(error)}")
    _check_references(config)


def reason_to_leave_out(config: Mapping[str, Any], figure: str) -> str:
    """Return which key to set before a figure can be made; empty if nothing is missing."""
    image = config["figures"][figure]["image"]
    source = config["images"][image]["source"]
    if config["sources"].get(source, {}) is None:
        return f"its image {image} has no source; set sources.{source} to a url or a path"
    if figure == "fig6" and not config["bm3d"]["enabled"]:
        return "it shows BM3D; set bm3d.enabled to true"
    return ""


def available_figures(config: Mapping[str, Any]) -> list[str]:
    """Return the configured figures for which nothing is missing."""
    return [
        figure for figure in sorted(config["figures"]) if not reason_to_leave_out(config, figure)
    ]


def _explain(error: Any) -> str:
    """Return one line on a `jsonschema.ValidationError`."""
    key = ".".join(str(part) for part in error.absolute_path) or "the top level"
    expected, found = error.validator_value, error.instance
    match error.validator:
        case "additionalProperties":
            return _explain_unknown_key(key, error.schema, found)
        case "required":
            missing = [name for name in expected if name not in found]
            return f"{key} lacks the key {', '.join(missing)}"
        case "type":
            types = [expected] if isinstance(expected, str) else expected
            return f"{key} must be of type {' or '.join(types)}; found {found!r}"
        case "enum":
            return f"{key} must be one of {', '.join(map(str, expected))}; found {found!r}"
        case "minimum":
            return f"{key} must be at least {expected}; found {found!r}"
        case "exclusiveMinimum":
            return f"{key} must be greater than {expected}; found {found!r}"
        case _:
            return f"{key}: {error.message}"


def _explain_unknown_key(key: str, schema: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    known = [*schema.get("properties", {}), *schema.get("examples", [])]
    patterns = schema.get("patternProperties", {})
    unknown = [
        name
        for name in found
        if name not in known and not any(re.search(p, name) for p in patterns)
    ]
    return f"{key} has no key {', '.join(unknown)}; allowed are {', '.join(sorted(known))}"


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


def _with_text_keys(value: Any) -> Any:
    """Return `value` with the keys of its mappings as text, as the schema expects them."""
    if isinstance(value, Mapping):
        return {str(key): _with_text_keys(part) for key, part in value.items()}
    return value
