"""Put the measurements of all cases into tables."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.data.evaluation.cases import read_arrays
    from zeroshot_em.data.evaluation.collecting import calibration_rows, write_csv
    from zeroshot_em.data.files import atomic_path, read_json, write_json
    from zeroshot_em.show.benchmark.tables import tables_page

    facts = dict(snakemake.params.facts)
    measured = [read_json(path) for path in snakemake.input.rows]
    errors = dict(zip(facts, map(read_arrays, snakemake.input.errors), strict=True))
    rows = {kind: [row for held in measured for row in held[kind]] for kind in measured[0]}
    rows["calibration"] = calibration_rows(errors, facts)
    for kind, held in rows.items():
        write_csv(snakemake.output[kind], held)
    write_json(snakemake.output.rows, rows)
    with atomic_path(snakemake.output.tables) as partial:
        partial.write_text(tables_page(rows), encoding="utf-8")
