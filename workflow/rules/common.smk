"""Paths, each written once: with values or with wildcards in braces; and what rules share."""

from zeroshot_em.run import plan
from zeroshot_em.run.source_code import script_hash

RESULTS = f"results/{config['run']}"


wildcard_constraints:
    image="[A-Za-z0-9_]+",
    source="[A-Za-z0-9_]+",
    model="sssc|gpmm",
    patch_size=r"\d+",
    sigma=r"[0-9.e+-]+",
    kind="denoised|variance|within_variance|total_variance",
    truth="clean|cell_mask",


def image_path(image="{image}"):
    """The image as the models see it: gray, cropped, every k-th pixel."""
    return f"{RESULTS}/images/{image}.tif"


def truth_path(image="{image}", kind="{truth}"):
    """The noise-free image ("clean") or the true cell ("cell_mask") behind a simulated image."""
    return f"{RESULTS}/truth/{image}_{kind}.tif"


def model_path(image="{image}", model="{model}", patch_size="{patch_size}"):
    return f"{RESULTS}/models/{image}/{model}_p{patch_size}.npz"


def map_path(kind, image="{image}", model="{model}", patch_size="{patch_size}"):
    """One of the maps denoised, variance, within_variance and total_variance."""
    return f"{RESULTS}/maps/{image}/{model}_p{patch_size}_{kind}.tif"


def bm3d_path(image="{image}", sigma="{sigma}"):
    return f"{RESULTS}/maps/{image}/bm3d_s{sigma}.tif"


def export_path(
    kind, suffix, image="{image}", model="{model}", patch_size="{patch_size}"
):
    """A full-size picture of a map, or the coloured one."""
    return f"{RESULTS}/export/{image}_{model}_p{patch_size}_{kind}.{suffix}"


def mask_path(suffix):
    """The cell that Fig. 1 colours (tif), and how it was found (json)."""
    return f"{RESULTS}/masks/fig1.{suffix}"


def figure_path(figure, suffix):
    return f"{RESULTS}/figures/{figure}.{suffix}"


def enhanced_path(file, image="{image}"):
    """A file of an image that is enhanced by itself."""
    return f"{RESULTS}/enhanced/{image}_{file}"


def page_path(image="{image}"):
    """The page that compares the maps of such an image."""
    return f"{RESULTS}/enhanced/pages/{image}.html"


def thumbnail_path(image="{image}"):
    return f"{RESULTS}/enhanced/thumbnails/{image}.jpg"


def log_path(job):
    return f"{RESULTS}/logs/{job}.log"


def benchmark_path(job):
    return f"{RESULTS}/benchmark/{job}.tsv"


def script_code(script, *modules):
    """A hash of the code that a script runs: a rule whose code has changed runs again."""
    return script_hash(RULES.parent / "scripts" / script, *modules)


def model_options(wildcards):
    return plan.model_options(config, wildcards.model, wildcards.patch_size)


def fit_options(wildcards):
    return {k: v for k, v in model_options(wildcards).items() if k != "merge"}


def merge_option(wildcards):
    return model_options(wildcards)["merge"]


def run_outputs():
    """What a run makes for its reader; everything else follows from it."""
    figures = [
        figure_path(name, suffix)
        for name in plan.available_figures(config)
        for suffix in ("png", "pdf")
    ]
    viewer = [f"{RESULTS}/viewer/index.html"] if figures else []
    return figures + exported_paths() + viewer + enhanced_outputs()


for name in config["figures"]:
    if reason := plan.reason_to_leave_out(config, name):
        logger.warning(f"{name} is left out: {reason}")
