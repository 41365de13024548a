"""What an image is enhanced by: what was asked for, and the rest chosen from the image."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from zeroshot_em.core.models.parameters import check_choice, check_number, check_whole_number
from zeroshot_em.core.models.protocol import PatchModel
from zeroshot_em.core.models.registry import MODELS, option_names
from zeroshot_em.core.patches import MERGES
from zeroshot_em.errors import InputError

PATCHES_PER_COMPONENT = 60


@dataclass(frozen=True)
class Effort:
    """How much is spent on learning and on the second step."""

    most_components: int
    n_states: int
    max_iter: int
    n_rounds: int
    n_local_passes: int
    n_patches: int
    judges_patch_sizes: bool


EFFORTS = {
    "low": Effort(400, 16, 3, 1, 1, 24_000, judges_patch_sizes=False),
    "normal": Effort(1000, 30, 6, 1, 2, 60_000, judges_patch_sizes=True),
    "high": Effort(1000, 40, 10, 3, 3, 200_000, judges_patch_sizes=True),
}


@dataclass(frozen=True)
class Request:
    """What was asked for; None and "auto" leave it to the image.

    Attributes
    ----------
    model : str
    patch_size : int or None
    effort : str
    noise : "auto", "learned" or float
    merge : str or None
    options : mapping
        Of the model and of learning, such as ``n_components`` or ``n_rounds``.
    fitted : SSSC or GPMM, optional
        A model to apply in place of learning one.
    """

    model: str = "auto"
    patch_size: int | None = None
    effort: str = "normal"
    noise: str | float = "auto"
    merge: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    fitted: PatchModel | None = None

    def check(self) -> None:
        """Refuse what cannot be asked for.

        Raises
        ------
        InputError
        """
        check_choice("model", self.model, ("auto", *MODELS))
        check_choice("effort", self.effort, EFFORTS)
        check_choice("merge", self.merge or "mean", MERGES)
        if isinstance(self.noise, str):
            check_choice("noise", self.noise, ("auto", "learned"))
        else:
            check_sigma(self.noise)
        if self.patch_size is not None:
            check_whole_number("patch_size", self.patch_size, 1)
        self._check_options()
        if self.fitted is not None and (self.options or self.patch_size):
            raise InputError("a fitted model is applied as it is: it takes no options of learning")

    def _check_options(self) -> None:
        known = {*option_names(self.model_name), "n_rounds"}
        for name in self.options:
            if name not in known:
                raise InputError(
                    f"{name} is not an option of the model {self.model_name}; "
                    f"those are {', '.join(sorted(known))}"
                )
        options = dict(self.options)
        check_whole_number("n_rounds", options.pop("n_rounds", 1), 1)
        MODELS[self.model_name](**options).check_settings()

    @property
    def model_name(self) -> str:
        """The model meant: spike-and-slab sparse coding unless another is named."""
        return "sssc" if self.model == "auto" else self.model


def check_sigma(sigma: float) -> None:
    """Refuse a noise level that is none.

    Raises
    ------
    InputError
    """
    check_number("noise", sigma, 0)
    if sigma == 0:
        raise InputError("noise must be greater than 0; without noise there is nothing to remove")


@dataclass(frozen=True)
class Settings:
    """What an image was enhanced by.

    Attributes
    ----------
    model : str
        "sssc" or "gpmm".
    patch_size : int
        Edge of a patch in pixels.
    options : dict
        Of the model and of learning, where they are not the model's own defaults.
    n_patches : int or None
        The most patches that the model learned from; None for the paper's method.
    merge : str
        How overlapping estimates became one: "mean" or "median".
    noise : {"estimated", "given", "learned"}
        Where the noise level that the model holds comes from; learned as in the paper.
    domain : {"grey values", "unit noise", "counts"}
        What the model was shown.
    n_local_passes : int
        Passes of the estimate by local priors; 0 without a second step.
    effort : str
        How much time was spent: "low", "normal" or "high".
    random_state : int
        Seed of every random choice.
    size : float
        The share of the image's size at which it was enhanced: less than 1 where it holds no detail
        as fine as its pixels.
    """

    model: str
    patch_size: int
    options: Mapping[str, Any]
    n_patches: int | None
    merge: str
    noise: str
    n_local_passes: int
    effort: str
    domain: str = "grey values"
    random_state: int = 0
    size: float = 1.0

    @property
    def border(self) -> int:
        """Width in pixels of the image's edge, where fewer patches overlap."""
        return math.ceil((self.patch_size - 1) / self.size)

    def sentence(self) -> str:
        """Say in words how the image is enhanced."""
        name = {"sssc": "spike-and-slab sparse coding", "gpmm": "Gamma-Poisson mixture"}[self.model]
        behind = {
            "grey values": "on the grey values as recorded",
            "unit noise": "on an image scaled to noise of 1",
            "counts": "on counts",
        }[self.domain]
        at_size = (
            f" at {Fraction(self.size).limit_denominator(10)} of its size" if self.size < 1 else ""
        )
        words = [f"{name} {behind}{at_size}", f"{self.patch_size} x {self.patch_size} patches"]
        if "n_components" in self.options:
            words.append(f"{self.options['n_components']} components")
        if self.n_local_passes:
            words.append("a second step over similar patches")
        return ", ".join(words)
