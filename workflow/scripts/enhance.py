"""Enhance one image, with what is not given chosen from it."""

import time

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input[0]):
    from zeroshot_em.core.enhancement import enhance
    from zeroshot_em.data.files import write_json
    from zeroshot_em.data.images import write_image
    from zeroshot_em.data.model_files import save_model
    from zeroshot_em.data.preparation import read_prepared
    from zeroshot_em.data.summary import summary_of

    image = read_prepared(snakemake.input[0], **snakemake.params.preparation)
    started = time.perf_counter()
    result = enhance(
        image.pixels,
        random_state=snakemake.params.seed,
        n_threads=snakemake.threads,
        **snakemake.params.options,
    )
    seconds = round(time.perf_counter() - started, 1)
    for kind in ("denoised", "variance"):
        write_image(snakemake.output[kind], getattr(result, kind), image.pixel_size_nm)
    save_model(snakemake.output.model, result.model)
    about = {"image": snakemake.wildcards.image, "file": snakemake.input[0]}
    write_json(snakemake.output.summary, about | summary_of(image, result) | {"seconds": seconds})
