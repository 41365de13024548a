# What a run makes, as its crate holds it and its verification compares it.

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


def crate_files():
    """Every file of the run that its crate holds."""
    captions = [figure_path(name, "txt") for name in plan.available_figures(config)]
    scenes = [source_path(s) for s in plan.used_sources(config) if simulated(s)]
    return sorted({*run_outputs(), *captions, *scenes, *verified_paths()})


def job_of(path):
    """The job that makes a file: its name, its script, and where its benchmark lies."""
    matches = (
        (maker, found)
        for maker in workflow.rules
        for output in maker.output
        if (found := output.match(path))
    )
    maker, found = next(matches)
    benchmark = str(maker.benchmark.apply_wildcards(found.groupdict()))
    name = Path(benchmark).relative_to(f"{RUN_FOLDER}benchmark").with_suffix("")
    return {
        "name": name.as_posix(),
        "script": f"workflow/scripts/{Path(maker.script).name}",
        "benchmark": benchmark,
    }
