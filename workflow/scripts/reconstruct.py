"""Apply a learned model to an image: mean and variances of each pixel."""

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input.image):
    from zeroshot_em.core.learning import apply_model
    from zeroshot_em.data.images import read_image, write_image
    from zeroshot_em.data.model_files import load_model

    micrograph = read_image(snakemake.input.image)
    model = load_model(snakemake.input.model)
    result = apply_model(
        model, micrograph.pixels, merge=snakemake.params.merge, n_threads=snakemake.threads
    )
    for kind, path in snakemake.output.items():
        write_image(path, getattr(result, kind), micrograph.pixel_size_nm)
