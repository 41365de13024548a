"""Write the table that later runs are compared with."""

from job import job_log

with job_log(snakemake.log[0]):
    from pathlib import Path

    from zeroshot_em.run.verification.table import tabulate, write_table

    folder, table = Path(snakemake.params.folder), Path(snakemake.params.table)
    write_table(table, tabulate(folder, snakemake.input.files))
    print(f"{table} holds {len(snakemake.input.files)} files")
