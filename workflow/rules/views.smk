"""What the page that compares maps shows of each image."""

MAP_KINDS = ("mean", "variance", "within_variance", "total_variance")


def viewing_figures(image):
    """The available figures that show an image, by name."""
    shown = {name: config["figures"][name] for name in available_figures(config)}
    return {name: figure for name, figure in shown.items() if figure["image"] == image}


def viewed_images():
    """The images of the available figures, in the configuration's order."""
    return [image for image in config["images"] if viewing_figures(image)]


def viewed_fits(image):
    """The models and patch sizes that figures show of an image, in a fixed order."""
    fits = set()
    for figure in viewing_figures(image).values():
        if "model" in figure:
            fits.add((figure["model"], figure["patch_size"]))
        for model, sizes in figure.get("patch_sizes", {}).items():
            fits |= {(model, patch_size) for patch_size in sizes}
    return sorted(fits, key=lambda fit: (fit[0] != "sssc", fit[1]))


def viewed_maps(image):
    """The maps of an image: those of its models, and BM3D where a figure shows it."""
    fits = viewed_fits(image)
    maps = [map_path(image, *fit, kind) for fit in fits for kind in MAP_KINDS]
    if "fig6" in viewing_figures(image):
        maps += [bm3d_path(image, sigma) for sigma in config["bm3d"]["sigmas"]]
    return maps


def viewed_files(image):
    """The files that show an image, by what they are."""
    return {
        "input_path": image_path(image),
        "map_paths": viewed_maps(image),
        "simulated": simulated(config["images"][image]["source"]),
    }
