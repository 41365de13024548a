"""Learn a model from the patches of an image."""

import time

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input[0]):
    from zeroshot_em.enhance import fit_model

    from zeroshot_em.images import read_image
    from zeroshot_em.models import save_model
    from zeroshot_em.provenance import versions

    how = {
        "image": snakemake.input[0],
        "model": snakemake.wildcards.model,
        "patch_size": int(snakemake.wildcards.patch_size),
        "random_state": snakemake.params.seed,
        **snakemake.params.options,
    }
    started = time.perf_counter()
    pixels = read_image(snakemake.input[0]).pixels
    model = fit_model(
        pixels,
        how["model"],
        how["patch_size"],
        random_state=how["random_state"],
        n_threads=snakemake.threads,
        **snakemake.params.options,
    )
    seconds = round(time.perf_counter() - started, 1)
    save_model(snakemake.output[0], model, **how, seconds=seconds, versions=versions())
