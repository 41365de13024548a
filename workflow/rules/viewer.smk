rule viewer:
    input:
        unpack(viewer_inputs),
    output:
        f"{RESULTS}/viewer/index.html",
    log:
        log_path("viewer"),
    benchmark:
        benchmark_path("viewer")
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        images={image: viewed_facts(image) for image in plan.viewed_images(config)},
        run=lookup(within=config, dpath="run"),
        code=script_code("viewer.py"),
    script:
        "../scripts/viewer.py"
