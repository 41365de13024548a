"""Measure what all methods make of a case."""

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input.case):
    from zeroshot_em.data.evaluation.cases import Case, write_arrays
    from zeroshot_em.data.evaluation.collecting import measure_case
    from zeroshot_em.data.files import write_json

    estimates = {name: snakemake.input[name] for name in snakemake.params.methods}
    case = Case.read(snakemake.input.case)
    rows, errors = measure_case(case, estimates, snakemake.params.facts)
    write_json(snakemake.output.rows, rows)
    write_arrays(snakemake.output.errors, **errors)
