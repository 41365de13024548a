"""Compare the files of a run with the table of what it made before."""

from job import job_log

with job_log(snakemake.log[0]):
    from pathlib import Path

    from zeroshot_em.run.verification.report import verify

    verify(Path(snakemake.params.table), Path(snakemake.params.folder), snakemake.input.files)
