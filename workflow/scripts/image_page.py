"""Show one enhanced image: a page that compares its maps, a preview and a thumbnail."""

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input.original):
    from zeroshot_em.data.files import read_json
    from zeroshot_em.data.images import read_image
    from zeroshot_em.data.preparation import read_prepared
    from zeroshot_em.show.sheet.enhanced import EnhancedImage

    shown = EnhancedImage(
        snakemake.wildcards.image,
        read_prepared(snakemake.input.original, **snakemake.params.preparation),
        read_image(snakemake.input.denoised).pixels,
        read_image(snakemake.input.variance).pixels,
        read_json(snakemake.input.summary),
        **snakemake.params.facts,
    )
    shown.write_page(snakemake.output.page)
    shown.write_preview(snakemake.output.preview)
    shown.write_thumbnail(snakemake.output.thumbnail)
