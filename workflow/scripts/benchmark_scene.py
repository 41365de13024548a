"""Simulate a scene of the benchmark and keep what is known of it."""

from job import job_log

with job_log(snakemake.log[0]):
    from zeroshot_em.data.evaluation.cases import Case
    from zeroshot_em.data.simulation import Camera, simulate_scene

    options = dict(snakemake.params.options)
    camera = Camera(**options.pop("camera", {}))
    shape = tuple(options.pop("shape"))
    scene = simulate_scene(shape, camera=camera, **options, **snakemake.params.scene)
    Case.from_scene(scene, snakemake.params.subsample).save(snakemake.output[0])
