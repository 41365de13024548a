"""Whether the noise's variance follows the grey value, and along which straight line.

A camera that turns ``N`` counted quanta into ``gain * N + offset`` and adds readout noise gives ::

    variance = gain * mean + intercept,    intercept = readout ** 2 - gain * offset        (P1)

Mean and variance of one image tell `gain` and `intercept`, never offset and readout apart. Both are
read off the weakest directions of patches (see `level`), so that texture hardly counts: a patch's
mean against the mean square of its coefficients along them. The gain is negative where the contrast
was inverted.
"""

from dataclasses import dataclass, replace

import numpy as np

from zeroshot_em.core.noise.directions import (
    PatchHalf,
    cross_coefficients,
    relative_error,
    split_patches,
    strength_of,
    weakest,
)
from zeroshot_em.core.noise.level import level_of, trial_shares

_PATCHES_PER_BIN = 1000
_FEWEST_BINS, _MOST_BINS = 5, 30
_REFITS = 20
_PASSES = 3
# Variances below so much of the median are taken for that.
_DARKEST = 0.05
# An outlier in so many standard errors counts as one only: texture can add variance, not take it.
_TOO_HIGH = 2.0
_LEAST_T = 5.0
_LEAST_RATIO = 1.3
_LEAST_EXPLAINED = 0.5
# Below these after the first fit, no other is worth while.
_HOPELESS_T, _HOPELESS_RATIO = 3.0, 1.15


@dataclass(frozen=True)
class PhotonTransfer:
    """A straight line through noise variance against mean grey value (P1).

    Attributes
    ----------
    gain : float
        Slope, grey values per count; 0 where the variance is constant.
    intercept : float
        Variance at grey value 0, in grey values squared; may be negative.
    is_signal_dependent : bool
    means, variances : ndarray of shape (n_bins,)
        The points the line was fitted to.
    slope_t : float
        The slope in its standard errors.
    ratio : float
        Variance at the bright end over that at the dark end, or its inverse if less than 1.
    """

    gain: float
    intercept: float
    is_signal_dependent: bool
    means: np.ndarray
    variances: np.ndarray
    slope_t: float
    ratio: float

    def scaled(self, factor: float) -> "PhotonTransfer":
        """Return the line with all variances times a factor."""
        return replace(
            self,
            gain=factor * self.gain,
            intercept=factor * self.intercept,
            variances=factor * self.variances,
        )

    def variance(self, mean: np.ndarray) -> np.ndarray:
        """Return the variance at a mean grey value (P1), at least a hundredth of the median's."""
        least = 0.01 * np.median(self.variances)
        return np.maximum(self.gain * mean + self.intercept, least)


def photon_transfer(image: np.ndarray, excluded: np.ndarray | None = None) -> PhotonTransfer:
    """Fit the photon transfer line, and judge whether it is better than a constant.

    The line is fitted a few times: the better it is known, the better patches of weak texture are
    told from patches of weak noise.

    Parameters
    ----------
    image : ndarray of shape (height, width)
    excluded : ndarray of bool, shape (height, width), optional
        Clipped pixels, whose noise is not all there.

    Returns
    -------
    PhotonTransfer

    Raises
    ------
    InputError
        If an edge has fewer than 32 pixels, or too few patches are free of clipping.
    """
    halves = split_patches(image, excluded)
    constant = level_of(halves, extrapolate=False).sigma ** 2
    line = np.array([constant, 0.0])
    for _ in range(_PASSES):
        points = _points(halves, line)
        line, slope_error = _robust_line(*points)
        t, ratio = float(abs(line[1]) / slope_error), _ratio(line, points[0])
        if t < _HOPELESS_T or ratio < _HOPELESS_RATIO:
            break
    explained = _explained(line, points[0], points[1])
    depends = t > _LEAST_T and ratio > _LEAST_RATIO and explained > _LEAST_EXPLAINED
    gain, intercept = (line[1], line[0]) if depends else (0.0, constant)
    return PhotonTransfer(float(gain), float(intercept), depends, points[0], points[1], t, ratio)


