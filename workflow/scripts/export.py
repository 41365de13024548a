"""Write the denoised image and the variance at full size for use elsewhere."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.data.images import read_image
    from zeroshot_em.show.figures.export import export_map

    border = int(snakemake.wildcards.patch_size) - 1
    for name in ("denoised", "variance"):
        image = read_image(snakemake.input[name])
        export_map(
            image.pixels,
            image.pixel_size_nm,
            border,
            tiff=snakemake.output[f"{name}_tiff"],
            png=snakemake.output[f"{name}_png"],
        )
