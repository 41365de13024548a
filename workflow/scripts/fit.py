"""Learn a model from the patches of an image."""

import time

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input[0]):
    from zeroshot_em.core.enhancement import fit_model
    from zeroshot_em.core.models.registry import fit_settings
    from zeroshot_em.data.images import read_image
    from zeroshot_em.data.model_files import save_model
    from zeroshot_em.data.provenance import versions

    patch_size = int(snakemake.wildcards.patch_size)
    started = time.perf_counter()
    model = fit_model(
        read_image(snakemake.input[0]).pixels,
        snakemake.wildcards.model,
        patch_size,
        random_state=snakemake.params.seed,
        n_threads=snakemake.threads,
        **snakemake.params.options,
    )
    save_model(
        snakemake.output[0],
        model,
        image=snakemake.input[0],
        patch_size=patch_size,
        **snakemake.params.options | fit_settings(model),
        seconds=round(time.perf_counter() - started, 1),
        versions=versions(),
    )
