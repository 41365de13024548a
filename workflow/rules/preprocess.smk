rule preprocess:
    input:
        raw_path,
    output:
        image_path(),
    log:
        log_path("preprocess/{image}"),
    benchmark:
        benchmark_path("preprocess/{image}")
    conda:
        "../../envs/images.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        crop=lookup(within=config, dpath="images/{image}/crop"),
        subsample=lookup(within=config, dpath="images/{image}/subsample"),
        counts=converts_to_counts,
        pixel_size_nm=configured_pixel_size,
        code=script_code("preprocess.py"),
    script:
        "../scripts/preprocess.py"


use rule preprocess as preprocess_truth with:
    input:
        raw_truth_path,
    output:
        truth_path(),
    log:
        log_path("preprocess/{image}_{truth}"),
    benchmark:
        benchmark_path("preprocess/{image}_{truth}")
