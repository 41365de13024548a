"""What a run makes, as its configuration says: fits, options, maps shown and exported."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from zeroshot_em.data.sources.registry import find
from zeroshot_em.errors import InputError
from zeroshot_em.run.fits import MODEL_NAMES, Configuration, Fit, fits_of, model_options
from zeroshot_em.run.geometry import Shape, shape_as_seen, simulated_shape
from zeroshot_em.show.figures.table import FIGURES


def reason_to_leave_out(config: Configuration, figure: str) -> str:
    """Return which key to set before a figure can be made; empty if nothing is missing."""
    image = config["figures"][figure]["image"]
    source = config["images"][image]["source"]
    if config["sources"].get(source, {}) is None:
        return f"its image {image} has no source; set sources.{source} to a url or a path"
    if "bm3d" in FIGURES[figure].needs and not config["bm3d"]["enabled"]:
        return "it shows BM3D; set bm3d.enabled to true"
    return ""


def leave_out_missing_packages(config: Configuration) -> str:
    """Switch BM3D off where its package is not installed; return a line that says so, or nothing.

    It has no release for macOS, Windows and Arm.
    """
    if not config["bm3d"]["enabled"] or find_spec("bm3d"):
        return ""
    config["bm3d"]["enabled"] = False
    return "the package bm3d is not installed (it runs on x86-64 Linux): its maps are left out"


def available_figures(config: Configuration) -> dict[str, Configuration]:
    """Return the entries of the configured figures for which nothing is missing, by name."""
    names = sorted(config["figures"])
    return {
        name: config["figures"][name] for name in names if not reason_to_leave_out(config, name)
    }


def figure_entry(config: Configuration, name: str) -> Configuration:
    """Return what the configuration says of a figure.

    Raises
    ------
    InputError
        If it says nothing.
    """
    if name not in config["figures"]:
        known = ", ".join(config["figures"]) or "none"
        raise InputError(f"{name} is not configured; the figures of this run are {known}")
    return config["figures"][name]


def figure_fits(config: Configuration, name: str) -> list[Fit]:
    """Return the fits that a figure shows, those of SSSC first."""
    return fits_of(figure_entry(config, name))


def image_entries(config: Configuration, image: str | None) -> dict[str, Configuration]:
    """Return what is known of an image and of the source that it is cut from."""
    entry = config["images"].get(image, {})
    name = entry.get("source")
    has_address = name and config["sources"].get(name, {}) is not None
    source = find(name, config["sources"]).to_mapping() if has_address else {}
    return {"image_entry": entry, "source_entry": source}


def figure_settings(config: Configuration, name: str) -> dict[str, Any]:
    """Return what a figure is told beside its files: the arguments of `Materials`."""
    entry = config["figures"].get(name, {})
    fits, needs = fits_of(entry), FIGURES[name].needs
    settings = {
        "merges": [model_options(config, fit.model, fit.patch_size)["merge"] for fit in fits],
        "sigmas": config["bm3d"]["sigmas"] if {"bm3d", "baselines"} & set(needs) else [],
    }
    return {
        "settings": {**entry, **settings},
        "figure2": available_figures(config).get("fig2", {}),
        **image_entries(config, entry.get("image")),
    }


def used_sources(config: Configuration) -> list[str]:
    """Return the sources that have to be there: of the available figures and enhanced images."""
    images = {entry["image"] for entry in available_figures(config).values()}
    images |= {image for image in enhanced_images(config) if original(config, image) is None}
    return sorted({config["images"][image]["source"] for image in images})


def enhanced_images(config: Configuration) -> list[str]:
    """Return the images that are enhanced by themselves, in the configuration's order."""
    return [name for name, entry in config["images"].items() if entry["enhance"] is not None]


def enhance_options(config: Configuration, image: str) -> dict[str, Any]:
    """Return how an image is enhanced: its own options over the general ones."""
    return {**config["enhance"], **(config["images"][image]["enhance"] or {})}


def original(config: Configuration, image: str) -> str | None:
    """Return the file on this machine that an image is cut out of, None if it is fetched or made.

    Such a file is read where it lies, as a copy of each of a thousand is of no use.
    """
    return (config["sources"].get(config["images"][image]["source"]) or {}).get("path")


def viewed_images(config: Configuration) -> list[str]:
    """Return the images of the available figures, in the configuration's order."""
    shown = {entry["image"] for entry in available_figures(config).values()}
    return [image for image in config["images"] if image in shown]


def viewed_fits(config: Configuration, image: str) -> list[Fit]:
    """Return the fits that figures show of an image: SSSC first, small patches first."""
    entries = available_figures(config).values()
    fits = {fit for entry in entries for fit in fits_of(entry) if fit.image == image}
    return sorted(fits, key=lambda fit: (MODEL_NAMES.index(fit.model), fit.patch_size))


def figures_with(config: Configuration, need: str, image: str | None = None) -> list[str]:
    """Return the available figures that need files of a kind, of one image or of all."""
    return [
        name
        for name, entry in available_figures(config).items()
        if need in FIGURES[name].needs and image in (None, entry["image"])
    ]


def image_shape(config: Configuration, image: str) -> Shape | None:
    """Return the height and width of an image as the models see it, None if they are not known.

    The file of a source is looked into only where it is on this machine and nothing is cut out.
    """
    entry = config["images"][image]
    source = simulated_shape(config, entry["source"])
    path = original(config, image)
    if source is None and entry["crop"] is None and path and Path(path).is_file():
        from zeroshot_em.data.images import shapes

        source = shapes.image_shape(path)
    return shape_as_seen(entry, source)


def exported_maps(config: Configuration) -> list[tuple[Fit, str]]:
    """Return the fits and kinds of maps that are exported: what figures of one model show."""
    shown = {name: entry for name, entry in available_figures(config).items() if "model" in entry}
    fits = {fit for entry in shown.values() for fit in fits_of(entry)}
    kinds = {(fit, kind) for fit in fits for kind in ("denoised", "variance")}
    for name in figures_with(config, "mask"):
        kinds |= {(fit, "colorized") for fit in figure_fits(config, name)}
    return sorted(kinds)
