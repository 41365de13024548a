rule manifest:
    input:
        outputs=run_outputs(),
        provenance=[provenance_path(source) for source in used_sources()],
    output:
        f"{RESULTS}/manifest.json",
    log:
        f"{RESULTS}/logs/manifest.log",
    benchmark:
        f"{RESULTS}/benchmark/manifest.tsv"
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        provenance={source: provenance_path(source) for source in used_sources()},
        code=source_hash("zeroshot_em.data.provenance"),
    script:
        "../scripts/manifest.py"
