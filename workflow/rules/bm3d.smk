# One thread: the package's output depends on how many there are.
rule bm3d:
    input:
        image_path(),
    output:
        bm3d_path(),
    log:
        log_path("bm3d/{image}_s{sigma}"),
    benchmark:
        benchmark_path("bm3d/{image}_s{sigma}")
    conda:
        "../../envs/bm3d.yaml"
    threads: 1
    resources:
        mem_mb=mem_mb_of("bm3d"),
        runtime=runtime_of("bm3d"),
    params:
        code=script_code("bm3d.py"),
    script:
        "../scripts/bm3d.py"
