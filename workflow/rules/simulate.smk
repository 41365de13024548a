rule simulate:
    output:
        noisy=scene_path("noisy.tif"),
        clean=scene_path("clean.tif"),
        cell_mask=scene_path("cell_mask.tif"),
        scene=scene_path("scene.json"),
    log:
        log_path("simulate/{source}"),
    benchmark:
        benchmark_path("simulate/{source}")
    conda:
        "../../envs/images.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        options=lookup(within=config, dpath="sources/{source}/simulate"),
        code=script_code("simulate.py"),
    script:
        "../scripts/simulate.py"
