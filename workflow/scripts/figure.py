"""Draw one figure and write its caption."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.show.figures import Materials, make_figure

    params = snakemake.params
    materials = Materials(
        dict(snakemake.input.items()),
        params.settings,
        params.image_entry,
        params.source_entry,
        params.figure2,
    )
    make_figure(snakemake.rule, materials, **dict(snakemake.output.items()))
