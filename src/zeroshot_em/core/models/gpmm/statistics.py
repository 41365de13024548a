"""Expectation, maximisation and the bound of the Gamma-Poisson mixture; labels as docs/gpmm.md."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, xlogy

from zeroshot_em.core.models.gpmm._kernels import exponentiate_rows
from zeroshot_em.core.models.gpmm.likelihood import Parameters
from zeroshot_em.core.models.gpmm.rows import checked_counts, map_rows, take
from zeroshot_em.errors import InputError

EMPTY_MASS = 1e-2
"""A component of less than so many patches may be given to another."""

ALPHA_BOUNDS = (1e-3, 1e7)


@dataclass
class PatchTotals:
    """What the E-step needs to know of each patch besides its pixels; all of shape (n_patches,)."""

    counts: np.ndarray
    """Sum of the pixels."""
    log_factorials: np.ndarray
    """Sum over pixels of log y!."""
    entropies: np.ndarray
    """Sum over pixels of y log y."""

    @classmethod
    def of(cls, patches: Any, n_threads: int | None = None) -> "PatchTotals":
        """Sum over the pixels of all patches.

        Raises
        ------
        InputError
            If a value is negative or not finite, or all are zero.
        """

        def total(rows: slice) -> tuple[np.ndarray, ...]:
            counts = checked_counts(patches, rows)
            of_pixels = counts, gammaln(counts + 1), xlogy(counts, counts)
            return tuple(values.sum(axis=1) for values in of_pixels)

        blocks = list(map_rows(total, len(patches), n_threads))
        totals = cls(*(np.concatenate(part) for part in zip(*blocks, strict=True)))
        if not totals.counts.any():
            raise InputError("all patches are zero: there is nothing to learn from")
        return totals


@dataclass
class Statistics:
    """What one E-step hands to the M-step."""

    mass: np.ndarray
    """Sum of the responsibilities of each component, shape (n_components,)."""
    counts: np.ndarray
    """Patches summed with the responsibilities as weights, shape (n_components, n_pixels)."""
    log_likelihoods: np.ndarray
    """Tempered, of each patch, shape (n_patches,), without what depends on the patch alone."""


def e_step(
    patches: Any, parameters: Parameters, temperature: float, n_threads: int | None = None
) -> Statistics:
    """Sum the responsibilities (G3, G14) and the patches they weigh, block by block.

    The matrix products are in single precision. What all components have in common is taken out
    beforehand and added to the log-likelihoods in double precision.
    """
    log_rates, bias = parameters.log_rates()
    common, common_bias = log_rates.mean(axis=0), bias.mean()
    deviations = ((log_rates - common) / temperature).astype(np.float32)
    bias_deviations = ((bias - common_bias) / temperature).astype(np.float32)
    log_likelihoods = np.empty(len(patches))

    def summarise(rows: slice) -> np.ndarray:
        counts = np.asarray(patches[rows], dtype=np.float32)
        joint = counts @ deviations.T
        largest, total = np.empty((2, len(joint)))
        exponentiate_rows(joint, bias_deviations, largest, total)
        free_energies = temperature * (largest + np.log(total))
        log_likelihoods[rows] = free_energies + counts @ common + common_bias
        weighted = np.empty((len(counts), counts.shape[1] + 1), dtype=np.float32)
        np.divide(1, total, out=weighted[:, -1], casting="same_kind")
        np.multiply(counts, weighted[:, -1:], out=weighted[:, :-1])
        return joint.T @ weighted

    sums = np.zeros((len(parameters.components), patches.shape[1] + 1))
    for block in map_rows(summarise, len(patches), n_threads):
        sums += block
    return Statistics(sums[:, -1], sums[:, :-1], log_likelihoods)


def m_step(parameters: Parameters, statistics: Statistics, totals: PatchTotals) -> Parameters:
    """Maximise with the intensity integrated out: (G6), (G9), then (G10)."""
    mass = np.maximum(statistics.mass, np.finfo(np.float32).tiny)
    components = np.maximum(
        statistics.counts / mass[:, None], smallest_rate(totals, statistics.counts.shape[1])
    )
    updated = Parameters(components, mass / mass.sum(), parameters.alpha)
    if np.isfinite(parameters.alpha):
        updated.alpha = best_alpha(updated, statistics, totals.counts)
    return updated


def best_alpha(parameters: Parameters, statistics: Statistics, patch_totals: np.ndarray) -> float:
    """Maximise (G10) over the logarithm of alpha, within a factor e of its present value."""
    values, repeats = np.unique(patch_totals, return_counts=True)
    component_counts = statistics.counts.sum(axis=1)
    template_totals = parameters.template_totals()

    def loss(log_alpha: float) -> float:
        alpha = np.exp(log_alpha)
        prior = gammaln(alpha + values) - gammaln(alpha) - values * log_alpha
        rates = (alpha * statistics.mass + component_counts) * np.log1p(template_totals / alpha)
        return float(rates.sum() - repeats @ prior)

    now = np.log(parameters.alpha)
    low, high = np.log(ALPHA_BOUNDS)
    found = minimize_scalar(
        loss,
        bounds=(max(low, now - 1), min(high, now + 1)),
        method="bounded",
        options={"xatol": 1e-3},
    )
    return float(np.exp(found.x)) if found.fun < loss(now) else parameters.alpha


def reseed_empty(
    parameters: Parameters,
    patches: Any,
    statistics: Statistics,
    totals: PatchTotals,
    n_threads: int | None = None,
) -> None:
    """Give components that hold no patch to the patches that are explained worst.

    A patch whose template is its own gains ``gains`` nats and, at weight 1/N, costs the others
    together less than 1: it is taken where that makes the log-likelihood rise.
    """
    empty = np.flatnonzero(statistics.mass < EMPTY_MASS)
    own = totals.entropies - totals.counts * np.log1p(totals.counts / parameters.alpha)
    gains = own - parameters.shape_excess(totals.counts) - statistics.log_likelihoods
    gains -= np.log(len(gains))
    worst = np.argsort(gains)[::-1][: len(empty)]
    worst = np.sort(worst[gains[worst] > 2])
    if len(worst):
        chosen = empty[: len(worst)]
        parameters.components[chosen] = np.maximum(
            take(patches, worst, n_threads), smallest_rate(totals, patches.shape[1])
        )
        parameters.weights[chosen] = 1 / len(gains)
        parameters.weights /= parameters.weights.sum()


def lower_bound(parameters: Parameters, statistics: Statistics, totals: PatchTotals) -> float:
    """Return the objective per patch: (G5), or (G14) at a temperature above 1."""
    constants = parameters.log_constants(totals.counts) - totals.log_factorials
    return float((statistics.log_likelihoods + constants).mean())


def smallest_rate(totals: PatchTotals, n_pixels: int) -> float:
    """Return the floor of the templates: a rate of 0 would forbid a count for ever."""
    return 1e-5 * totals.counts.mean() / n_pixels
