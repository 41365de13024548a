"""Draw one figure of the benchmark and write its caption."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.data.files import read_json
    from zeroshot_em.show.benchmark import make_figure

    rows = read_json(snakemake.input[0])
    files = dict(snakemake.output.items())
    make_figure(snakemake.wildcards.figure, rows, snakemake.params.about, **files)
