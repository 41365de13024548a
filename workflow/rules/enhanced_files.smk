"""What images that are enhanced by themselves are made from, and become."""

ENHANCED = plan.enhanced_images(config)


def enhanced_original(wildcards):
    """The raw file of an image: where it lies if that is on this machine, and all jobs see it."""
    path = plan.original(config, wildcards.image)
    in_store = workflow.storage_settings.default_storage_provider is not None
    return local(path) if path and not in_store else raw_path(wildcards)


def preparation(wildcards):
    """What becomes of the raw file before it is enhanced."""
    entry = config["images"][wildcards.image]
    crop = entry["crop"]
    return {
        "crop": crop and [crop[edge] for edge in ("x", "y", "width", "height")],
        "subsample": entry["subsample"],
        "pixel_size": configured_pixel_size(wildcards),
        "counts": entry["counts"],
    }


def enhance_options(wildcards):
    return plan.enhance_options(config, wildcards.image)


def enhanced_paths(file):
    """The files of a kind, of all enhanced images."""
    return [enhanced_path(file, image) for image in ENHANCED]


def enhanced_outputs():
    """What the reader of a run is given of its enhanced images."""
    if not ENHANCED:
        return []
    sheet = [f"{RESULTS}/enhanced/{file}" for file in ("index.html", "summary.csv")]
    return sheet + enhanced_paths("denoised.tif") + enhanced_paths("variance.tif")
