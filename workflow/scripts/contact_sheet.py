"""Show all enhanced images on one page, and write what became of them as a table."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.data.files import read_json
    from zeroshot_em.data.summary import table_row, write_table
    from zeroshot_em.show.sheet import write_contact_sheet

    summaries = [read_json(path) for path in snakemake.input.summaries]
    write_table(snakemake.output.table, [table_row(one["image"], one) for one in summaries])
    write_contact_sheet(
        snakemake.output.page, summaries, title=f"Images of the {snakemake.params.run} run"
    )
