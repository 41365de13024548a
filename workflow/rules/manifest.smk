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
