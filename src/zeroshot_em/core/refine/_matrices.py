"""Compiled kernels of small matrices: what a group of patches shares, and inference under it.

A group is centred; row m of it is patch m. Loops have a fixed order. Labels refer to the equations
of `step`.
"""

import numpy as np

from zeroshot_em.core.parallel import vectorised_kernel as kernel

LANES = 4
"""Rows of a group that are summed at a time; groups are filled up with rows of zeros."""

ONE = np.float32(1.0)


@kernel
def average(patches, n_similar, mean):
    """Fill `mean` with the mean patch."""
    mean[:] = 0.0
    for m in range(n_similar):
        for d in range(len(mean)):
            mean[d] += patches[m, d]
    for d in range(len(mean)):
        mean[d] /= n_similar


@kernel
def centre(patches, n_similar, mean):
    """Subtract the mean patch from every patch."""
    for m in range(n_similar):
        for d in range(len(mean)):
            patches[m, d] -= mean[d]


@kernel
def covary(patches, n_similar, covariance):
    """Fill `covariance` with that of centred patches, four of them at a time (R1)."""
    n_pixels = patches.shape[1]
    covariance[:] = 0.0
    for m in range(0, n_similar, LANES):
        p, q, r, s = patches[m], patches[m + 1], patches[m + 2], patches[m + 3]
        for d in range(n_pixels):
            row, a, b, c, e = covariance[d], p[d], q[d], r[d], s[d]
            for f in range(n_pixels):
                row[f] += a * p[f] + b * q[f] + c * r[f] + e * s[f]
    covariance /= np.float32(n_similar)


@kernel
def relate(patches, n_similar, level, covariance):
    """Fill `covariance` with that between the group's patches, and of their common level (R7)."""
    n_pixels = np.float32(patches.shape[1])
    for m in range(n_similar):
        for k in range(m + 1):
            product = np.float32(0.0)
            for d in range(patches.shape[1]):
                product += patches[m, d] * patches[k, d]
            covariance[m, k] = covariance[k, m] = product / n_pixels + level


@kernel
def invert(matrix, column):
    """Invert a symmetric matrix in place, by sweeps; no eigenvalue may be near zero."""
    n = len(matrix)
    for p in range(n):
        sweep(matrix, p, column)
    for d in range(n):
        for e in range(d + 1):
            matrix[d, e] = matrix[e, d] = -matrix[d, e]


@kernel
def sweep(matrix, p, column):
    """Sweep the lower triangle by a pivot; by every one of them it becomes minus the inverse."""
    n = len(matrix)
    for e in range(p):
        column[e] = matrix[p, e]
    for e in range(p + 1, n):
        column[e] = matrix[e, p]
    scale = ONE / matrix[p, p]
    column[p] = 0.0
    for d in range(n):
        row, factor = matrix[d], column[d] * scale
        for e in range(d + 1):
            row[e] -= factor * column[e]
    for e in range(p):
        matrix[p, e] = column[e] * scale
    for e in range(p + 1, n):
        matrix[e, p] = column[e] * scale
    matrix[p, p] = -scale


@kernel
def invert_sum(covariance, ridge, precision, column):
    """Fill `precision` with the inverse of the covariance plus so much on its diagonal."""
    for d in range(len(covariance)):
        for e in range(len(covariance)):
            precision[d, e] = covariance[d, e]
        precision[d, d] += ridge
    invert(precision, column)


@kernel
def widen(covariance, precision, share):
    """Add to the covariance a share of the posterior's, which is I - precision (R2)."""
    for d in range(len(covariance)):
        for e in range(len(covariance)):
            covariance[d, e] -= share * precision[d, e]
        covariance[d, d] += share


@kernel
def infer(data, n_similar, precision, estimates):
    """Fill `estimates` with the posterior means of centred patches, data - data precision (R3)."""
    n_pixels = len(precision)
    whole = n_pixels // LANES * LANES
    for m in range(n_similar):
        out, y = estimates[m], data[m]
        for f in range(n_pixels):
            out[f] = y[f]
        for d in range(0, whole, LANES):
            p, q, r, s = precision[d], precision[d + 1], precision[d + 2], precision[d + 3]
            a, b, c, e = y[d], y[d + 1], y[d + 2], y[d + 3]
            for f in range(n_pixels):
                out[f] -= a * p[f] + b * q[f] + c * r[f] + e * s[f]
        for d in range(whole, n_pixels):
            for f in range(n_pixels):
                out[f] -= y[d] * precision[d, f]


@kernel
def infer_across(data, precision, estimates):
    """Fill `estimates` with the posterior means of centred pixels, data - precision data (R8)."""
    n_similar = len(precision)
    whole = n_similar // LANES * LANES
    for m in range(n_similar):
        out, weights = estimates[m], precision[m]
        for d in range(len(out)):
            out[d] = data[m, d]
        for k in range(0, whole, LANES):
            p, q, r, s = data[k], data[k + 1], data[k + 2], data[k + 3]
            a, b, c, e = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
            for d in range(len(out)):
                out[d] -= a * p[d] + b * q[d] + c * r[d] + e * s[d]
        for k in range(whole, n_similar):
            for d in range(len(out)):
                out[d] -= weights[k] * data[k, d]
