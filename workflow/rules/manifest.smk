rule manifest:
    input:
        outputs=run_outputs(),
        provenance=[provenance_path(source) for source in plan.used_sources(config)],
    output:
        f"{RESULTS}/manifest.json",
    log:
        log_path("manifest"),
    benchmark:
        benchmark_path("manifest")
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        sources=plan.used_sources(config),
        config=config,
        code=script_code("manifest.py"),
    script:
        "../scripts/manifest.py"
