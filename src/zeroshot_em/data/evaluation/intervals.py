"""Whether the models' intervals hold the truth as often as they say: coverage and its mending."""

import numpy as np
from scipy.special import ndtri

from zeroshot_em.data.evaluation.maps import check_one_size
from zeroshot_em.errors import InputError

LEVELS = (0.5, 0.8, 0.95)


def normal_width(level: float) -> float:
    """Return how many deviations on each side hold so much of a normal distribution."""
    return float(ndtri(0.5 + level / 2))


def errors_in_deviations(
    truth: np.ndarray, estimate: np.ndarray, deviation: np.ndarray
) -> np.ndarray:
    """Return how far the truth lies from the estimate, in stated standard deviations.

    Raises
    ------
    InputError
        If the sizes differ.
    """
    check_one_size(("the truth", truth), ("the image", estimate))
    check_one_size(("the truth", truth), ("the map of deviations", deviation))
    smallest = np.finfo(float).tiny
    return np.abs(np.asarray(truth, dtype=np.float64) - estimate) / np.maximum(deviation, smallest)


def coverage(errors: np.ndarray, width: float) -> float:
    """Return the share of pixels whose truth lies within so many deviations of the estimate.

    Parameters
    ----------
    errors : ndarray
        From `errors_in_deviations`.
    width : float
        `normal_width` of a level for intervals as stated, `conformal_width` for mended ones.
    """
    return float(np.mean(np.asarray(errors) <= width))


def conformal_width(errors: np.ndarray, level: float) -> float:
    """Return how many deviations hold the truth at a level, learned from scenes of known truth.

    Split conformal prediction (Lei et al. 2018): the ceil((n + 1) level)-th smallest of n errors
    holds a further one with a probability of at least `level`, if all are exchangeable.

    Raises
    ------
    InputError
        If there are too few errors to say so.
    """
    errors = np.ravel(errors)
    rank = int(np.ceil((errors.size + 1) * level))
    if rank > errors.size:
        raise InputError(f"{errors.size} errors are too few for intervals of {100 * level:g} %")
    return float(np.partition(errors, rank - 1)[rank - 1])
