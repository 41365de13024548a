rule fetch:
    input:
        local_original,
    output:
        image="resources/{source}/{file}",
        provenance="resources/{source}/{file}.json",
    log:
        "resources/logs/{source}/{file}.log",
    benchmark:
        "resources/benchmark/{source}/{file}.tsv"
    wildcard_constraints:
        file=r"[^/]+(?<!\.json)",
    localrule: True
    conda:
        "../../envs/images.yaml"
    threads: 1
    resources:
        downloads=1,
        mem_mb=1000,
        runtime=240,
    params:
        origin=lambda wildcards: source_entry(wildcards.source).origin(),
        unmet_pin=lambda wildcards: source_entry(wildcards.source).unmet_pin(FETCHED),
        request=fetch_request,
    script:
        "../scripts/fetch.py"


rule fetch_all:
    input:
        [source_path(source) for source in fetched_sources()],
        [provenance_path(source) for source in fetched_sources()],
    localrule: True
