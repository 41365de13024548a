"""Simulate an infection scene: the micrograph, its clean image, the cell and what was drawn."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.data.files import write_json
    from zeroshot_em.data.images import write_image
    from zeroshot_em.data.simulation import Camera, simulate_scene

    options = dict(snakemake.params.options)
    camera, eight_bit = Camera(**options.pop("camera", {})), options.pop("eight_bit", False)
    scene = simulate_scene(tuple(options.pop("shape")), camera=camera, **options)
    scene = scene.as_published() if eight_bit else scene
    for name in ("noisy", "clean", "cell_mask"):
        write_image(snakemake.output[name], getattr(scene, name), scene.pixel_size_nm)
    write_json(snakemake.output.scene, {"simulated": scene.parameters})
