# Neither rule has an output: each does its work whenever it is asked for.

RUN_FOLDER = workflow.modifier.modify_path(f"{RESULTS}/")
REFERENCE = f"config/reference/{config['run']}.json"


def verified_paths():
    """The files that follow from the configuration bit by bit: images, models, maps, figures."""
    shown = [viewed_paths(image) for image in plan.viewed_images(config)]
    made = [[files["input"], *files["models"], *files["maps"]] for files in shown]
    figures = [figure_path(name, "png") for name in plan.available_figures(config)]
    return sum(made, figures)


def known_reference():
    """The table of the run: of this folder if it has one, else of the checkout."""
    here = Path(REFERENCE)
    return (here if here.is_file() else CHECKOUT / here).as_posix()


rule verify:
    input:
        files=verified_paths(),
    log:
        log_path("verify"),
    localrule: True
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        folder=RUN_FOLDER,
        table=known_reference(),
    script:
        "../scripts/verify.py"


rule reference:
    input:
        files=verified_paths(),
    log:
        log_path("reference"),
    localrule: True
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        folder=RUN_FOLDER,
        table=REFERENCE,
    script:
        "../scripts/reference.py"
