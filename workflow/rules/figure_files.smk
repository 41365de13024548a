"""What the figures are made from, and what is said of them in the report."""

from zeroshot_em.datasets.registry import registry

PAPER, BEYOND = "Figures of the paper", "Beyond the paper"


def figure_settings(name, **more):
    """The parameters of a figure's rule: what the configuration says of it and its image."""
    settings = config["figures"].get(name, {})
    image = config["images"].get(settings.get("image"), {})
    source = image.get("source")
    return {
        "settings": settings | more,
        "image_entry": image,
        "source_entry": registry(config["sources"]).get(source) or {},
        "code": source_hash(f"zeroshot_em.figures.{name}"),
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
        figure = config["figures"][name]
        fit = (figure["image"], figure["model"], figure["patch_size"])
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
        figure = config["figures"][name]
        image = figure["image"]
        fits = [
            (m, p) for m in ("sssc", "gpmm") for p in figure["patch_sizes"].get(m, [])
        ]
        models = {
            "image": image_path(image),
            "model": [model_path(image, *fit) for fit in fits],
        }
        return models | {
            kind: [map_path(image, *fit, kind) for fit in fits] for kind in kinds
        }

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
    figure = config["figures"]["fig1"]
    mean = map_path(figure["image"], figure["model"], figure["patch_size"], "mean")
    painted = mask_choice().get("file")
    given = {"painted": painted} if painted else {}
    return {"mean": mean} | given | truth(figure["image"], "cell_mask")


def mask_choice():
    """How Fig. 1's cell is chosen."""
    return config["figures"].get("fig1", {}).get("mask") or {}


def export_paths():
    """The full-size pictures of the figures that show one model's maps."""
    shown = [(name, config["figures"][name]) for name in available_figures(config)]
    fits = {
        (figure["image"], figure["model"], figure["patch_size"]): name
        for name, figure in reversed(shown)
        if "model" in figure
    }
    return [
        f"{RESULTS}/export/{image}_{model}_p{patch_size}_{kind}.{suffix}"
        for (image, model, patch_size), name in sorted(fits.items())
        for kind in ("denoised", "variance") + ("colorized",) * (name == "fig1")
        for suffix in ("tif", "png")
    ]
