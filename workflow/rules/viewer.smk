MAP_KINDS = ("denoised", "variance", "within_variance", "total_variance")


def viewer_inputs(wildcards):
    """The files that the page shows, by what they are and the image that they are of."""
    return {
        f"{what}_of_{image}": paths
        for image in plan.viewed_images(config)
        for what, paths in viewed_paths(image).items()
    }


def viewed_paths(image):
    """The files that show an image, by what they are."""
    fits = plan.viewed_fits(config, image)
    maps = [map_path(kind, *fit) for fit in fits for kind in MAP_KINDS]
    if plan.figures_with(config, "bm3d", image):
        maps += bm3d_paths(image)
    return {
        "input": image_path(image),
        "maps": maps,
        "models": [model_path(*fit) for fit in fits],
        "colorized": [
            export_path("colorized", "tif", *fit)
            for name in plan.figures_with(config, "mask", image)
            for fit in plan.figure_fits(config, name)
        ],
    }


def viewed_facts(image):
    """What the page says of an image beside what its files say."""
    options = [
        plan.model_options(config, fit.model, fit.patch_size)
        for fit in plan.viewed_fits(config, image)
    ]
    merges = [option["merge"] for option in options]
    return {"merges": merges, **plan.image_entries(config, image)}


rule viewer:
    input:
        unpack(viewer_inputs),
    output:
        f"{RESULTS}/viewer/index.html",
    log:
        log_path("viewer"),
    benchmark:
        benchmark_path("viewer")
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        images={image: viewed_facts(image) for image in plan.viewed_images(config)},
        run=lookup(within=config, dpath="run"),
        code=script_code("viewer.py"),
    script:
        "../scripts/viewer.py"
