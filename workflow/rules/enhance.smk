# Images that are enhanced by themselves, as by `zeroshot-em enhance`; a table names a thousand.


rule enhance:
    input:
        enhanced_original,
    output:
        denoised=enhanced_path("denoised.tif"),
        variance=enhanced_path("variance.tif"),
        model=enhanced_path("model.npz"),
        summary=enhanced_path("summary.json"),
    log:
        log_path("enhance/{image}"),
    benchmark:
        benchmark_path("enhance/{image}")
    conda:
        "../../envs/enhance.yaml"
    threads: 1
    resources:
        mem_mb=mem_mb_of("enhance"),
        runtime=runtime_of("enhance"),
    params:
        preparation=preparation,
        options=enhance_options,
        seed=lookup(within=config, dpath="seed"),
        code=script_code("enhance.py"),
    script:
        "../scripts/enhance.py"


rule image_page:
    input:
        original=enhanced_original,
        denoised=enhanced_path("denoised.tif"),
        variance=enhanced_path("variance.tif"),
        summary=enhanced_path("summary.json"),
    output:
        page=page_path(),
        thumbnail=thumbnail_path(),
        preview=enhanced_path("preview.png"),
    log:
        log_path("image_page/{image}"),
    benchmark:
        benchmark_path("image_page/{image}")
    conda:
        "../../envs/enhance.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        preparation=preparation,
        facts=lambda wildcards: plan.image_entries(config, wildcards.image),
        code=script_code("image_page.py"),
    script:
        "../scripts/image_page.py"


rule contact_sheet:
    input:
        summaries=enhanced_paths("summary.json"),
        thumbnails=[thumbnail_path(image) for image in ENHANCED],
        pages=[page_path(image) for image in ENHANCED],
    output:
        page=f"{RESULTS}/enhanced/index.html",
        table=f"{RESULTS}/enhanced/summary.csv",
    log:
        log_path("contact_sheet"),
    benchmark:
        benchmark_path("contact_sheet")
    conda:
        "../../envs/enhance.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        run=lookup(within=config, dpath="run"),
        code=script_code("contact_sheet.py"),
    script:
        "../scripts/contact_sheet.py"
