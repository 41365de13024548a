"""What patches must be before anything is computed from them."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zeroshot_em.core.models.parameters import as_array
from zeroshot_em.core.models.sssc.statistics import NOISE_FLOOR
from zeroshot_em.errors import InputError

LARGEST_GREY_VALUE = 1e15


def check_patches(patches: ArrayLike) -> np.ndarray:
    """Return the patches as a finite matrix of numbers, or refuse them.

    Raises
    ------
    InputError
    """
    patches = as_array("patches", patches)
    if patches.ndim != 2 or patches.dtype.kind not in "biuf":
        raise InputError(
            f"patches must be a matrix of numbers, got {patches.dtype} of shape {patches.shape}"
        )
    if not patches.size:
        raise InputError("there are no patches")
    if not np.all(np.isfinite(patches)):
        raise InputError("the patches have values that are NaN or infinite")
    if (largest := max(-float(patches.min()), float(patches.max()))) > LARGEST_GREY_VALUE:
        raise InputError(f"the patches have values as large as {largest:g}; remove the outliers")
    return patches


def check_learnable(patches: ArrayLike, n_components: int) -> np.ndarray:
    """Return patches from which so many fields can be learned, or refuse them.

    Raises
    ------
    InputError
    """
    patches = check_patches(patches)
    if n_components > len(patches):
        raise InputError(
            f"{n_components} components cannot be learned from {len(patches)} patches; "
            "choose fewer (n_components) or a larger image"
        )
    if patches.min() == patches.max():
        raise InputError(f"all pixels are {patches.flat[0]:g}: there is nothing to learn")
    return patches


def check_guides(guides: ArrayLike, n_components: int, n_pixels: int) -> np.ndarray:
    """Return guides from which so many fields of so many pixels can be chosen, or refuse them.

    Raises
    ------
    InputError
    """
    guides = check_patches(guides)
    if guides.shape[1] != n_pixels:
        raise InputError(f"guides have {guides.shape[1]} pixels, patches have {n_pixels}")
    if len(guides) < n_components:
        raise InputError(f"{n_components} components need as many guides or more")
    return guides


def check_observed(observed: Any, n_pixels: int) -> None:
    """Refuse what does not say of every pixel whether it may be looked at.

    Raises
    ------
    InputError
    """
    if observed is not None and np.shape(observed) != (n_pixels,):
        raise InputError(
            f"observed must say of each of {n_pixels} pixels whether it may be looked "
            f"at, got the shape {np.shape(observed)}"
        )


def check_noise_variance(noise_variance: float, data: np.ndarray) -> None:
    """Refuse a noise variance beside which the contrast is too large for the arithmetic.

    Raises
    ------
    InputError
    """
    least = NOISE_FLOOR * float(np.mean(data.astype(float) ** 2))
    if noise_variance < least:
        raise InputError(
            f"noise_variance of {noise_variance:g} is too small for patches of such contrast; "
            f"it must be at least {least:.2g}"
        )
