"""Put the maps of a run into a page that compares them."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.show.viewer import build_viewer, read_viewer_image

    images = [read_viewer_image(name, **files) for name, files in snakemake.params.images.items()]
    build_viewer(images, snakemake.output[0], title=f"Maps of the {snakemake.params.run} run")
