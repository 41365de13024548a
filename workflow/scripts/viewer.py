"""Put the maps of a run into a page that compares them."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.show.viewer import build_viewer, read_viewer_image

    def of(what, image):
        return snakemake.input.get(f"{what}_of_{image}", [])

    images = [
        read_viewer_image(
            name,
            input_path=of("input", name),
            map_paths=of("maps", name),
            model_paths=of("models", name),
            colorized_path=next(iter(of("colorized", name)), None),
            **facts,
        )
        for name, facts in snakemake.params.images.items()
    ]
    build_viewer(images, snakemake.output[0], title=f"Maps of the {snakemake.params.run} run")
