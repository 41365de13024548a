"""Fetch the image of a source, with its provenance beside it."""

from pathlib import Path

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.data.sources import fetch, find

    request = snakemake.params.request
    fetch(
        find(snakemake.wildcards.source, request["sources"]),
        Path(snakemake.output.image).parent,
        data_folder=request["data_folder"],
    )
