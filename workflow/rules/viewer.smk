rule viewer:
    input:
        [path for image in viewed_images() for path in viewed_paths(image)],
    output:
        f"{RESULTS}/viewer/index.html",
    log:
        f"{RESULTS}/logs/viewer.log",
    benchmark:
        f"{RESULTS}/benchmark/viewer.tsv"
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        images={i: viewed_files(i) | viewed_entries(i) for i in viewed_images()},
        run=lookup(within=config, dpath="run"),
        code=source_hash("zeroshot_em.show.viewer"),
    script:
        "../scripts/viewer.py"
