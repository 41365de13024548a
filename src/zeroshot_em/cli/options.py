"""What can be asked of an enhancement on the command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from zeroshot_em.cli.parameters import Count, Crop, Noise, Positive, Seed


@Parameter(name="*", group=Group("The image", sort_key=2))
@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What becomes of an image before it is enhanced.

    Attributes
    ----------
    crop
        Part of the image to use, in pixels.
    subsample
        Keep every so many pixels, down and across.
    pixel_size
        Edge of a pixel of the file in nm, in place of what the file says.
    counts
        Turn grey values into counts first, by the gain and offset found in the image.
    """

    crop: Crop | None = None
    subsample: Count = 1
    pixel_size: Positive | None = None
    counts: bool = False


@Parameter(name="*", group=Group("The method: by default all follows from the image", sort_key=3))
@dataclass(frozen=True, kw_only=True)
class Method:
    """How an image is enhanced.

    Attributes
    ----------
    model
        Spike-and-slab sparse coding, the Gamma-Poisson mixture, or what suits the image.
    effort
        How much time to spend: about 15 s, 1 minute or 5 minutes for 512 x 512 pixels.
    noise
        Estimated before learning, learned by the model as in the paper, or sigma in grey values.
    patch_size
        Edge of a patch in pixels.
    n_components
        Generative fields of sssc, components of gpmm.
    n_states
        States kept per patch, sssc only.
    max_iter
        Most passes over the patches in a round of learning.
    n_rounds
        Rounds of learning, each begun from the image as denoised by the round before.
    merge
        How overlapping estimates become one.
    per_plane
        Learn a model of each plane of a stack, in place of one for all.
    seed
        Seed of every random choice.
    threads
        Threads to use (default: all cores). Results do not depend on it.
    """

    model: Literal["auto", "sssc", "gpmm"] = "auto"
    effort: Literal["low", "normal", "high"] = "normal"
    noise: Noise = "auto"
    patch_size: Count | None = None
    n_components: Count | None = None
    n_states: Count | None = None
    max_iter: Count | None = None
    n_rounds: Count | None = None
    merge: Literal["mean", "median"] | None = None
    per_plane: bool = False
    seed: Seed = 0
    threads: Count | None = None

    def keywords(self) -> dict[str, Any]:
        """Return the arguments of `zeroshot_em.enhance` that decide how, where they were given."""
        running = ("per_plane", "seed", "threads")
        given = {name: value for name, value in vars(self).items() if value is not None}
        return {name: value for name, value in given.items() if name not in running}


@Parameter(name="*", group=Group("The results", sort_key=4))
@dataclass(frozen=True, kw_only=True)
class Writing:
    """What is written, and what happens to files that are there.

    Attributes
    ----------
    dtype
        Type of the denoised image: 32-bit floats, or the input's own, rounded and clipped.
    model_from
        Apply this fitted model in place of learning one.
    overwrite
        Write over results that exist; otherwise they are kept.
    resume
        Keep results of the same image and options only, and make the others.
    """

    dtype: Literal["float32", "keep"] = "float32"
    model_from: Annotated[Path | None, Parameter(metavar="MODEL.npz")] = None
    overwrite: bool = False
    resume: bool = False
