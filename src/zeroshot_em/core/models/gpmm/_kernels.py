"""Compiled inner loop of the Gamma-Poisson mixture: one pass of log-sum-exp over a block."""

import numpy as np

from zeroshot_em.core.parallel import vectorised_kernel

_single = np.float32


@vectorised_kernel
def exp_nonpositive(x):
    """Return e**x in single precision for x <= 0, to 3e-7; below -87 it is e**-87."""
    x = max(x, _single(-87.0))
    power = np.floor(x * _single(1.44269504) + _single(0.5))
    # ln 2 in two parts, so that the remainder keeps its digits (Cody and Waite).
    rest = (x - power * _single(0.693359375)) + power * _single(2.12194440e-4)
    series = _single(1.9875691500e-4)
    series = series * rest + _single(1.3981999507e-3)
    series = series * rest + _single(8.3334519073e-3)
    series = series * rest + _single(4.1665795894e-2)
    series = series * rest + _single(1.6666665459e-1)
    series = series * rest + _single(5.0000001201e-1)
    series = series * rest * rest + rest + _single(1.0)
    power_of_two = np.int32((np.int32(power) + np.int32(127)) << np.int32(23)).view(np.float32)
    return series * power_of_two


@vectorised_kernel
def exponentiate_rows(joint, largest, total):
    """Replace every row of `joint` by ``exp(row - max)``; keep the maximum and the sum.

    Parameters
    ----------
    joint : ndarray of shape (n_rows, n_components), float32
        Overwritten.
    largest, total : ndarray of shape (n_rows,), float64
        Filled with the maximum of the row and with the sum of the exponentials.
    """
    for n in range(joint.shape[0]):
        row = joint[n]
        row_largest = _single(-np.inf)
        for c in range(row.shape[0]):
            row_largest = max(row_largest, row[c])
        row_total = _single(0.0)
        for c in range(row.shape[0]):
            row[c] = exp_nonpositive(row[c] - row_largest)
            row_total += row[c]
        largest[n] = row_largest
        total[n] = row_total
