"""Write the mean and the variance at full size for use elsewhere."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.figures.export import export_map
    from zeroshot_em.images import read_image

    border = int(snakemake.wildcards.patch_size) - 1
    for name, source in (("denoised", "mean"), ("variance", "variance")):
        image = read_image(snakemake.input[source])
        export_map(
            image.pixels,
            image.pixel_size_nm,
            border,
            tiff=snakemake.output[f"{name}_tiff"],
            png=snakemake.output[f"{name}_png"],
        )
