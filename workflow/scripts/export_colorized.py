"""Write the picture of Fig. 1 at full size for use elsewhere."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.data.images import read_image
    from zeroshot_em.show.figures.export import export_colorized

    variance, mask = (read_image(snakemake.input[name]) for name in ("variance", "mask"))
    export_colorized(
        variance.pixels,
        mask.pixels,
        variance.pixel_size_nm,
        int(snakemake.wildcards.patch_size) - 1,
        tiff=snakemake.output.tiff,
        png=snakemake.output.png,
    )
