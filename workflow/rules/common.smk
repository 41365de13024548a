"""Paths, options and names that several rules share."""

from zeroshot_em.run.configuration import available_figures, reason_to_leave_out
from zeroshot_em.data.provenance import source_hash

RESULTS = f"results/{config['run']}"


wildcard_constraints:
    image="[A-Za-z0-9_]+",
    source="[A-Za-z0-9_]+",
    model="sssc|gpmm",
    patch_size=r"\d+",
    sigma=r"[0-9.e+-]+",
    kind="denoised|variance|within_variance|total_variance",
    truth="clean|cell_mask",


def image_path(image):
    """The image as the models see it: gray, cropped, every k-th pixel."""
    return f"{RESULTS}/images/{image}.tif"


def truth_path(image, kind):
    """The noise-free image ("clean") or the true cell ("cell_mask") behind a simulated image."""
    return f"{RESULTS}/truth/{image}_{kind}.tif"


def model_path(image, model, patch_size):
    return f"{RESULTS}/models/{image}/{model}_p{patch_size}.npz"


def map_path(image, model, patch_size, kind):
    """One of the maps denoised, variance, within_variance and total_variance."""
    return f"{RESULTS}/maps/{image}/{model}_p{patch_size}_{kind}.tif"


def bm3d_path(image, sigma):
    return f"{RESULTS}/maps/{image}/bm3d_s{sigma:g}.tif"


def figure_paths(figure):
    return [f"{RESULTS}/figures/{figure}.{suffix}" for suffix in ("png", "pdf")]


def model_options(wildcards):
    """The options of a model, those for its patch size replacing the general ones."""
    options = dict(config["models"][wildcards.model])
    of_size = options.pop("patch_sizes", {})
    return options | of_size.get(f"p{wildcards.patch_size}", {})


def fit_options(wildcards):
    return {k: v for k, v in model_options(wildcards).items() if k != "merge"}


def merge_option(wildcards):
    return model_options(wildcards)["merge"]


def run_outputs():
    """What a run makes for its reader; everything else follows from it."""
    figures = [
        path for name in available_figures(config) for path in figure_paths(name)
    ]
    viewer = [f"{RESULTS}/viewer/index.html"] if figures else []
    return figures + export_paths() + viewer


for name in config["figures"]:
    if reason := reason_to_leave_out(config, name):
        logger.warning(f"{name} is left out: {reason}")
