"""What figures, exported pictures and the viewer are made from, as the table of figures says."""

from zeroshot_em.show.figures.table import FIGURES, figure_number

MAP_KINDS = ("denoised", "variance", "within_variance", "total_variance")


def figure_inputs(name):
    """An input function: the image and what else the table says that a figure needs."""

    def files(wildcards):
        with input_errors_end_program():
            image = plan.figure_entry(config, name)["image"]
        needed = {need: needed_paths(name, image, need) for need in FIGURES[name].needs}
        return {"image": image_path(image)} | needed

    return files


def needed_paths(name, image, need):
    """The files of a kind that a figure is made from."""
    fits = plan.figure_fits(config, name)
    match need:
        case "model":
            return [model_path(*fit) for fit in fits]
        case "truth":
            return truth_paths(image, "clean")
        case "bm3d":
            return bm3d_paths(image)
        case "baselines":
            return bm3d_paths(image) if config["bm3d"]["enabled"] else []
        case "enhanced":
            return [*enhanced_maps(image), enhanced_path("summary.json", image)]
        case "mask":
            return mask_path("tif")
        case "mask_report":
            return mask_path("json")
    return [map_path(need, *fit) for fit in fits]


def truth_paths(image, kind):
    """The file that knows the truth, if the image is simulated."""
    source = config["images"][image]["source"]
    return [truth_path(image, kind)] if simulated(source) else []


def known_truth(image):
    """The noise-free image in the unit of the image, if there is one."""
    return [] if config["images"][image]["counts"] else truth_paths(image, "clean")


def bm3d_paths(image):
    return [bm3d_path(image, f"{sigma:g}") for sigma in config["bm3d"]["sigmas"]]


def figure_outputs(name):
    """The files of a figure; its caption, written with it, stands in the report."""
    caption = figure_path(name, "txt")
    # A module's prefix is put before outputs by snakemake, but not before captions.
    written = Path(workflow.modifier.modify_path(caption)).absolute()
    return {
        "png": report(
            figure_path(name, "png"),
            caption=written.as_posix(),
            category=FIGURES[name].category,
            labels={
                "figure": f"Figure {figure_number(name)}",
                "shows": FIGURES[name].shows,
            },
        ),
        "pdf": figure_path(name, "pdf"),
        "caption": caption,
    }


def enhanced_maps(image):
    return [enhanced_path(f"{kind}.tif", image) for kind in ("denoised", "variance")]


def mask_choice():
    """How Fig. 1's cell is chosen."""
    return config["figures"].get("fig1", {}).get("mask") or {}


def mask_inputs(wildcards):
    """What the cell is found in, the painted mask if there is one, and the true cell."""
    with input_errors_end_program():
        [fit] = plan.figure_fits(config, "fig1")
    painted = mask_choice().get("file")
    return {
        "denoised": map_path("denoised", *fit),
        "painted": local(painted) if painted else [],
        "truth": truth_paths(fit.image, "cell_mask"),
    }


def exported_paths():
    """The full-size pictures of the figures that show one model's maps."""
    return [
        export_path(kind, suffix, *fit)
        for fit, kind in plan.exported_maps(config)
        for suffix in ("tif", "png")
    ]


def viewer_inputs(wildcards):
    """The files that the page shows, by what they are and the image that they are of."""
    return {
        f"{what}_of_{image}": paths
        for image in plan.viewed_images(config)
        for what, paths in viewed_paths(image).items()
    }


def viewed_paths(image):
    """The files that show an image, by what they are."""
    fits = plan.viewed_fits(config, image)
    maps = [map_path(kind, *fit) for fit in fits for kind in MAP_KINDS]
    if plan.figures_with(config, "bm3d", image):
        maps += bm3d_paths(image)
    if plan.figures_with(config, "enhanced", image):
        maps += enhanced_maps(image)
    maps += known_truth(image)
    return {
        "input": image_path(image),
        "maps": maps,
        "models": [model_path(*fit) for fit in fits],
        "colorized": [
            export_path("colorized", "tif", *fit)
            for name in plan.figures_with(config, "mask", image)
            for fit in plan.figure_fits(config, name)
        ],
    }


def viewed_facts(image):
    """What the page says of an image beside what its files say."""
    options = [
        plan.model_options(config, fit.model, fit.patch_size)
        for fit in plan.viewed_fits(config, image)
    ]
    merges = [option["merge"] for option in options]
    return {"merges": merges, **plan.image_entries(config, image)}
