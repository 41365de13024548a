"""Check the configuration of a run and say in one line what is wrong with it."""

from collections.abc import Mapping
from typing import Any

from zeroshot_em.errors import InputError


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

    error = best_match(Draft202012Validator(schema).iter_errors(config))
    if error is not None:
        raise InputError(f"configuration: {_explain(error)}")
    _check_references(config)


def _explain(error: Any) -> str:
    """Return one line on a `jsonschema.ValidationError`."""
    key = ".".join(str(part) for part in error.absolute_path) or "the top level"
    expected, found = error.validator_value, error.instance
    match error.validator:
        case "additionalProperties":
            known = sorted(error.schema.get("properties", error.schema.get("patternProperties")))
            unknown = sorted(name for name in map(str, found) if name not in known)
            return f"{key} has no key {', '.join(unknown)}; allowed are {', '.join(known)}"
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


def _check_references(config: Mapping[str, Any]) -> None:
    for image, entry in config["images"].items():
        _check_name(f"images.{image}.source", entry["source"], config["sources"], "sources")
    for figure, entry in config["figures"].items():
        _check_name(f"figures.{figure}.image", entry["image"], config["images"], "images")


def _check_name(key: str, name: str, known: Mapping[str, Any], section: str) -> None:
    if name not in known:
        raise InputError(
            f"configuration: {key} must be one of the names in {section}: "
            f"{', '.join(known) or 'there is none'}; found {name!r}"
        )
