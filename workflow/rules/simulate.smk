rule simulate:
    output:
        noisy=f"{RESULTS}/scenes/{{source}}/noisy.tif",
        clean=f"{RESULTS}/scenes/{{source}}/clean.tif",
        cell_mask=f"{RESULTS}/scenes/{{source}}/cell_mask.tif",
        scene=f"{RESULTS}/scenes/{{source}}/scene.json",
    log:
        f"{RESULTS}/logs/simulate/{{source}}.log",
    benchmark:
        f"{RESULTS}/benchmark/simulate/{{source}}.tsv"
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        options=lookup(within=config, dpath="sources/{source}/simulate"),
        code=source_hash("zeroshot_em.data.simulation", "zeroshot_em.data.images"),
    script:
        "../scripts/simulate.py"
