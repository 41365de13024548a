"""What the methods of a benchmark are called; naming them computes nothing."""

from zeroshot_em.core.baselines import BASELINES

LABELS = {"sssc": "SSSC", "gpmm": "GPMM"}
INPUT, AUTO = "noisy", "auto"


def model_methods(patch_sizes: list[int]) -> list[str]:
    """Return the names of the models' methods: a bare `enhance`, and the paper's by patch size."""
    settings = [AUTO, *(f"p{size}" for size in patch_sizes)]
    return [f"{model}_{setting}" for model in LABELS for setting in settings]


def label_of(method: str) -> str:
    """Return what a method is called in tables and figures."""
    if method == INPUT:
        return "Input"
    if method in BASELINES:
        return BASELINES[method].label
    model, setting = method.split("_")
    size = setting[1:]
    return f"{LABELS[model]}, {'enhance' if setting == AUTO else f'paper {size} × {size}'}"


def is_told(method: str) -> bool:
    """Whether a method knows something of the noise that an image does not say."""
    return method in BASELINES and bool(BASELINES[method].told)