def _points(
    halves: tuple[PatchHalf, PatchHalf], line: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, noise variance and its relative standard error, for classes of patches.

    Patches are first brought to about the same noise by the line known so far; `level_of` then says
    which share of them to trust.
    """
    means = np.concatenate([half.means for half in halves])
    least = _DARKEST * np.median(_affine(line, means))
    first, second = (_normalised(half, line, least) for half in halves)
    normal = (first, second)
    level = level_of(normal, extrapolate=False)
    coefficients = np.concatenate(_coefficients_before(normal, level.share))
    squares = (coefficients[:, : level.n_directions] ** 2).mean(axis=1)
    squares *= np.maximum(_affine(line, means), least)
    chosen = _weakest_at_each_mean(means, strength_of(coefficients), level.share)
    return _binned(means[chosen], squares[chosen], level.n_directions)


def _coefficients_before(halves: tuple[PatchHalf, PatchHalf], share: float) -> list[np.ndarray]:
    """Return all coefficients along the directions by which `level_of` chose this share."""
    for half in halves:
        half.chosen[:] = True
    for larger in trial_shares(halves):
        if larger > share:
            weakest(halves, larger)
    return cross_coefficients(halves)


def _affine(line: np.ndarray, means: np.ndarray) -> np.ndarray:
    return line[0] + line[1] * means


def _normalised(half: PatchHalf, line: np.ndarray, least: float) -> PatchHalf:
    sigma = np.sqrt(np.maximum(_affine(line, half.means), least))
    return PatchHalf(half.patches / sigma[:, None], half.means, np.ones(len(sigma), dtype=bool))


def _weakest_at_each_mean(means: np.ndarray, strength: np.ndarray, share: float) -> np.ndarray:
    """Return the indices of the patches with the least strength in each class of means."""
    classes = np.array_split(np.argsort(means, kind="stable"), _n_bins(len(means)))
    return np.concatenate(
        [c[np.argsort(strength[c], kind="stable")[: int(np.ceil(share * len(c)))]] for c in classes]
    )


def _n_bins(n_patches: int) -> int:
    return int(np.clip(n_patches // _PATCHES_PER_BIN, _FEWEST_BINS, _MOST_BINS))


def _binned(
    means: np.ndarray, squares: np.ndarray, n_directions: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return means, variances and relative standard errors of variance of classes of patches."""
    bins = np.array_split(np.argsort(means, kind="stable"), _n_bins(len(means)))
    errors = [2 * relative_error(len(chosen), n_directions) for chosen in bins]
    bin_means = [means[chosen].mean() for chosen in bins]
    bin_variances = [squares[chosen].mean() for chosen in bins]
    return np.array(bin_means), np.array(bin_variances), np.array(errors)


def _robust_line(
    means: np.ndarray, variances: np.ndarray, errors: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return intercept and slope, and the slope's standard error, by reweighted least squares.

    The standard errors are in proportion to the fitted variance. Points too high by more than
    `_TOO_HIGH` of them have texture, and lose weight as in Huber's estimator.
    """
    design = np.column_stack([np.ones_like(means), means])
    fitted = np.full_like(variances, np.median(variances))
    downweight = np.ones_like(variances)
    for _ in range(_REFITS):
        weights = downweight / (errors * fitted) ** 2
        information = design.T @ (weights[:, None] * design)
        line = np.linalg.solve(information, design.T @ (weights * variances))
        fitted = np.maximum(design @ line, _DARKEST * np.median(variances))
        excess = (variances - fitted) / (errors * fitted)
        scale = max(1.0, float(np.median(np.abs(excess))) / 0.6745)
        downweight = np.minimum(1, _TOO_HIGH / np.maximum(excess / scale, 1e-9))
    return line, float(scale * np.sqrt(np.linalg.inv(information)[1, 1]))


def _ratio(line: np.ndarray, means: np.ndarray) -> float:
    ends = line[0] + line[1] * means[[0, -1]]
    least, most = np.sort(ends)
    return float(most / max(least, 0.01 * most))


def _explained(line: np.ndarray, means: np.ndarray, variances: np.ndarray) -> float:
    """Return by what part the mean deviation is less from the line than from a constant.

    Not the median: where most of the image is one bright sky, a constant fits the typical class.
    """
    middle = np.median(variances)
    least = _DARKEST * middle
    log_variances = np.log(np.maximum(variances, least))
    from_line = np.mean(np.abs(log_variances - np.log(np.maximum(_affine(line, means), least))))
    from_constant = np.mean(np.abs(log_variances - np.log(middle)))
    return float(1 - from_line / max(from_constant, 1e-12))
