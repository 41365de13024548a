"""Fetch the image of a source, with its provenance beside it."""

from pathlib import Path

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.datasets import fetch, find

    name = snakemake.wildcards.source
    provenance = fetch(
        find(name, snakemake.config["sources"]),
        Path(snakemake.output.image).parent,
        name=name,
        data_folder=snakemake.config["data_folder"],
    )
    print(f"To pin these bytes, put this line under sources:\n  {provenance['pin']}")
