"""Noise beneath texture that fills every direction of patches and leaves no patch out.

Patches are put into classes by what they hold in the strongest directions, the strength of their
texture. In every class the mean squares along the weakest and along the middle directions are the
noise's variance and a share of the texture each, in proportion to one another, so that ::

    weak = noise + slope * (middle - noise)                                                (T1)

The line through the classes meets ``weak = middle`` where there is no texture: at the noise. The
classes are independent of the noise along the directions that are measured, since white Gaussian
noise is independent from direction to direction.
"""

from typing import NamedTuple

import numpy as np

from zeroshot_em.core.noise.directions import relative_error

N_WEAK = 8
N_MIDDLE = 24
_N_CLASSES = 20
_FEWEST_IN_CLASS = 50
_REFITS = 6
_FIRST_SLOPE, _STEEPEST = 0.3, 0.7
# Of a class's texture: how far (T1) is off, and how far what it takes away is in doubt.
_MISFIT, _DOUBT = 0.03, 0.3


class Beneath(NamedTuple):
    """The noise's variance, and the relative standard error of sigma."""

    variance: float
    standard_error: float


class Classes(NamedTuple):
    """Mean squares of classes of texture, weakest first, and their relative standard errors."""

    weak: np.ndarray
    middle: np.ndarray
    weak_error: float
    middle_error: float


class Line(NamedTuple):
    """The line (T1), its value at 0 and slope with their covariance, and the classes' weights."""

    level: float
    slope: float
    covariance: np.ndarray
    weights: np.ndarray

    @property
    def noise(self) -> float:
        """Where the line meets the diagonal."""
        return self.level / (1 - self.slope)


def noise_beneath(squares: np.ndarray) -> Beneath | None:
    """Extrapolate to no texture; None where there are too few patches, or the line leads below 0.

    Parameters
    ----------
    squares : ndarray of shape (n_patches, n_directions)
        Squared coefficients of patches along directions that were found in others, weakest first.
    """
    if len(squares) < _N_CLASSES * _FEWEST_IN_CLASS:
        return None
    classes = _classes(squares)
    if classes.weak.min() <= 0:
        return None
    line = _fit(classes)
    if line.noise <= 0:
        return None
    return Beneath(line.noise, _error(line, classes))


def _classes(squares: np.ndarray) -> Classes:
    """Return the mean squares along the weak and middle directions, by those along the rest."""
    strength = squares[:, N_WEAK + N_MIDDLE :].sum(axis=1)
    chosen = np.array_split(np.argsort(strength, kind="stable"), _N_CLASSES)
    weak, middle = np.split(squares[:, : N_WEAK + N_MIDDLE], [N_WEAK], axis=1)
    n = len(chosen[0])
    return Classes(
        np.array([weak[c].mean() for c in chosen]),
        np.array([middle[c].mean() for c in chosen]),
        2 * relative_error(n, N_WEAK),
        2 * relative_error(n, N_MIDDLE),
    )


def _fit(classes: Classes) -> Line:
    """Fit (T1) by least squares, reweighted as the noise becomes known."""
    noise, slope = float(classes.weak.min()), _FIRST_SLOPE
    for _ in range(_REFITS):
        line = _weighted_line(classes, 1 / _variances(classes, noise, slope))
        noise, slope = line.noise, line.slope
    return line


def _variances(classes: Classes, noise: float, slope: float) -> np.ndarray:
    texture = np.maximum(classes.middle - noise, 0)
    return (
        (classes.weak_error * classes.weak) ** 2
        + (slope * classes.middle_error * classes.middle) ** 2
        + (_MISFIT * texture) ** 2
    )


def _weighted_line(classes: Classes, weights: np.ndarray) -> Line:
    design = np.column_stack([np.ones_like(classes.middle), classes.middle])
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
    slope = (covariance @ (design.T @ (weights * classes.weak)))[1]
    slope = float(np.clip(slope, 0, _STEEPEST))
    level = np.average(classes.weak - slope * classes.middle, weights=weights)
    return Line(float(level), slope, covariance, weights)


def _error(line: Line, classes: Classes) -> float:
    """Return the relative standard error of sigma, by chance and by (T1) not being quite right.

    The further the extrapolation reaches beyond the classes, the less it is trusted.
    """
    gradient = np.array([1, line.noise]) / (1 - line.slope)
    residuals = classes.weak - line.level - line.slope * classes.middle
    scale = max(1.0, (line.weights * residuals**2).sum() / (_N_CLASSES - 2))
    by_chance = scale * gradient @ line.covariance @ gradient
    span = np.sqrt(np.cov(classes.middle, aweights=line.weights, ddof=0))
    distance = abs(classes.middle[0] - line.noise)
    doubt = _DOUBT * line.slope * distance * max(1.0, distance / max(span, 1e-12 * distance))
    return float(np.sqrt(by_chance + doubt**2) / (2 * line.noise))
