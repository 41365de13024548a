"""Enhance one image: learn a model of its patches, estimate every patch, merge the estimates."""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError

from zeroshot_em.core.models.parameters import check_choice, check_random_state, check_whole_number
from zeroshot_em.core.models.protocol import PatchModel
from zeroshot_em.core.models.registry import MODELS
from zeroshot_em.core.parallel import one_blas_thread
from zeroshot_em.core.patches import (
    MERGES,
    MergedMaps,
    extract_patches,
    merge_patches,
    patch_grid,
    sample_patches,
)
from zeroshot_em.errors import InputError

N_ROUNDS = 2

MAX_PATCHES_LEARNED = 100_000
"""A larger image is learned from so many of its patches, chosen at random."""

PATCHES_PER_BLOCK = 16_384
"""Patches reconstructed at a time, to the next whole row: this bounds the memory."""


@dataclass(frozen=True)
class Enhancement:
    """An enhanced image; every map has the shape (height, width) of the input.

    Attributes
    ----------
    denoised : ndarray
        The denoised image: mean (or median) over overlapping patches of the pixel estimates.
    variance : ndarray
        Variance over overlapping patches of the pixel estimates: the paper's variance image.
    within_variance : ndarray
        Mean over overlapping patches of the posterior variance of a pixel.
    model : SSSC or GPMM
        The fitted model.
    """

    denoised: np.ndarray
    variance: np.ndarray
    within_variance: np.ndarray
    model: PatchModel

    @property
    def total_variance(self) -> np.ndarray:
        """Within plus between variance (law of total variance)."""
        return self.within_variance + self.variance


def enhance(
    image: np.ndarray,
    model: str | PatchModel = "sssc",
    patch_size: int = 6,
    *,
    merge: str = "mean",
    random_state: int = 0,
    n_threads: int | None = None,
    **options: Any,
) -> Enhancement:
    """Learn a model from one image and enhance the image by it.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Grey values as recorded, not rescaled.
    model : {"sssc", "gpmm"} or fitted model
        A fitted model is applied as it is: `patch_size` and `random_state` do not matter then, and
        there are no `options`.
    patch_size : int
        Edge of a patch in pixels.
    merge : {"mean", "median"}
        How the overlapping estimates become one.
    random_state : int
    n_threads : int, optional
        All cores by default. Results do not depend on it.
    **options
        See `fit_model`.

    Returns
    -------
    Enhancement

    Raises
    ------
    InputError
        If the image, the patch size or an option cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> from zeroshot_em import enhance
    >>> image = np.random.default_rng(0).normal(100.0, 10.0, (32, 32))
    >>> result = enhance(image, "sssc", 4, n_components=8, n_states=8, tol=0.01)
    >>> result.denoised.shape, result.variance.shape
    ((32, 32), (32, 32))
    """
    check_choice("merge", merge, MERGES)
    if isinstance(model, str):
        model = fit_model(
            image, model, patch_size, random_state=random_state, n_threads=n_threads, **options
        )
    elif options:
        raise InputError(
            f"{', '.join(options)}: a fitted model is applied as it is and takes no options"
        )
    return enhance_with(model, image, merge=merge, n_threads=n_threads)


def fit_model(
    image: np.ndarray,
    model: str = "sssc",
    patch_size: int = 6,
    *,
    n_rounds: int = N_ROUNDS,
    random_state: int = 0,
    n_threads: int | None = None,
    **options: Any,
) -> PatchModel:
    """Learn a model from the overlapping patches of an image.

    Parameters
    ----------
    image : ndarray of shape (height, width)
    model : {"sssc", "gpmm"}
    patch_size : int
        Edge of a patch in pixels.
    n_rounds : int
        How often learning is begun. The first time it begins at patches of the image; every
        further time at patches of the image as denoised by the round before, which are
        far better fields to begin with (see ``docs/sssc-settings.md``). All rounds learn from
        the image as recorded.
    random_state : int
    n_threads : int, optional
    **options
        Parameters of the model's class, for example ``n_components``.

    Returns
    -------
    SSSC or GPMM
        Fitted.

    Raises
    ------
    InputError
        If the image, the patch size or an option cannot be used.
    """
    check_choice("model", model, MODELS)
    check_whole_number("n_rounds", n_rounds, 1)
    check_random_state(random_state)
    image = _check_image(image)
    patches = sample_patches(image, patch_size, MAX_PATCHES_LEARNED, random_state)
    fitted = _new(model, random_state, n_threads, options).fit(patches)
    for _ in range(n_rounds - 1):
        denoised = enhance_with(fitted, image, merge="median", n_threads=n_threads).denoised
        guides = sample_patches(denoised, patch_size, MAX_PATCHES_LEARNED, random_state)
        fitted = _new(model, random_state, n_threads, options).fit(patches, guides=guides)
    return fitted


def enhance_with(
    model: PatchModel, image: np.ndarray, *, merge: str = "mean", n_threads: int | None = None
) -> Enhancement:
    """Enhance an image by a fitted model, whether or not it was learned from this image.

    Parameters
    ----------
    model : SSSC or GPMM
    image : ndarray of shape (height, width)
    merge : {"mean", "median"}
    n_threads : int, optional

    Returns
    -------
    Enhancement

    Raises
    ------
    NotFittedError
        If the model has no parameters yet.
    InputError
        If the image cannot be used.
    """
    check_choice("merge", merge, MERGES)
    image = _check_image(image)
    if not hasattr(model, "components_"):
        raise NotFittedError("fit this model before enhancing by it")
    applied = copy(model)
    applied.n_threads = n_threads
    maps = reconstruct_image(applied, image, merge)
    return Enhancement(maps.estimate, maps.between_variance, maps.within_variance, model)


def reconstruct_image(model: PatchModel, image: np.ndarray, merge: str = "mean") -> MergedMaps:
    """Estimate all patches of an image, some rows of them at a time, and merge the estimates."""
    patch_size = _patch_size(model)
    n_rows, n_columns = patch_grid(image.shape, patch_size)
    step = max(1, PATCHES_PER_BLOCK // n_columns)

    def blocks() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, n_rows, step):
            rows = slice(start, start + step)
            yield model.reconstruct(extract_patches(image, patch_size, rows, np.float32))

    with one_blas_thread():
        return merge_patches(blocks(), image.shape, patch_size, merge, model.n_threads)


def _patch_size(model: PatchModel) -> int:
    return int(np.sqrt(model.components_.shape[1]))


def _new(
    model: str, random_state: int, n_threads: int | None, options: dict[str, Any]
) -> PatchModel:
    try:
        return MODELS[model](random_state=random_state, n_threads=n_threads, **options)
    except TypeError as error:
        raise InputError(f"{model} cannot be made with these options: {error}") from error


def _check_image(image: np.ndarray) -> np.ndarray:
    image = np.asarray(image)
    if image.ndim != 2 or image.dtype.kind not in "biuf":
        raise InputError(
            f"an image must be a matrix of numbers, got {image.dtype} of shape {image.shape}"
        )
    if not np.all(np.isfinite(image)):
        raise InputError("the image has pixels that are NaN or infinite; mask or replace them")
    return image.astype(float, copy=False)
