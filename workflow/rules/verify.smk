# Neither rule has an output: each does its work whenever it is asked for.


rule verify:
    input:
        files=verified_paths(),
    log:
        log_path("verify"),
    localrule: True
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        folder=lambda wildcards: RUN_FOLDER,
        table=known_reference(),
    script:
        "../scripts/verify.py"


rule reference:
    input:
        files=verified_paths(),
    log:
        log_path("reference"),
    localrule: True
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        folder=lambda wildcards: RUN_FOLDER,
        table=REFERENCE,
    script:
        "../scripts/reference.py"
