"""Whether what a configuration asks of images fits into them, once their size is known."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from zeroshot_em.core.preprocess import check_crop
from zeroshot_em.errors import InputError
from zeroshot_em.run.fits import Configuration, Fit, fits_of, model_options

Shape = tuple[int, int]
ShapeOf = Callable[[str], Shape]


def check_geometry(config: Configuration, shape_of: ShapeOf | None = None) -> None:
    """Refuse crops, patches, sections and masks that do not fit what is known of the images.

    Parameters
    ----------
    config : mapping
        A complete configuration.
    shape_of : callable, optional
        Returns the height and width of the image in a file. Without it no file is looked at.

    Raises
    ------
    InputError
    """
    for image, entry in config["images"].items():
        source = simulated_shape(config, entry["source"])
        if source and entry["crop"]:
            _about(f"images.{image}.crop", check_crop, source, **entry["crop"])
        if shape := shape_as_seen(entry, source):
            check_image(config, image, shape)
        if shape_of and entry["enhance"] is not None:
            original = config["sources"].get(entry["source"]) or {}
            _about(f"images.{image}", check_enhanced, config, entry, original, shape_of)
    for name, entry in config["figures"].items():
        painted = entry.get("mask", {}).get("file")
        if painted is not None and not Path(painted).is_file():
            raise InputError(f"configuration: figures.{name}.mask.file: there is no file {painted}")


def check_image(config: Configuration, image: str, shape: Shape) -> None:
    """Refuse what figures ask of an image of this shape if it does not fit.

    Raises
    ------
    InputError
        Naming the key.
    """
    for name, entry in config["figures"].items():
        if entry["image"] == image:
            _check_figure(config, name, shape)


def check_enhanced(
    config: Configuration, image: Configuration, source: Configuration, shape_of: ShapeOf
) -> None:
    """Refuse what is asked of an image that is enhanced by itself if it does not fit its file.

    Parameters
    ----------
    config : mapping
    image, source : mapping
        The entries of the image and of what it is cut out of.
    shape_of : callable

    Raises
    ------
    InputError
    """
    shape = shape_of(source["path"]) if source.get("path") else None
    if shape and image["crop"]:
        check_crop(shape, **image["crop"])
    seen = shape_as_seen(image, shape)
    edge = {**config["enhance"], **image["enhance"]}["patch_size"]
    if seen and edge and edge > min(seen):
        raise InputError(
            f"a patch of {edge} x {edge} pixels is larger than the image of {seen[1]} x {seen[0]}"
        )


def simulated_shape(config: Configuration, source: str) -> Shape | None:
    """Return the height and width of a source, if it is made by simulation."""
    simulation = (config["sources"].get(source) or {}).get("simulate")
    return None if simulation is None else tuple(simulation["shape"])


def shape_as_seen(entry: Configuration, source: Shape | None) -> Shape | None:
    """Return the height and width of an image that is cut out of a source of this shape."""
    crop, step = entry["crop"], entry["subsample"]
    shape = (crop["height"], crop["width"]) if crop else source
    return shape and (-(-shape[0] // step), -(-shape[1] // step))


def _check_figure(config: Configuration, name: str, shape: Shape) -> None:
    key, entry = f"figures.{name}", config["figures"][name]
    for fit in fits_of(entry):
        _check_fit(config, key, fit, shape)
    if "section" in entry:
        _about(f"{key}.section", check_crop, shape, **entry["section"])
    mask = entry.get("mask", {})
    _check_points(f"{key}.mask.polygon", mask.get("polygon", []), shape, on_edge=True)
    for part, points in mask.get("seeds", {}).items():
        _check_points(f"{key}.mask.seeds.{part}", points, shape, on_edge=False)


def _check_fit(config: Configuration, key: str, fit: Fit, shape: Shape) -> None:
    height, width = shape
    if fit.patch_size > min(shape):
        raise InputError(
            f"configuration: {key}: a patch of {fit.patch_size} x {fit.patch_size} pixels is "
            f"larger than the image {fit.image} of {width} x {height}"
        )
    n_patches = (height - fit.patch_size + 1) * (width - fit.patch_size + 1)
    wanted = model_options(config, fit.model, fit.patch_size)["n_components"]
    if wanted is not None and wanted > n_patches:
        raise InputError(
            f"configuration: models.{fit.model}.n_components of {wanted} are more than the "
            f"{n_patches} patches of {key}"
        )


def _check_points(
    key: str, points: Iterable[tuple[float, float]], shape: Shape, on_edge: bool
) -> None:
    height, width = shape
    for x, y in points:
        if x > width or y > height or (not on_edge and (x >= width or y >= height)):
            raise InputError(
                f"configuration: {key}: the point {x:g}, {y:g} is not inside the image, which has "
                f"{width} x {height} pixels"
            )


def _about(key: str, check: Any, *arguments: Any, **named: Any) -> Any:
    """Run a check; its error says which key it is about."""
    try:
        return check(*arguments, **named)
    except InputError as error:
        raise InputError(f"configuration: {key}: {error}") from error
