"""Draw one figure and write its caption."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.show.figures.making import Materials, make_figure

    materials = Materials(dict(snakemake.input.items()), **snakemake.params.about)
    make_figure(snakemake.params.figure, materials, **dict(snakemake.output.items()))
