"""Denoise an image by BM3D at one assumed noise level."""

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input[0]):
    from zeroshot_em.core.models.bm3d import denoise
    from zeroshot_em.data.images import read_image, write_image

    micrograph = read_image(snakemake.input[0])
    denoised = denoise(
        micrograph.pixels, float(snakemake.wildcards.sigma), n_threads=snakemake.threads
    )
    write_image(snakemake.output[0], denoised, micrograph.pixel_size_nm)
