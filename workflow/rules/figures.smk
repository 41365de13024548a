# One rule a figure, from the table of figures: `snakemake fig4` makes Fig. 4 and what it needs.

from zeroshot_em.show.figures.table import FIGURES, figure_number


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
        case "mask":
            return mask_path("tif")
        case "mask_report":
            return mask_path("json")
    return [map_path(need, *fit) for fit in fits]


def truth_paths(image, kind):
    """The file that knows the truth, if the image is simulated."""
    source = config["images"][image]["source"]
    return [truth_path(image, kind)] if simulated(source) else []


def bm3d_paths(image):
    return [bm3d_path(image, f"{sigma:g}") for sigma in config["bm3d"]["sigmas"]]


def figure_outputs(name):
    """The files of a figure; its caption, written with it, stands in the report."""
    caption = figure_path(name, "txt")
    return {
        "png": report(
            figure_path(name, "png"),
            caption=Path(caption).absolute().as_posix(),
            category=FIGURES[name].category,
            labels={"figure": f"Figure {figure_number(name)}"},
        ),
        "pdf": figure_path(name, "pdf"),
        "caption": caption,
    }


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
        "painted": [painted] if painted else [],
        "truth": truth_paths(fit.image, "cell_mask"),
    }


rule cell_mask:
    input:
        unpack(mask_inputs),
    output:
        mask=mask_path("tif"),
        report=mask_path("json"),
    log:
        log_path("figures/cell_mask"),
    benchmark:
        benchmark_path("figures/cell_mask")
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        choice=mask_choice(),
        code=script_code("mask.py"),
    script:
        "../scripts/mask.py"


for name in FIGURES:

    rule:
        name:
            name
        input:
            unpack(figure_inputs(name)),
        output:
            **figure_outputs(name),
        log:
            log_path(f"figures/{name}"),
        benchmark:
            benchmark_path(f"figures/{name}")
        conda:
            "../../envs/zeroshot-em.yaml"
        threads: 1
        resources:
            mem_mb=1500,
            runtime=5,
        params:
            figure=name,
            about=plan.figure_settings(config, name),
            code=script_code("figure.py", f"zeroshot_em.show.figures.{name}"),
        script:
            "../scripts/figure.py"
