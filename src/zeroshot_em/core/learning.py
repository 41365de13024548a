"""Learn a model of an image's patches; estimate every patch by a model and merge the estimates."""

import math
from collections.abc import Iterator
from copy import copy
from functools import partial
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError

from zeroshot_em.core.limits import MAX_PATCHES_LEARNED, PATCHES_PER_BLOCK
from zeroshot_em.core.models.parameters import (
    as_array,
    check_choice,
    check_random_state,
    check_whole_number,
)
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
from zeroshot_em.core.progress import counted, part
from zeroshot_em.errors import InputError

N_ROUNDS = 2

REBUILDING = 0.2
"""About this share of a round goes into denoising the image by the round before."""


def fit_model(
    image: np.ndarray,
    model: str = "sssc",
    patch_size: int = 6,
    *,
    n_rounds: int = N_ROUNDS,
    guide: np.ndarray | None = None,
    n_patches: int | None = None,
    random_state: int = 0,
    n_threads: int | None = None,
    **options: Any,
) -> PatchModel:
    """Learn a model from the overlapping patches of an image.

    Parameters
    ----------
    image : ndarray of shape (height, width), or of shape (n_images, height, width)
        Of several images so many patches are taken from each that they are `n_patches` together.
    model : {"sssc", "gpmm"}
    patch_size : int
        Edge of a patch in pixels.
    n_rounds : int
        How often learning is begun. The first time it begins at patches of the image; every
        further time at patches of the image as denoised by the round before, which are
        far better fields to begin with (see ``docs/sssc-settings.md``). All rounds learn from
        the image as recorded.
    guide : ndarray of the same shape, optional
        The image as denoised otherwise, at whose patches the first round begins too.
    n_patches : int, optional
        The most patches to learn from, chosen at random; `MAX_PATCHES_LEARNED` by default.
    random_state : int
        Seed of the choice of patches and of the model.
    n_threads : int, optional
        All cores by default. The result does not depend on it.
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
    images = check_images(image)
    sample = partial(
        _sample,
        patch_size=patch_size,
        n_patches=n_patches or MAX_PATCHES_LEARNED,
        seed=random_state,
    )
    patches = sample(images)
    guides = None if guide is None else sample(check_images(guide))
    fitted = _new(model, random_state, n_threads, options)
    for number in range(n_rounds):
        with part(number / n_rounds, (number + 1) / n_rounds, _words(number, n_rounds)):
            if number:
                with part(0.0, REBUILDING):
                    guides = sample(_denoised(fitted, images, n_threads))
            with part(REBUILDING if number else 0.0, 1.0):
                fitted = _new(model, random_state, n_threads, options).fit(patches, guides=guides)
    return fitted


def _words(number: int, n_rounds: int) -> str:
    return f"learning, round {number + 1} of {n_rounds}" if n_rounds > 1 else "learning"


def _sample(images: list[np.ndarray], patch_size: int, n_patches: int, seed: int) -> np.ndarray:
    share = -(-n_patches // len(images))
    samples = [sample_patches(one, patch_size, share, seed + k) for k, one in enumerate(images)]
    return samples[0] if len(samples) == 1 else np.concatenate(samples)


def _denoised(
    model: PatchModel, images: list[np.ndarray], n_threads: int | None
) -> list[np.ndarray]:
    return [
        apply_model(model, image, merge="median", n_threads=n_threads).denoised for image in images
    ]


def apply_model(
    model: PatchModel, image: np.ndarray, *, merge: str = "mean", n_threads: int | None = None
) -> MergedMaps:
    """Estimate all patches of an image by a fitted model and merge the estimates.

    The model need not have been learned from this image. Some rows of patches are held at a time.

    Parameters
    ----------
    model : SSSC or GPMM
        Fitted.
    image : ndarray of shape (height, width)
        In the grey values, or counts, that the model is of.
    merge : {"mean", "median"}
        How the overlapping estimates of a pixel become one.
    n_threads : int, optional
        All cores by default. The result does not depend on it.

    Returns
    -------
    MergedMaps
        In those grey values, variances in their square.

    Raises
    ------
    NotFittedError
        If the model has no parameters yet.
    InputError
        If the image cannot be used.
    """
    check_choice("merge", merge, MERGES)
    image = check_image(image)
    if not hasattr(model, "components_"):
        raise NotFittedError("fit this model before enhancing by it")
    applied = copy(model)
    applied.n_threads = n_threads
    patch_size = patch_size_of(model)
    with one_blas_thread():
        blocks = _estimated_blocks(applied, image, patch_size)
        return merge_patches(blocks, image.shape, patch_size, merge, n_threads)


def _estimated_blocks(
    model: PatchModel, image: np.ndarray, patch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    n_rows, n_columns = patch_grid(image.shape, patch_size)
    step = max(1, PATCHES_PER_BLOCK // n_columns)
    starts = range(0, n_rows, step)
    for start in counted(starts, len(starts)):
        rows = slice(start, start + step)
        yield model.reconstruct(extract_patches(image, patch_size, rows, np.float32))


def patch_size_of(model: PatchModel) -> int:
    """Return the edge in pixels of the patches that a fitted model is for."""
    return math.isqrt(model.components_.shape[1])


def _new(
    model: str, random_state: int, n_threads: int | None, options: dict[str, Any]
) -> PatchModel:
    try:
        return MODELS[model](random_state=random_state, n_threads=n_threads, **options)
    except TypeError as error:
        raise InputError(f"{model} cannot be made with these options: {error}") from error


def check_image(image: np.ndarray) -> np.ndarray:
    """Return an image as a matrix of double precision.

    Raises
    ------
    InputError
        If it is no matrix of real, finite numbers.
    """
    image = as_array("the image", image)
    if image.ndim != 2 or image.dtype.kind not in "biuf" or not image.size:
        raise InputError(
            f"an image must be a matrix of numbers, got {image.dtype} of shape {image.shape}"
        )
    if not np.all(np.isfinite(image)):
        raise InputError("the image has pixels that are NaN or infinite; mask or replace them")
    return image.astype(float, copy=False)


def check_images(images: np.ndarray) -> list[np.ndarray]:
    """Return one image, or the images of a series, as matrices of double precision.

    Raises
    ------
    InputError
        If one is no matrix of real, finite numbers.
    """
    images = as_array("the image", images)
    return [check_image(image) for image in (images if images.ndim == 3 else [images])]
