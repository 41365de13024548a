"""The second step of denoising: similar patches of a pilot image as a prior of the noisy ones.

The patches ``x_1 ... x_n`` of the pilot that are most similar to a reference patch give a local
Gaussian prior, under which the same patches ``y_1 ... y_n`` of the noisy image are inferred
(Lebrun, Buades and Morel, 2013, SIAM J. Imaging Sciences 6(3), 1665-1688). With noise variance 1:

- (R1) ``m = sum x_k / n`` and ``C = sum (x_k - m)(x_k - m)' / n``;
- (R2) ``C <- C + u (I - (C + I)^-1)``: the pilot is an estimate too, and has lost what it was not
  sure of. The bracket is the posterior covariance under C; with u = 1 this is the M-step of the
  prior's covariance. Without it every pass removes more of the texture;
- (R3) ``m + (I - (C + I)^-1)(y_k - m)`` is the posterior mean;
- (R4) a pixel d of a patch has the variance ``1 - [(C + I)^-1]_dd + 1 / n``, and
- (R5) an estimate the weight ``exp(-|x_k - x_ref|^2 / (D r)) / variance``, by which all estimates
  of a pixel are merged.

The same data have another prior: a pixel as a combination of the same pixel in the other patches
(linear combinations of similar patches with a ridge: Herbreteau and Kervrann, 2022, NL-Ridge, IEEE
ICIP). With the centred patches of the pilot as rows of X, and of the noisy image as rows of Y,

- (R7) ``A = X X' / D + 1 1'`` is the covariance between patches, widened as in (R2); the second
  term leaves the mean patch to the noisy image;
- (R8) ``m + Y - (A + I)^-1 Y`` is the posterior mean, patch k of the variance
  ``1 - [(A + I)^-1]_kk + 1 / n``. These estimates are merged with the others, by (R5).

Where less of the noise is to be inferred than there is, images are in units of that share of it.

A model of the whole image knows what its patches have in common, a local prior what the patches
around have: texture. Their errors differ, so that `refine` averages the two, and once more with
what a last pass makes of the average.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.ndimage import gaussian_filter

from zeroshot_em.core.parallel import map_blocks
from zeroshot_em.core.progress import counted, part
from zeroshot_em.core.refine import _kernels as kernels
from zeroshot_em.core.refine._kernels import Images, Sums
from zeroshot_em.core.refine._search import Groups

BAND = 32
"""Rows of reference patches in a unit of work. Fixed, so that sums do not depend on threads."""

STRIDE = 3
"""Pixels between reference patches."""

SMOOTHING = 0.7
"""Deviation in pixels of the Gaussian under which patches of the noisy image are compared."""

GROUPS = Groups(6, n_similar=60, radius=12, uncertainty=0.7, ridge=1.0, across=False, reach=1.0)
FIRST = Groups(6, n_similar=100, radius=15, uncertainty=0.0, ridge=0.1, across=False, reach=np.inf)
"""Groups of the noisy image itself."""

LAST = GROUPS._replace(across=True, noise=0.92)
"""Groups of a pilot that is good already, and takes part in the result: the pass may leave more."""


def denoise_locally(
    noisy: np.ndarray, n_passes: int = 2, n_threads: int | None = None
) -> np.ndarray:
    """Denoise an image by local priors alone, each pass with the result so far as its pilot.

    Parameters
    ----------
    noisy : ndarray of shape (height, width)
        Finite, with white noise of standard deviation 1.
    n_passes : int
        After the first estimate.
    n_threads : int, optional
        All cores by default. The result does not depend on it.

    Returns
    -------
    ndarray of shape (height, width)
    """
    passes = [(n / (n_passes + 1), (n + 1) / (n_passes + 1)) for n in range(n_passes + 1)]
    with part(*passes[0]):
        local = first_estimate(noisy, n_threads)
    for bounds in passes[1:]:
        with part(*bounds):
            local = local_estimate(noisy, local, n_threads=n_threads)
    return local


def refine(
    noisy: np.ndarray, estimate: np.ndarray, local: np.ndarray, n_threads: int | None = None
) -> np.ndarray:
    """Denoise an image by a model's estimate of it and by local priors together.

    Parameters
    ----------
    noisy : ndarray of shape (height, width)
        Finite, with white noise of standard deviation 1.
    estimate : ndarray of shape (height, width)
        The image as estimated by a model of all its patches.
    local : ndarray of shape (height, width)
        The image as `denoise_locally` gives it.
    n_threads : int, optional

    Returns
    -------
    ndarray of shape (height, width)
    """
    both = 0.5 * (estimate + local)
    del estimate  # Images may be large.
    refined = local_estimate(noisy, both, LAST, n_threads)
    refined += both
    refined *= 0.5
    return refined


def first_estimate(noisy: np.ndarray, n_threads: int | None = None) -> np.ndarray:
    """Denoise an image without a pilot.

    Groups of the noisy image, found in a smoothed one, have the covariance ``S = C + I``, so that

    - (R6) ``(S + e I)^-1`` stands for ``(C + I)^-1`` in (R3), with a small e that bounds it.

    Parameters
    ----------
    noisy : ndarray of shape (height, width)
        With white noise of standard deviation 1.
    n_threads : int, optional

    Returns
    -------
    ndarray of shape (height, width)
    """
    smooth = gaussian_filter(noisy, SMOOTHING)
    return _one_pass((noisy, noisy, smooth), FIRST, n_threads)


def local_estimate(
    noisy: np.ndarray, pilot: np.ndarray, groups: Groups = GROUPS, n_threads: int | None = None
) -> np.ndarray:
    """Infer all patches under the local priors of a pilot once, (R1) to (R5), (R7) and (R8).

    Parameters
    ----------
    noisy, pilot : ndarray of shape (height, width)
        With white noise of standard deviation 1, and with little.
    groups : Groups
        How groups of similar patches are formed.
    n_threads : int, optional

    Returns
    -------
    ndarray of shape (height, width)
    """
    return _one_pass((noisy, pilot, pilot), groups, n_threads)


def _one_pass(
    images: tuple[np.ndarray, np.ndarray, np.ndarray], groups: Groups, n_threads: int | None
) -> np.ndarray:
    shape = images[0].shape
    groups = groups._replace(patch_size=min(groups.patch_size, *shape))
    offset = float(np.mean(images[1]))
    # Two of them are often the same, which is held once: images may be large.
    centred = {id(image): _in_units(image, offset, groups.noise) for image in images}
    noisy, pilot, similar = (centred[id(image)] for image in images)
    bands = range(0, shape[0] - groups.patch_size + 1, BAND)
    shown = Images(noisy, pilot, similar)
    sums_of_bands = map_blocks(lambda start: _band(shown, groups, start), bands, n_threads)
    estimate = np.empty(shape)
    for weights, changes, top in _summed(counted(sums_of_bands, len(bands)), shape[1]):
        rows = slice(top, top + len(weights))
        # Among equal patches, as of a saturated place, none need be chosen: there nothing changes.
        np.divide(changes, weights, out=changes, where=weights > 0)
        estimate[rows] = offset + groups.noise * (changes + similar[rows])
    return estimate


def _in_units(image: np.ndarray, offset: float, unit: float) -> np.ndarray:
    """Return the image less an offset, in units, rounded to single precision after the first."""
    centred = np.empty(image.shape, np.float32)
    np.subtract(image, offset, out=centred, casting="same_kind")
    return np.divide(centred, unit, out=centred)


def _summed(bands: Iterable[Sums], width: int) -> Iterator[Sums]:
    """Yield the sums over all bands, from the top down, of rows that no later band reaches."""
    held = Sums(np.zeros((0, width)), np.zeros((0, width)), 0)
    for band in bands:
        n_done = band.top - held.top
        yield Sums(held.weights[:n_done], held.changes[:n_done], held.top)
        held = _added(Sums(held.weights[n_done:], held.changes[n_done:], band.top), band)
    yield held


def _added(held: Sums, band: Sums) -> Sums:
    """Return the sums of both, which begin at one row; the band ends no sooner."""
    weights, changes = np.zeros(band.weights.shape), np.zeros(band.changes.shape)
    weights[: len(held.weights)] = held.weights
    changes[: len(held.changes)] = held.changes
    weights += band.weights
    changes += band.changes
    return Sums(weights, changes, held.top)


def _band(images: Images, groups: Groups, start: int) -> Sums:
    """Return the sums of one band, over the rows that its groups reach."""
    height, width = images.noisy.shape
    rows = corners(height, groups.patch_size)
    rows = rows[(rows >= start) & (rows < start + BAND)]
    top = max(0, start - groups.radius)
    shape = (min(height, start + BAND + groups.radius + groups.patch_size) - top, width)
    sums = Sums(np.zeros(shape, np.float32), np.zeros(shape, np.float32), top)
    kernels.add_band(images, rows, corners(width, groups.patch_size), groups, sums)
    return sums


def corners(length: int, patch_size: int) -> np.ndarray:
    """Return where reference patches begin: every `STRIDE` pixels, and at the end."""
    last = length - patch_size
    return np.append(np.arange(0, last, STRIDE), last)
