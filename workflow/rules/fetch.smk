from zeroshot_em.datasets.registry import origin, unmet_pin


def fetched_sources():
    """The used sources that are fetched, not simulated."""
    return [source for source in used_sources() if not simulated(source)]


def local_original(wildcards):
    """The file on this machine that a source is a copy of, if it is one and there."""
    path = Path(find(wildcards.source, config["sources"]).get("path") or "")
    return path.as_posix() if path.is_file() else []


rule fetch:
    input:
        local_original,
    output:
        image="resources/{source}/{file}",
        provenance="resources/{source}/{file}.json",
    log:
        "resources/logs/{source}/{file}.log",
    wildcard_constraints:
        file=r"[^/]+(?<!\.json)",
    localrule: True
    threads: 1
    resources:
        downloads=1,
        mem_mb=1000,
        runtime=240,
    params:
        origin=lambda wildcards: origin(find(wildcards.source, config["sources"])),
        unmet_pin=lambda wildcards: unmet_pin(
            wildcards.source, find(wildcards.source, config["sources"])
        ),
    script:
        "../scripts/fetch.py"


rule fetch_all:
    input:
        [source_path(source) for source in fetched_sources()],
        [provenance_path(source) for source in fetched_sources()],
    localrule: True
