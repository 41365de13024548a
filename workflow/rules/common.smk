"""Paths, options and names that several rules share."""

from pathlib import Path

from zeroshot_em.provenance import source_hash

RESULTS = f"results/{config['run']}"


wildcard_constraints:
    image="[A-Za-z0-9_]+",
    source="[A-Za-z0-9_]+",
    model="sssc|gpmm",
    patch_size=r"\d+",
    sigma=r"[0-9.]+",
    kind="mean|variance|within_variance|total_variance",
    truth="clean|cell_mask",


def source_path(source):
    """Where the raw file of a source lies; a simulated one belongs to its run."""
    entry = config["sources"][source]
    if "simulate" in entry:
        return f"{RESULTS}/scenes/{source}/noisy.tif"
    named = next(
        entry[key] for key in ("member", "file", "url", "path") if entry.get(key)
    )
    return f"resources/{source}/{Path(named).name}"


def provenance_path(source):
    """The JSON file that says where the raw file of a source comes from."""
    if "simulate" in config["sources"][source]:
        return f"{RESULTS}/scenes/{source}/scene.json"
    return f"{source_path(source)}.json"


def image_source(image):
    """The raw file that an image is cut out of."""
    return source_path(config["images"][image]["source"])


def image_path(image):
    """The image as the models see it: gray, cropped, every k-th pixel."""
    return f"{RESULTS}/images/{image}.tif"


def truth_path(image, kind):
    """The noise-free image ("clean") or the true cell ("cell_mask") behind a simulated image."""
    return f"{RESULTS}/truth/{image}_{kind}.tif"


def model_path(image, model, patch_size):
    return f"{RESULTS}/models/{image}/{model}_p{patch_size}.npz"


def map_path(image, model, patch_size, kind):
    """One of the maps mean, variance, within_variance and total_variance."""
    return f"{RESULTS}/maps/{image}/{model}_p{patch_size}_{kind}.tif"


def bm3d_path(image, sigma):
    return f"{RESULTS}/maps/{image}/bm3d_s{sigma:g}.tif"


def figure_paths(figure):
    return [f"{RESULTS}/figures/{figure}.{suffix}" for suffix in ("png", "pdf")]


def fit_options(wildcards):
    """The options of a model, those for its patch size replacing the general ones."""
    options = dict(config["models"][wildcards.model])
    options |= options.pop("patch_sizes", {}).get(f"p{wildcards.patch_size}", {})
    return {name: value for name, value in options.items() if name != "merge"}


def merge_option(wildcards):
    """How a model's overlapping estimates become one image."""
    options = config["models"][wildcards.model]
    of_size = options.get("patch_sizes", {}).get(f"p{wildcards.patch_size}", {})
    return of_size.get("merge", options["merge"])


def configured_pixel_size(wildcards):
    """The pixel size that the configuration gives for an image's source, in nm."""
    return config["sources"][config["images"][wildcards.image]["source"]].get(
        "pixel_size_nm"
    )


def simulated(image):
    """Whether an image comes from the simulator."""
    return "simulate" in config["sources"][config["images"][image]["source"]]


def reason_to_leave_out(figure):
    """Which key to set before a figure can be made; empty if nothing is missing."""
    image = config["figures"][figure]["image"]
    source = config["images"][image]["source"]
    if config["sources"][source] is None:
        return (
            f"its image {image} has no source: set sources.{source} to a url or a path"
        )
    if figure == "fig6" and not config["bm3d"]["enabled"]:
        return "it shows BM3D: set bm3d.enabled to true"
    return ""


def available_figures():
    """The configured figures whose image has a source, in the paper's order."""
    return [name for name in sorted(config["figures"]) if not reason_to_leave_out(name)]


def used_sources():
    """The sources that the available figures need."""
    images = {config["figures"][name]["image"] for name in available_figures()}
    return sorted({config["images"][image]["source"] for image in images})


def run_outputs():
    """What a run makes for its reader; everything else follows from it."""
    return [path for name in available_figures() for path in figure_paths(name)]


for name in config["figures"]:
    if reason := reason_to_leave_out(name):
        logger.warning(f"{name} is left out: {reason}")
