"""Cut an image out of a micrograph and keep every k-th pixel; grey values stay as they are."""

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input[0]):
    from zeroshot_em.images import read_image, write_image
    from zeroshot_em.preprocess import crop, subsample

    micrograph = read_image(snakemake.input[0])
    pixels, pixel_size = micrograph.pixels, micrograph.pixel_size_nm
    if snakemake.params.crop:
        pixels = crop(pixels, **snakemake.params.crop)
    pixels = subsample(pixels, snakemake.params.subsample)
    pixel_size = snakemake.params.pixel_size_nm or pixel_size
    write_image(snakemake.output[0], pixels, pixel_size and pixel_size * snakemake.params.subsample)
