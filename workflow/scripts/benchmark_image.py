"""Take an image without a known truth as a case of the benchmark."""

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input[0]):
    from zeroshot_em.data.evaluation.cases import Case
    from zeroshot_em.data.images import read_image

    Case(read_image(snakemake.input[0]).pixels.astype(float)).save(snakemake.output[0])
