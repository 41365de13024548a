"""Expectation and maximisation of the Gamma-Poisson mixture; labels as docs/gpmm.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, xlogy

from zeroshot_em.core.models.gpmm._kernels import exponentiate_rows
from zeroshot_em.core.models.gpmm.likelihood import Parameters
from zeroshot_em.core.models.gpmm.rows import checked_counts, map_rows
from zeroshot_em.core.parallel import map_blocks
from zeroshot_em.errors import InputError

ALPHA_BOUNDS = (1e-3, 1e7)

LARGEST_ERROR = 5e-3
"""In nats. A patch whose log-joints single precision may miss by more is taken in double."""


@dataclass
class PatchTotals:
    """What learning needs to know of each patch besides its pixels; of shape (n_patches,)."""

    counts: np.ndarray
    """Sum of the pixels."""
    log_factorials: np.ndarray
    """Sum over pixels of log y!."""
    entropies: np.ndarray
    """Sum over pixels of y log y."""
    typical_patch: np.ndarray
    """Median over blocks of patches of each pixel's median, of shape (n_pixels,)."""

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
            return (*(values.sum(axis=1) for values in of_pixels), np.median(counts, axis=0)[None])

        blocks = list(map_rows(total, len(patches), n_threads))
        counts, factorials, entropies, medians = map(np.concatenate, zip(*blocks, strict=True))
        if not counts.any():
            raise InputError("all patches are zero: there is nothing to learn from")
        return cls(counts, factorials, entropies, np.median(medians, axis=0))

    def smallest_rate(self) -> float:
        """Return the floor of the templates: a rate of 0 would forbid a count for ever."""
        typical_total = float(np.median(self.counts[self.counts > 0]))
        return 1e-5 * typical_total / len(self.typical_patch)


@dataclass
class Statistics:
    """What an E-step hands to the M-step."""

    mass: np.ndarray
    """Sum of the responsibilities of each component, shape (n_components,)."""
    counts: np.ndarray
    """Patches summed with the responsibilities as weights, shape (n_components, n_pixels)."""
    entropy: float
    """What the responsibilities add to the bound: their entropy, times the temperature."""

    @classmethod
    def total(cls, parts: "Sequence[Statistics]") -> "Statistics":
        """Return the sum of several."""
        return cls(
            np.sum([part.mass for part in parts], axis=0),
            np.sum([part.counts for part in parts], axis=0),
            sum(part.entropy for part in parts),
        )

    def expected_log_joint(self, parameters: Parameters) -> float:
        """Return the expectation of log weight + (G1), without what depends on the patch alone."""
        log_rates, bias = parameters.log_rates()
        return float(np.sum(self.counts * log_rates) + self.mass @ bias)


