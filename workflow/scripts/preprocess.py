"""Cut an image out of a micrograph and keep every k-th pixel.

Grey values stay as they are unless counts are asked for.
"""

import logging

from job import job_log

logger = logging.getLogger("zeroshot_em")

with job_log(snakemake.log[0], about=snakemake.input[0]):
    from zeroshot_em.core.noise.photon_transfer import fit_photon_transfer, photon_transfer_facts
    from zeroshot_em.core.preprocess import crop, subsample
    from zeroshot_em.data.images import read_image, write_image
    from zeroshot_em.run.geometry import check_image

    micrograph = read_image(snakemake.input[0])
    pixels, pixel_size = micrograph.pixels, micrograph.pixel_size_nm
    if snakemake.params.crop:
        pixels = crop(pixels, **snakemake.params.crop)
    pixels = subsample(pixels, snakemake.params.subsample)
    check_image(snakemake.config, snakemake.wildcards.image, pixels.shape)
    logger.info("photon transfer: %s", photon_transfer_facts(pixels) or "cannot be estimated")
    if snakemake.params.counts:
        pixels = fit_photon_transfer(pixels).to_counts(pixels)
    pixel_size = snakemake.params.pixel_size_nm or pixel_size
    write_image(snakemake.output[0], pixels, pixel_size and pixel_size * snakemake.params.subsample)
