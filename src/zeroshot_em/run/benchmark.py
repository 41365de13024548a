"""What a benchmark compares, as its configuration says: cases, methods, their environments."""

from typing import Any

from zeroshot_em.core.baselines import BASELINES
from zeroshot_em.data.evaluation.names import model_methods
from zeroshot_em.run.fits import Configuration, model_options

FIGURES = ("quality", "tradeoff", "impression", "calibration")
WITHOUT_TRUTH = ("tradeoff",)


def figures(config: Configuration) -> tuple[str, ...]:
    """Return the figures that a benchmark can draw: most need scenes of known truth."""
    return FIGURES if config["benchmark"]["seeds"] else WITHOUT_TRUTH


def scene_cases(config: Configuration) -> dict[str, dict[str, Any]]:
    """Return the simulated cases by name, with seed and dose."""
    benchmark = config["benchmark"]
    return {
        f"s{seed}-e{dose:g}": {"seed": seed, "dose": dose}
        for dose in benchmark["doses"]
        for seed in benchmark["seeds"]
    }


def all_cases(config: Configuration) -> dict[str, dict[str, Any]]:
    """Return what is known of each case: the simulated ones and the images without a truth."""
    images = {name: {"seed": None, "dose": None} for name in config["benchmark"]["images"]}
    return {name: {"case": name, **known} for name, known in (scene_cases(config) | images).items()}


def methods(config: Configuration, has_truth: bool, can_install: bool) -> list[str]:
    """Return the methods that a case is enhanced by.

    Parameters
    ----------
    config : mapping
    has_truth : bool
        Whether a method can be told of the noise.
    can_install : bool
        Whether packages that are not here will be where the method runs.
    """
    ours = model_methods(config["benchmark"]["patch_sizes"])
    return ours + [
        name
        for name in config["benchmark"]["baselines"]
        if (has_truth or not BASELINES[name].told) and (can_install or BASELINES[name].is_installed)
    ]


def left_out(config: Configuration) -> list[str]:
    """Return one line for each baseline whose package is not installed."""
    chosen = [BASELINES[name] for name in config["benchmark"]["baselines"]]
    return [
        f"{baseline.label} is left out: the package {baseline.package} is not installed"
        for baseline in chosen
        if not baseline.is_installed
    ]


def paper_options(config: Configuration, method: str) -> dict[str, Any]:
    """Return the options of the paper's method at the patch size of a method's name.

    It learns once; that learning is begun again from its own result is not the paper's.
    """
    model, setting = method.split("_")
    if not setting.startswith("p"):
        return {}
    options = model_options(config, model, setting[1:])
    return {key: value for key, value in options.items() if key != "merge"} | {"n_rounds": 1}
