"""The standard deviation of white noise, from the directions in which patches vary least.

Smooth shape and regular texture fill few of the directions of patch space; white noise has the same
variance sigma ** 2 in all of them. The smallest variances of patches therefore are the noise's
(Liu, Tanaka and Okutomi 2013, doi:10.1109/TIP.2013.2283400; Pyatykh, Hesser and Zheng 2013,
doi:10.1109/TIP.2012.2221728; Chen, Zhu and Heng 2015, doi:10.1109/ICCV.2015.62).

Three things are done differently here, and each takes a bias away:

* Directions are found in one half of the image and measured in the other (see `directions`).
* Patches of weak texture are chosen by what they hold in the *strongest* directions. White Gaussian
  noise is independent from direction to direction, so the choice tells nothing about the weakest.
* Where no patch is free of texture, its part is found by extrapolation (see `texture`).

What remains is too much and never too little: fine texture of the same strength everywhere. So
several shares of the weakest patches are tried, each with and without the extrapolation, and the
smallest upper confidence bound decides.
"""

from dataclasses import dataclass

import numpy as np

from zeroshot_em.core.noise.directions import (
    PatchHalf,
    relative_error,
    split_patches,
    weakest,
)
from zeroshot_em.core.noise.texture import N_WEAK, noise_beneath

_SHARES = (1.0, 0.4, 0.12)
_LEAST_SHARE_EXTRAPOLATED = 0.4
_DIRECTIONS = (2, 4, 8, 12)
_FEWEST_PATCHES = 400
_CONFIDENCE = 2.0


@dataclass(frozen=True)
class NoiseLevel:
    """An estimate of white noise.

    Attributes
    ----------
    sigma : float
        Standard deviation, in grey values.
    standard_error : float
        Of sigma, relative to it: by chance, and by what is uncertain of an extrapolation.
    share : float
        Of the patches it was read off: 1 all, less where texture is strong.
    n_directions : int
        Along how many of their weakest directions.
    """

    sigma: float
    standard_error: float
    share: float
    n_directions: int


def noise_level(
    image: np.ndarray, excluded: np.ndarray | None = None, extrapolate: bool = True
) -> NoiseLevel:
    """Estimate the standard deviation of white noise.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Grey values.
    excluded : ndarray of bool, shape (height, width), optional
        Pixels that carry no noise, such as clipped ones; patches that touch them are left out.
    extrapolate : bool
        Whether noise may be looked for beneath texture, which it can be if it is the same
        everywhere.

    Returns
    -------
    NoiseLevel

    Raises
    ------
    InputError
        If an edge has fewer than 32 pixels, or too few patches are left.
    """
    return level_of(split_patches(image, excluded), extrapolate)


def level_of(halves: tuple[PatchHalf, PatchHalf], extrapolate: bool = True) -> NoiseLevel:
    """Estimate the standard deviation of white noise from patches, all of them at first.

    Without `extrapolate`, also of noise that is not the same everywhere.
    """
    shares = trial_shares(halves)
    candidates = [c for share in shares for c in _at_share(halves, share, extrapolate)]
    return min(candidates, key=lambda c: c.sigma * (1 + _CONFIDENCE * c.standard_error))


def trial_shares(halves: tuple[PatchHalf, PatchHalf]) -> list[float]:
    """Return which shares of the patches are enough of them; at least all."""
    n_patches = min(len(half.patches) for half in halves)
    return [share for share in _SHARES if share == 1 or share * n_patches >= _FEWEST_PATCHES]


def _at_share(
    halves: tuple[PatchHalf, PatchHalf], share: float, extrapolate: bool
) -> list[NoiseLevel]:
    """Return an estimate for each number of directions averaged, and the extrapolation."""
    coefficients = weakest(halves, share)
    kept = [c[half.chosen] for c, half in zip(coefficients, halves, strict=True)]
    variances = np.mean([(c**2).mean(axis=0) for c in kept], axis=0)
    n_patches = sum(len(c) for c in kept)
    plain = [
        NoiseLevel(float(np.sqrt(variances[:n].mean())), relative_error(n_patches, n), share, n)
        for n in _DIRECTIONS
    ]
    if extrapolate and share >= _LEAST_SHARE_EXTRAPOLATED:
        return plain + _extrapolated(kept, share)
    return plain


def _extrapolated(coefficients: list[np.ndarray], share: float) -> list[NoiseLevel]:
    found = noise_beneath(np.concatenate(coefficients) ** 2)
    if found is None:
        return []
    sigma = float(np.sqrt(found.variance))
    return [NoiseLevel(sigma, found.standard_error, share, N_WEAK)]
