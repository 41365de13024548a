rule export:
    input:
        denoised=map_path("denoised"),
        variance=map_path("variance"),
    output:
        denoised_tiff=export_path("denoised", "tif"),
        denoised_png=export_path("denoised", "png"),
        variance_tiff=export_path("variance", "tif"),
        variance_png=export_path("variance", "png"),
    log:
        log_path("export/{image}_{model}_p{patch_size}"),
    benchmark:
        benchmark_path("export/{image}_{model}_p{patch_size}")
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=script_code("export.py"),
    script:
        "../scripts/export.py"


rule export_colorized:
    input:
        variance=map_path("variance"),
        mask=mask_path("tif"),
    output:
        tiff=export_path("colorized", "tif"),
        png=export_path("colorized", "png"),
    log:
        log_path("export/{image}_{model}_p{patch_size}_colorized"),
    benchmark:
        benchmark_path("export/{image}_{model}_p{patch_size}_colorized")
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=script_code("export_colorized.py"),
    script:
        "../scripts/export_colorized.py"
