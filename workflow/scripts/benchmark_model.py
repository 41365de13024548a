"""Enhance a case by one of the two models."""

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input[0]):
    from zeroshot_em.data.evaluation.cases import Case, write_arrays
    from zeroshot_em.data.evaluation.methods import estimate_by_model

    case = Case.read(snakemake.input[0])
    given = snakemake.wildcards.ours, snakemake.params.options, snakemake.params.seed
    write_arrays(snakemake.output[0], **estimate_by_model(case, *given, snakemake.threads))
