"""Check the configuration of a run and say in one line what is wrong with it."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from zeroshot_em.data.sources.registry import registry
from zeroshot_em.errors import InputError, did_you_mean
from zeroshot_em.run.geometry import Shape, ShapeOf, check_geometry
from zeroshot_em.run.images_table import add_images
from zeroshot_em.run.plain import check_plain
from zeroshot_em.run.schema import fill_in_defaults, first_mistake, read_text_values

ORIGINS = ("doi", "url", "path", "simulate")


def stands_alone(config: Mapping[str, Any]) -> bool:
    """Whether a configuration is whole by itself, as it names its sources or a table of images."""
    return "sources" in config or isinstance(config.get("images"), str)


def complete_configuration(
    config: dict[str, Any], schema: Mapping[str, Any], *, looks_at_files: bool = True
) -> None:
    """Check a configuration and fill in the defaults of its schema.

    Parameters
    ----------
    config : dict
        The configuration; changed in place.
    schema : mapping
        JSON schema, draft 2020-12.
    looks_at_files : bool
        Whether what is asked of images that are enhanced by themselves is held against their
        files, each of which is opened once.

    Raises
    ------
    InputError
        Naming the key, what was expected there and what was found.
    """
    check_plain(config)
    read_text_values(config, schema)
    table = config.get("images")
    if isinstance(table, str):
        config |= {"images": {}, "sources": config.get("sources", {})}
        config.setdefault("figures", {})
    if mistake := first_mistake(config, schema):
        raise InputError(f"configuration: {mistake}")
    check_plain(config)
    _check_origins(config["sources"])
    fill_in_defaults(config, schema)
    shape_of = _shapes_in_files() if looks_at_files else None
    if isinstance(table, str):
        add_images(config, Path(table), schema, shape_of)
    _check_references(config)
    _check_sigmas(config["bm3d"]["sigmas"])
    for image in config["benchmark"]["images"]:
        _check_name("benchmark.images", image, config["images"])
    check_geometry(config, shape_of)


def _shapes_in_files() -> ShapeOf:
    """Return what looks into each file once, and loads what it takes only where one is."""

    @cache
    def shape_of(path: str) -> Shape:
        from zeroshot_em.data.images.shapes import image_shape

        return image_shape(path)

    return shape_of


def _check_references(config: Mapping[str, Any]) -> None:
    known = registry(config["sources"])
    for image, entry in config["images"].items():
        _check_name(f"images.{image}.source", entry["source"], known)
    for figure, entry in config["figures"].items():
        _check_name(f"figures.{figure}.image", entry["image"], config["images"])


def _check_sigmas(sigmas: Sequence[float]) -> None:
    """Refuse levels of noise that are told apart by no figure and no file name."""
    alike = {f"{sigma:g}": sigma for sigma in sigmas}
    if len(alike) < len(sigmas):
        raise InputError(
            "configuration: bm3d.sigmas must differ in their first six digits, found "
            f"{', '.join(map(repr, sigmas))}"
        )


def _check_origins(sources: Mapping[str, Mapping[str, Any] | None]) -> None:
    for name, source in sources.items():
        if source is not None:
            _check_origin(f"sources.{name}", source)


def _check_origin(key: str, source: Mapping[str, Any]) -> None:
    given = [origin for origin in ORIGINS if origin in source]
    if len(given) != 1 or source[given[0]] == "":
        raise InputError(
            f"configuration: {key} must have exactly one of {', '.join(ORIGINS)}; "
            f"found {' and '.join(given) or 'none'}"
        )


def _check_name(key: str, name: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        raise InputError(
            f"configuration: {key} must be one of {', '.join(known) or 'nothing: none is named'}; "
            f"found {name!r}{did_you_mean(name, known)}"
        )
