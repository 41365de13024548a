"""Learn a model from the patches of an image."""

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input[0]):
    from zeroshot_em.core.learning import N_ROUNDS, fit_model
    from zeroshot_em.data.images import read_image
    from zeroshot_em.data.model_files import save_model
    from zeroshot_em.data.provenance import versions

    model = fit_model(
        read_image(snakemake.input[0]).pixels,
        snakemake.wildcards.model,
        int(snakemake.wildcards.patch_size),
        random_state=snakemake.params.seed,
        n_threads=snakemake.threads,
        **snakemake.params.options,
    )
    save_model(
        snakemake.output[0],
        model,
        image=snakemake.input[0],
        n_rounds=snakemake.params.options.get("n_rounds", N_ROUNDS),
        versions=versions(),
    )
