rule fit:
    input:
        image_path(),
    output:
        model_path(),
    log:
        log_path("fit/{image}/{model}_p{patch_size}"),
    benchmark:
        benchmark_path("fit/{image}/{model}_p{patch_size}")
    conda:
        "../../envs/models.yaml"
    threads: 4
    resources:
        mem_mb=mem_mb_of("fit"),
        runtime=runtime_of("fit"),
    params:
        options=fit_options,
        seed=lookup(within=config, dpath="seed"),
        code=script_code("fit.py"),
    script:
        "../scripts/fit.py"


rule reconstruct:
    input:
        image=image_path(),
        model=model_path(),
    output:
        denoised=map_path("denoised"),
        variance=map_path("variance"),
        within_variance=map_path("within_variance"),
        total_variance=map_path("total_variance"),
    log:
        log_path("reconstruct/{image}/{model}_p{patch_size}"),
    benchmark:
        benchmark_path("reconstruct/{image}/{model}_p{patch_size}")
    conda:
        "../../envs/models.yaml"
    threads: 4
    resources:
        mem_mb=mem_mb_of("reconstruct"),
        runtime=runtime_of("reconstruct"),
    params:
        merge=merge_option,
        code=script_code("reconstruct.py"),
    script:
        "../scripts/reconstruct.py"
