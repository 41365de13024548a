rule fit:
    input:
        f"{RESULTS}/images/{{image}}.tif",
    output:
        f"{RESULTS}/models/{{image}}/{{model}}_p{{patch_size}}.npz",
    log:
        f"{RESULTS}/logs/fit/{{image}}/{{model}}_p{{patch_size}}.log",
    benchmark:
        f"{RESULTS}/benchmark/fit/{{image}}/{{model}}_p{{patch_size}}.tsv"
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 4
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        options=fit_options,
        seed=lookup(within=config, dpath="seed"),
        code=source_hash(
            "zeroshot_em.core.enhancement",
            "zeroshot_em.data.model_files",
            "zeroshot_em.data.images",
        ),
    script:
        "../scripts/fit.py"


rule reconstruct:
    input:
        image=f"{RESULTS}/images/{{image}}.tif",
        model=f"{RESULTS}/models/{{image}}/{{model}}_p{{patch_size}}.npz",
    output:
        denoised=f"{RESULTS}/maps/{{image}}/{{model}}_p{{patch_size}}_denoised.tif",
        variance=f"{RESULTS}/maps/{{image}}/{{model}}_p{{patch_size}}_variance.tif",
        within_variance=f"{RESULTS}/maps/{{image}}/{{model}}_p{{patch_size}}_within_variance.tif",
        total_variance=f"{RESULTS}/maps/{{image}}/{{model}}_p{{patch_size}}_total_variance.tif",
    log:
        f"{RESULTS}/logs/reconstruct/{{image}}/{{model}}_p{{patch_size}}.log",
    benchmark:
        f"{RESULTS}/benchmark/reconstruct/{{image}}/{{model}}_p{{patch_size}}.tsv"
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 4
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        merge=merge_option,
        code=source_hash(
            "zeroshot_em.core.enhancement",
            "zeroshot_em.data.model_files",
            "zeroshot_em.data.images",
        ),
    script:
        "../scripts/reconstruct.py"
