"""Write down what the run was made from and by, with checksums of what it made."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.data.provenance import write_manifest

    write_manifest(
        snakemake.output[0],
        outputs=snakemake.input.outputs,
        provenance=dict(zip(snakemake.params.sources, snakemake.input.provenance, strict=True)),
        config=snakemake.params.config,
    )
