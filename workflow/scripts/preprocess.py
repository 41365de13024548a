"""Cut an image out of a micrograph and keep every k-th pixel.

Grey values stay as they are unless counts are asked for.
"""

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input[0]):
    from zeroshot_em.data.images import write_image
    from zeroshot_em.data.preparation import read_prepared
    from zeroshot_em.run.geometry import check_image

    crop = snakemake.params.crop
    image = read_prepared(
        snakemake.input[0],
        crop=crop and [crop[edge] for edge in ("x", "y", "width", "height")],
        subsample=snakemake.params.subsample,
        pixel_size=snakemake.params.pixel_size_nm,
        counts=snakemake.params.counts,
    )
    check_image(snakemake.config, snakemake.wildcards.image, image.pixels.shape)
    write_image(snakemake.output[0], image.pixels, image.pixel_size_nm)
