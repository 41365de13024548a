"""The schema of the configuration: figures from their table, errors in one line, defaults."""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.exceptions import best_match

from zeroshot_em.core.baselines import BASELINES
from zeroshot_em.errors import did_you_mean
from zeroshot_em.show.figures.table import FIGURES

Schema = Mapping[str, Any]


def load_schema(path: str | Path) -> dict[str, Any]:
    """Read the schema and add the figures and the baselines of their tables to it."""
    schema = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    schema["properties"]["figures"]["properties"] = {
        name: {"$ref": f"#/$defs/{figure.entry}", "description": figure.shows}
        for name, figure in FIGURES.items()
    }
    baselines = schema["properties"]["benchmark"]["properties"]["baselines"]
    baselines["items"]["enum"] = baselines["default"] = list(BASELINES)
    return schema


def first_mistake(config: Any, schema: Schema) -> str:
    """Return one line on what does not fit the schema, empty if all does."""
    error = best_match(Draft202012Validator(schema).iter_errors(with_text_keys(config)))
    return "" if error is None else _explain(error)


def fill_in_defaults(config: dict[str, Any], schema: Schema) -> None:
    """Set what a fitting configuration leaves out to the schema's defaults."""
    _FillingValidator(schema).validate(config)


def read_text_values(config: dict[str, Any], schema: Schema) -> None:
    """Read as YAML each text that stands where none is allowed.

    snakemake hands nested values over as text: ``--config 'bm3d={enabled: false}'``.
    """
    for error in _with_causes(Draft202012Validator(schema).iter_errors(with_text_keys(config))):
        if error.validator == "type" and isinstance(error.instance, str):
            _replace(config, list(error.absolute_path), _value(error.instance))


def with_text_keys(value: Any) -> Any:
    """Return `value` with the keys of its mappings as text, as the schema expects them."""
    if isinstance(value, Mapping):
        return {str(key): with_text_keys(part) for key, part in value.items()}
    return value


def _with_causes(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    for error in errors:
        yield error
        yield from _with_causes(error.context or [])


def _replace(config: Any, path: list[Any], value: Any) -> None:
    *parents, last = path
    for key in parents:
        config = config[key]
    config[last] = value


def _value(text: str) -> Any:
    try:
        return float(text) if re.fullmatch(r"[-+.\de]+[eE][-+]?\d+", text) else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        return text


def _set_defaults(
    validator: Any, properties: Schema, instance: Any, schema: Schema
) -> Iterator[ValidationError]:
    for name, part in properties.items():
        if "default" in part and isinstance(instance, dict):
            instance.setdefault(name, copy.deepcopy(part["default"]))
    yield from Draft202012Validator.VALIDATORS["properties"](
        validator, properties, instance, schema
    )


_FillingValidator = validators.extend(Draft202012Validator, {"properties": _set_defaults})


def _explain(error: ValidationError) -> str:
    """Return one line on what is wrong."""
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
        case "anyOf" if named := [c for c in error.context or [] if c.validator == "enum"]:
            return _explain(named[0])
    return _explain_value(error, key)


def _explain_value(error: ValidationError, key: str) -> str:
    phrases = {
        "enum": "must be one of {}",
        "minimum": "must be at least {}",
        "maximum": "must be at most {}",
        "exclusiveMinimum": "must be greater than {}",
        "maxLength": "must be of at most {} characters",
    }
    if error.validator not in phrases:
        return f"{key}: {error.message}"
    allowed = error.validator_value
    said = ", ".join(map(str, allowed)) if isinstance(allowed, list) else allowed
    return f"{key} {phrases[error.validator].format(said)}; found {error.instance!r}"


def _explain_unknown_key(key: str, schema: Any, found: Mapping[str, Any]) -> str:
    known = [*schema.get("properties", {}), *schema.get("examples", [])]
    patterns = schema.get("patternProperties", {})
    unknown = [
        name
        for name in found
        if name not in known and not any(re.search(p, name) for p in patterns)
    ]
    return (
        f"{key} has no key {', '.join(unknown)}; allowed are {', '.join(sorted(known))}"
        f"{did_you_mean(unknown[0], known)}"
    )
