"""What the page that compares maps shows of each image."""

MAP_KINDS = ("denoised", "variance", "within_variance", "total_variance")


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


def colorized_path(image):
    """The colourised variance image, where Fig. 1 is made from an image."""
    if "fig1" not in viewing_figures(image):
        return None
    figure = config["figures"]["fig1"]
    return f"{RESULTS}/export/{image}_{figure['model']}_p{figure['patch_size']}_colorized.tif"


def viewed_files(image):
    """The files that show an image, by what they are."""
    return {
        "input_path": image_path(image),
        "map_paths": viewed_maps(image),
        "model_paths": [model_path(image, *fit) for fit in viewed_fits(image)],
        "merges": [
            merge_option(SimpleNamespace(model=m, patch_size=p))
            for m, p in viewed_fits(image)
        ],
        "colorized_path": colorized_path(image),
    }


def viewed_paths(image):
    """All the files that show an image."""
    files = viewed_files(image)
    paths = [files["input_path"], *files["map_paths"], *files["model_paths"]]
    return paths + [path for path in [files["colorized_path"]] if path]


def viewed_entries(image):
    """What the configuration says of an image."""
    entry = config["images"][image]
    return {
        "image_entry": entry,
        "source_entry": find(entry["source"], config["sources"]),
    }