class Expectation:
    """The E-step under given parameters: (G3), tempered by (G14).

    What all components have in common is taken out of the templates' logarithms, and a typical
    patch out of the patches, and returned in double precision: only what differs is rounded to
    single. Patches for which that would be too coarse are taken in double.
    """

    def __init__(self, parameters: Parameters, temperature: float, centre: np.ndarray) -> None:
        log_rates, bias = parameters.log_rates()
        self.parameters, self.temperature, self.centre = parameters, temperature, centre
        self.common, self.common_bias = log_rates.mean(axis=0), bias.mean()
        deviations = log_rates - self.common
        offsets = deviations @ centre + bias - self.common_bias
        self.exact = np.column_stack([deviations, offsets]) / temperature
        self.single = self.exact.astype(np.float32)
        self.steepest = np.abs(self.exact).max(axis=0)

    def summarise(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the responsibilities' sums over centred patches and 1, and each log-likelihood.

        What depends on the patch alone is left out of the log-likelihoods.
        """
        centred = np.ones((len(counts), len(self.centre) + 1))
        centred[:, :-1] = counts - self.centre
        coarse = np.abs(centred) @ self.steepest * np.finfo(np.float32).epsneg > LARGEST_ERROR
        if not coarse.any():
            sums, evidence = _summarise_in_single(centred, self.single)
        else:
            sums, evidence = _summarise_in_double(centred[coarse], self.exact)
            evidence_of_all = np.empty(len(counts))
            evidence_of_all[coarse] = evidence
            more, evidence_of_all[~coarse] = _summarise_in_single(centred[~coarse], self.single)
            sums, evidence = sums + more, evidence_of_all
        return sums, self.temperature * evidence + counts @ self.common + self.common_bias

    def collect(self, sums: np.ndarray, patch_sum: np.ndarray, free_energy: float, n: int):
        """Return statistics whose masses and patches add up to those of all `n` patches."""
        mass = sums[:, -1] * (n / sums[:, -1].sum())
        deviations = sums[:, :-1]
        deviations += np.outer(mass / n, patch_sum - n * self.centre - deviations.sum(axis=0))
        found = Statistics(mass, deviations + np.outer(mass, self.centre), 0.0)
        found.entropy = free_energy - found.expected_log_joint(self.parameters)
        return found


def _summarise_in_single(centred: np.ndarray, log_rates: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the sums weighted by the responsibilities, and the logarithm of each evidence."""
    patches = centred.astype(np.float32)
    joint = patches @ log_rates.T
    largest, total = np.empty((2, len(joint)))
    exponentiate_rows(joint, largest, total)
    patches /= total[:, None].astype(np.float32)
    return joint.T @ patches, largest + np.log(total)


def _summarise_in_double(centred: np.ndarray, log_rates: np.ndarray) -> tuple[np.ndarray, ...]:
    joint = centred @ log_rates.T
    largest = joint.max(axis=1)
    np.exp(joint - largest[:, None], out=joint)
    total = joint.sum(axis=1)
    return joint.T @ (centred / total[:, None]), largest + np.log(total)


def e_step(
    patches: Any,
    blocks: Sequence[slice],
    expectation: Expectation,
    log_likelihoods: np.ndarray,
    n_threads: int | None = None,
) -> Statistics:
    """Sum the responsibilities, and the patches they weigh, over blocks of patches.

    Parameters
    ----------
    patches : ndarray of shape (n_patches, n_pixels)
    blocks : sequence of slice
        The patches to look at.
    expectation : Expectation
    log_likelihoods : ndarray of shape (n_patches,)
        Filled where there are blocks, without what depends on the patch alone.
    n_threads : int, optional
    """

    def summarise(rows: slice) -> tuple[np.ndarray, np.ndarray]:
        counts = np.asarray(patches[rows], dtype=np.float64)
        sums, log_likelihoods[rows] = expectation.summarise(counts)
        return sums, counts.sum(axis=0)

    sums, patch_sum = np.zeros(expectation.exact.shape), np.zeros(patches.shape[1])
    for block_sums, block_patch_sum in map_blocks(summarise, blocks, n_threads):
        sums += block_sums
        patch_sum += block_patch_sum
    free_energy = float(sum(log_likelihoods[rows].sum() for rows in blocks))
    return expectation.collect(
        sums, patch_sum, free_energy, sum(rows.stop - rows.start for rows in blocks)
    )


def maximise(parameters: Parameters, statistics: Statistics, smallest_rate: float) -> Parameters:
    """Return the best weights and templates (G6), (G9), which do not depend on alpha."""
    mass = np.maximum(statistics.mass, np.finfo(np.float32).tiny)
    components = np.maximum(statistics.counts / mass[:, None], smallest_rate)
    return Parameters(components, mass / mass.sum(), parameters.alpha)


class AlphaSearch:
    """Maximises (G10) over the logarithm of alpha, near its present value.

    The search begins within a factor e; afterwards it looks as far as the last steps went.
    """

    def __init__(self, patch_totals: np.ndarray) -> None:
        self.values, self.repeats = np.unique(patch_totals, return_counts=True)
        self.span = 1.0

    def best(self, parameters: Parameters, statistics: Statistics) -> float:
        """Return the alpha of the highest bound, or the present one."""
        totals, component_counts = parameters.template_totals(), statistics.counts.sum(axis=1)

        def loss(log_alpha: float) -> float:
            alpha = np.exp(log_alpha)
            prior = gammaln(alpha + self.values) - gammaln(alpha) - self.values * log_alpha
            rates = (alpha * statistics.mass + component_counts) * np.log1p(totals / alpha)
            return float(rates.sum() - self.repeats @ prior)

        now = np.log(parameters.alpha)
        low, high = np.log(ALPHA_BOUNDS)
        found = minimize_scalar(
            loss,
            bounds=(max(low, now - self.span), min(high, now + self.span)),
            method="bounded",
            options={"xatol": 1e-3 * self.span},
        )
        self.span = float(np.clip(4 * abs(found.x - now), 1e-3, 1))
        return float(np.exp(found.x)) if found.fun < loss(now) else parameters.alpha
