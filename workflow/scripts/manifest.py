"""Write down what the run was made from and by, with checksums of what it made."""

from job import job_log

with job_log(snakemake.log[0]):
    from pathlib import Path

    from zeroshot_em.run.crate import Run, write_crate

    run = Run(
        folder=Path(snakemake.output[0]).parent,
        files=snakemake.input.files,
        jobs=snakemake.params.jobs,
        sources=dict(zip(snakemake.params.sources, snakemake.input.provenance, strict=True)),
        config=snakemake.params.config,
    )
    write_crate(run)
