"""What the figures are made from, and what is said of them in the report."""

from types import SimpleNamespace

from zeroshot_em.data.sources.registry import registry

PAPER, BEYOND = "Figures of the paper", "Beyond the paper"


def figure_fits(name):
    """The image, model and patch size of each fit that a figure shows."""
    figure = config["figures"].get(name, {})
    if "model" in figure:
        return [(figure["image"], figure["model"], figure["patch_size"])]
    sizes = figure.get("patch_sizes", {})
    return [(figure["image"], m, p) for m in ("sssc", "gpmm") for p in sizes.get(m, [])]


def figure_settings(name, **more):
    """The parameters of a figure's rule: what the configuration says of it and its image."""
    settings = config["figures"].get(name, {})
    image = config["images"].get(settings.get("image"), {})
    fits = [SimpleNamespace(model=m, patch_size=p) for _, m, p in figure_fits(name)]
    return {
        "settings": settings | {"merges": list(map(merge_option, fits))} | more,
        "image_entry": image,
        "source_entry": registry(config["sources"]).get(image.get("source")) or {},
        "figure2": (
            config["figures"]["fig2"] if "fig2" in available_figures(config) else {}
        ),
        "code": source_hash(f"zeroshot_em.show.figures.{name}"),
    }


def figure_outputs(name, category=PAPER):
    """The files of a figure; its caption, written with it, stands in the report."""
    stem = f"{RESULTS}/figures/{name}"
    return {
        "png": report(
            f"{stem}.png",
            caption=Path(f"{stem}.txt").absolute().as_posix(),
            category=category,
            labels={"figure": f"Figure {name.removeprefix('fig')}"},
        ),
        "pdf": f"{stem}.pdf",
        "caption": f"{stem}.txt",
    }


def model_figure(name, *kinds):
    """An input function: the image, a model and some of its maps."""

    def files(wildcards):
        [fit] = figure_fits(name)
        maps = {kind: map_path(*fit, kind) for kind in kinds}
        return (
            {"image": image_path(fit[0]), "model": model_path(*fit)}
            | maps
            | truth(fit[0])
        )

    return files


def both_models_figure(name, *kinds):
    """An input function: the image, several fits of both models and some of their maps."""

    def files(wildcards):
        fits = figure_fits(name)
        image = image_path(config["figures"][name]["image"])
        maps = {kind: [map_path(*fit, kind) for fit in fits] for kind in kinds}
        return {"image": image, "model": [model_path(*fit) for fit in fits]} | maps

    return files


def sweep_figure(wildcards):
    """The image and what BM3D makes of it."""
    image = config["figures"]["fig6"]["image"]
    sweep = [bm3d_path(image, sigma) for sigma in config["bm3d"]["sigmas"]]
    return {"image": image_path(image), "bm3d": sweep} | truth(image)


def truth(image, kind="clean"):
    """The file that knows the truth, if the image is simulated."""
    source = config["images"][image]["source"]
    return {"truth": truth_path(image, kind)} if simulated(source) else {}


def mask_files(wildcards):
    """What the cell is found in, the painted mask if there is one, and the true cell."""
    [fit] = figure_fits("fig1")
    painted = mask_choice().get("file")
    given = {"painted": painted} if painted else {}
    return {"denoised": map_path(*fit, "denoised")} | given | truth(fit[0], "cell_mask")


def mask_choice():
    """How Fig. 1's cell is chosen."""
    return config["figures"].get("fig1", {}).get("mask") or {}


def export_paths():
    """The full-size pictures of the figures that show one model's maps."""
    shown = [
        name for name in available_figures(config) if "model" in config["figures"][name]
    ]
    kinds = {
        (fit, kind)
        for name in shown
        for fit in figure_fits(name)
        for kind in ("denoised", "variance")
    }
    kinds |= {(fit, "colorized") for fit in figure_fits("fig1") if "fig1" in shown}
    return [
        f"{RESULTS}/export/{image}_{model}_p{patch_size}_{kind}.{suffix}"
        for (image, model, patch_size), kind in sorted(kinds)
        for suffix in ("tif", "png")
    ]
