"""Denoise a case by a baseline."""

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input[0]):
    from zeroshot_em.data.evaluation.cases import Case, write_arrays
    from zeroshot_em.data.evaluation.methods import estimate_by_baseline

    case = Case.read(snakemake.input[0])
    estimate = estimate_by_baseline(case, snakemake.params.method, snakemake.params.seed)
    write_arrays(snakemake.output[0], **estimate)
