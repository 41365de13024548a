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


rule manifest:
    input:
        files=crate_files(),
        provenance=[provenance_path(source) for source in plan.used_sources(config)],
    output:
        f"{RESULTS}/ro-crate-metadata.json",
        f"{RESULTS}/configuration.json",
        directory(f"{RESULTS}/workflow"),
    log:
        log_path("manifest"),
    benchmark:
        benchmark_path("manifest")
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        sources=plan.used_sources(config),
        config=config,
        jobs=lambda wildcards, input: {path: job_of(path) for path in input.files},
        code=script_code("manifest.py"),
    script:
        "../scripts/manifest.py"
