"""The table of figures: schema, rules and documentation follow from it.

A new figure is a row here and a module of its name beside this one, with a function ``draw``.
"""

from dataclasses import dataclass

PAPER, BEYOND = "Figures of the paper", "Beyond the paper"


@dataclass(frozen=True)
class Figure:
    """What a figure is made from and shows.

    Attributes
    ----------
    entry : str
        Name of the schema's definition of its entry in the configuration.
    shows : str
        What it shows, for the manual.
    needs : tuple of str
        Its files beside the input image: ``model``, maps by their kind, ``bm3d``, ``truth``
        (the clean image, if there is one), ``mask``, ``mask_report``, ``enhanced`` (what `enhance`
        leaves of the image), ``baselines`` (BM3D's images, if they are made).
    category : str
        Where it stands in the report.
    """

    entry: str
    shows: str
    needs: tuple[str, ...]
    category: str = PAPER


MAPS = ("model", "denoised", "variance")
VARIANCES = ("variance", "within_variance", "total_variance")

FIGURES = {
    "fig1": Figure(
        "colored_figure",
        "A model's variance image, contrast-enhanced and coloured: cell blue, the rest yellow; the "
        "same without colour; the input; the mask.",
        ("model", "variance", "mask", "mask_report"),
    ),
    "fig2": Figure(
        "section_figure",
        "Input, denoised image and variance, and a part of them seen closer.",
        (*MAPS, "truth"),
    ),
    "fig3": Figure("model_figure", "Denoised image and variance.", (*MAPS, "truth")),
    "fig4": Figure(
        "both_models_figure", "Denoised images and variances of both models at other patch sizes.",
        MAPS,
    ),
    "fig5": Figure(
        "model_figure",
        "Input, denoised image and variance; in the paper, of 20 × 20 patches at full resolution.",
        (*MAPS, "truth"),
    ),
    "fig6": Figure(
        "sweep_figure", "Input and BM3D at several assumed noise levels.", ("bm3d", "truth")
    ),
    "fig7": Figure(
        "model_figure",
        "Input, denoised image and variance; in the paper, of a second image with four viruses.",
        (*MAPS, "truth"),
    ),
    "figS1": Figure("section_figure", "A section of the input beside its variance.", MAPS),
    "figS2": Figure(
        "model_figure", "The variance between, within and in total.", ("model", *VARIANCES), BEYOND
    ),
    "figS3": Figure(
        "representations_figure",
        "The fields of SSSC by how often they are active, the templates of GPMM by weight.",
        ("model",),
        BEYOND,
    ),
    "figS4": Figure(
        "both_models_figure",
        "Convergence: free energy, inferred noise, log-likelihood.",
        ("model",),
        BEYOND,
    ),
    "figS5": Figure(
        "section_figure",
        "What `enhance` chooses from the image, beside the paper's method, BM3D at its best noise "
        "level and the truth.",
        ("model", "denoised", "enhanced", "baselines", "truth"),
        BEYOND,
    ),
}  # fmt: skip


def figure_number(name: str) -> str:
    """Return the number of a figure, such as ``S1``."""
    return name.removeprefix("fig")
