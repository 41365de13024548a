"""Whether what a configuration asks of images fits into them, once their size is known."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zeroshot_em.core.preprocess import check_crop
from zeroshot_em.errors import InputError
from zeroshot_em.run.fits import Configuration, Fit, fits_of, model_options

Shape = tuple[int, int]


def check_geometry(config: Configuration) -> None:
    """Refuse crops, patches, sections and masks that do not fit what is known of the images.

    Parameters
    ----------
    config : mapping
        A complete configuration.

    Raises
    ------
    InputError
    """
    for image, entry in config["images"].items():
        source = simulated_shape(config, entry["source"])
        if source and entry["crop"]:
            _about(f"images.{image}.crop", check_crop, source, **entry["crop"])
        if shape := _subsampled(_cropped(entry, source), entry["subsample"]):
            check_image(config, image, shape)
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


def simulated_shape(config: Configuration, source: str) -> Shape | None:
    """Return the height and width of a source, if it is made by simulation."""
    simulation = (config["sources"].get(source) or {}).get("simulate")
    return None if simulation is None else tuple(simulation["shape"])


def _cropped(entry: Configuration, source: Shape | None) -> Shape | None:
    crop = entry["crop"]
    return (crop["height"], crop["width"]) if crop else source


def _subsampled(shape: Shape | None, step: int) -> Shape | None:
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
