# One thread: the package's output depends on how many there are.
rule bm3d:
    input:
        f"{RESULTS}/images/{{image}}.tif",
    output:
        f"{RESULTS}/maps/{{image}}/bm3d_s{{sigma}}.tif",
    log:
        f"{RESULTS}/logs/bm3d/{{image}}_s{{sigma}}.log",
    benchmark:
        f"{RESULTS}/benchmark/bm3d/{{image}}_s{{sigma}}.tsv"
    conda:
        "../../envs/bm3d.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=source_hash("zeroshot_em.core.models.bm3d", "zeroshot_em.data.images"),
    script:
        "../scripts/bm3d.py"
