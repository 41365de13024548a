rule preprocess:
    input:
        lambda wildcards: image_source(wildcards.image),
    output:
        f"{RESULTS}/images/{{image}}.tif",
    log:
        f"{RESULTS}/logs/preprocess/{{image}}.log",
    benchmark:
        f"{RESULTS}/benchmark/preprocess/{{image}}.tsv"
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        crop=lookup(within=config, dpath="images/{image}/crop"),
        subsample=lookup(within=config, dpath="images/{image}/subsample"),
        counts=converts_to_counts,
        pixel_size_nm=configured_pixel_size,
        code=source_hash(
            "zeroshot_em.core.preprocess",
            "zeroshot_em.core.noise.photon_transfer",
            "zeroshot_em.data.images",
        ),
    script:
        "../scripts/preprocess.py"


use rule preprocess as preprocess_truth with:
    input:
        lambda wildcards: f"{Path(image_source(wildcards.image)).parent}/{wildcards.truth}.tif",
    output:
        f"{RESULTS}/truth/{{image}}_{{truth}}.tif",
    log:
        f"{RESULTS}/logs/preprocess/{{image}}_{{truth}}.log",
    benchmark:
        f"{RESULTS}/benchmark/preprocess/{{image}}_{{truth}}.tsv"
