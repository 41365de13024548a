"""Gamma-Poisson mixture model (GPMM) of image patches.

A patch of counts ``y`` shows one of C templates ``W_c`` at an intensity ``z``::

    c ~ Categorical(weights),   z ~ Gamma(alpha, rate beta),   y_d ~ Poisson(z W_cd)

which are equations (3), (4), (7) and (9) of bioRxiv 2021.02.25.432265. The intensity is integrated
out exactly; labels (G1) to (G13) refer to docs/gpmm.md.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, logsumexp, softmax, xlogy
from sklearn.base import BaseEstimator
from sklearn.cluster import kmeans_plusplus
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from zeroshot_em.core.models.gpmm._kernels import exponentiate_rows
from zeroshot_em.core.models.parameters import check_random_state, check_whole_number
from zeroshot_em.core.parallel import map_blocks, one_blas_thread, row_blocks
from zeroshot_em.core.progress import FitProgress
from zeroshot_em.errors import InputError

INTENSITIES = ("gamma", "none")
BLOCK_ROWS = 1024
SEEDING_PATCHES = 20_000
PATCHES_PER_COMPONENT = 60
MOST_COMPONENTS = 1000
EMPTY_MASS = 1e-2
ALPHA_BOUNDS = (1e-3, 1e7)
Result = TypeVar("Result")


@dataclass
class _PatchTotals:
    """What the E-step needs to know of each patch besides its pixels; all of shape (n_patches,)."""

    counts: np.ndarray
    """Sum of the pixels."""
    log_factorials: np.ndarray
    """Sum over pixels of log y!."""
    entropies: np.ndarray
    """Sum over pixels of y log y."""


@dataclass
class _Statistics:
    """What one E-step hands to the M-step."""

    mass: np.ndarray
    """Sum of the responsibilities of each component, shape (n_components,)."""
    counts: np.ndarray
    """Patches summed with the responsibilities as weights, shape (n_components, n_pixels)."""
    log_likelihoods: np.ndarray
    """Tempered, of each patch, shape (n_patches,), without what depends on the patch alone."""


class GPMM(BaseEstimator):
    """Gamma-Poisson mixture model, fitted by expectation maximisation.

    Parameters
    ----------
    n_components : int, optional
        Number of templates. By default one for every 60 patches, at most 1000: with fewer patches
        to a template the noise is learned (see docs/gpmm.md).
    intensity : {"gamma", "none"}, default "gamma"
        "none" holds the intensity at 1: the plain Poisson mixture, the limit of infinite `alpha_`.
    temperature : float, default 1.2
        Softens the responsibilities while learning, to those of ``p ** (1 / temperature)``, so that
        templates share more patches and learn less noise; 1 is maximum likelihood. The posterior
        of `reconstruct` is exact at any temperature. See docs/gpmm.md for what this is worth.
    max_iter : int, default 100
        The most EM iterations; a `ConvergenceWarning` tells if they were not enough.
    tol : float, default 2e-5
        EM stops when the objective per pixel rises by less than this, in nats.
    n_threads : int, optional
        Every core by default. The result does not depend on it.
    random_state : int, default 0
        Seed of the k-means++ initialisation.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_pixels)
        Templates W, in counts: the mean patch of each component.
    weights_ : ndarray of shape (n_components,)
        Probabilities of the components.
    alpha_, beta_ : float
        Shape and rate of the Gamma distribution of the intensity. The scale of W is not
        identifiable beside beta, so beta equals alpha and the mean intensity is 1.
    log_likelihoods_ : ndarray of shape (n_iterations,)
        The objective at the beginning of each iteration, in nats per patch, with all constants:
        the mean log-likelihood where the temperature is 1, else its tempered form (G14).
    converged_ : bool
        Whether `tol` was met.

    Notes
    -----
    The model takes grey values for counts: their noise variance is taken to equal their mean, so
    that multiplying the image or adding an offset changes the result. The values need not be
    integers (the factorial is continued by the Gamma function), but must not be negative.
    """

    def __init__(
        self,
        n_components: int | None = None,
        *,
        intensity: str = "gamma",
        temperature: float = 1.2,
        max_iter: int = 100,
        tol: float = 2e-5,
        n_threads: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.intensity = intensity
        self.temperature = temperature
        self.max_iter = max_iter
        self.tol = tol
        self.n_threads = n_threads
        self.random_state = random_state

    def fit(self, patches: ArrayLike, *, guides: ArrayLike | None = None) -> "GPMM":
        """Learn templates, weights and intensity from patches.

        Parameters
        ----------
        patches : array-like of shape (n_patches, n_pixels)
            Counts. Read in blocks of rows and never copied as a whole; anything with ``shape``,
            ``dtype`` and slices of rows will do.
        guides : array-like of shape (n_guides, n_pixels), optional
            Patches to begin the templates at, such as denoised ones; `patches` by default.

        Returns
        -------
        GPMM
            This model.

        Raises
        ------
        InputError
            If the values are not numbers, not finite, negative or all zero, if there are fewer
            patches than components, or if an option or the guides cannot be used.
        """
        rows = _as_rows(patches)
        seeding_rows = rows if guides is None else self._checked_guides(guides, rows.shape[1])
        n_components = self._choose_n_components(min(len(rows), len(seeding_rows)))
        with one_blas_thread():
            self._maximise(rows, seeding_rows, n_components)
        if not self.converged_:
            warnings.warn(
                f"GPMM has not converged in {self.max_iter} iterations; "
                "increase max_iter or tol to silence this",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _maximise(self, patches: Any, guides: Any, n_components: int) -> None:
        """Iterate expectation and maximisation until the objective rises no more."""
        totals = self._patch_totals(patches)
        self._initialise(guides, n_components, totals)
        history: list[float] = []
        self.converged_ = False
        smallest_rise = self.tol * patches.shape[1]
        with FitProgress("GPMM", self.max_iter) as progress:
            while not self.converged_ and len(history) < self.max_iter:
                statistics = self._e_step(patches)
                history.append(self._lower_bound(statistics, totals))
                progress.update(log_likelihood=history[-1], alpha=self.alpha_)
                self.converged_ = len(history) > 1 and history[-1] - history[-2] < smallest_rise
                if not self.converged_:
                    self._m_step(statistics, totals)
                    self._reseed_empty(patches, statistics, totals)
        self.log_likelihoods_ = np.array(history)

    def reconstruct(self, patches: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return posterior mean and variance of the noise-free rate of every pixel.

        Parameters
        ----------
        patches : array-like of shape (n_patches, n_pixels)
            Counts; need not be those the model was fitted to.

        Returns
        -------
        mean, variance : ndarray of shape (n_patches, n_pixels)
            Equation (9) and (G12); in counts and counts squared.

        Raises
        ------
        NotFittedError
            If there are no parameters yet.
        InputError
            If the patches do not fit the model, or are not counts.
        """
        counted = self._matching_rows(patches)
        log_rates, bias = self._log_rates()
        scaled = self.components_ / (1 + self._template_totals() / self.beta_)[:, None]
        squared = scaled**2
        mean, variance = np.empty((2, *counted.shape))

        def estimate(rows: slice) -> None:
            counts = _checked_counts(counted, rows)
            posterior = softmax(counts @ log_rates.T + bias, axis=1)
            total = counts.sum(axis=1, keepdims=True)
            gain, next_gain = 1 + total / self.alpha_, 1 + (total + 1) / self.alpha_
            mean[rows] = gain * (posterior @ scaled)
            second_moment = gain * next_gain * (posterior @ squared)
            variance[rows] = np.maximum(second_moment - mean[rows] ** 2, 0)

        for _ in self._map_blocks(estimate, len(counted)):
            pass
        return mean, variance

    def log_likelihood(self, patches: ArrayLike) -> float:
        """Return the mean log-likelihood per patch in nats, all constants kept (G5).

        Raises
        ------
        NotFittedError
            If there are no parameters yet.
        InputError
            If the patches do not fit the model, or are not counts.
        """
        counted = self._matching_rows(patches)
        log_rates, bias = self._log_rates()

        def total(rows: slice) -> float:
            counts = _checked_counts(counted, rows)
            constants = self._log_constants(counts.sum(axis=1)) - gammaln(counts + 1).sum(axis=1)
            joint = counts @ log_rates.T + bias
            return float((logsumexp(joint, axis=1) + constants).sum())

        return sum(self._map_blocks(total, len(counted))) / len(counted)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the fitted parameters, and all that `from_arrays` needs, by name."""
        return {
            "components": self.components_,
            "weights": self.weights_,
            "alpha": np.array(self.alpha_),
            "log_likelihoods": self.log_likelihoods_,
            "converged": np.array(self.converged_),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], **options: Any) -> "GPMM":
        """Return the model whose `to_arrays` gave `arrays`; `options` go to the constructor."""
        alpha = float(arrays["alpha"])
        intensity = "gamma" if np.isfinite(alpha) else "none"
        model = cls(len(arrays["components"]), intensity=intensity, **options)
        model.components_ = arrays["components"]
        model.weights_ = arrays["weights"]
        model.alpha_ = model.beta_ = alpha
        model.log_likelihoods_ = arrays["log_likelihoods"]
        model.converged_ = bool(arrays["converged"])
        return model

    def _choose_n_components(self, n_patches: int) -> int:
        """Return the number of templates, after a look at all options."""
        if self.intensity not in INTENSITIES:
            raise InputError(
                f"intensity must be one of {', '.join(INTENSITIES)}; got {self.intensity!r}"
            )
        n_components = self.n_components
        if n_components is None:
            n_components = min(max(n_patches // PATCHES_PER_COMPONENT, 1), MOST_COMPONENTS)
        check_whole_number("n_components", n_components, 1)
        check_whole_number("max_iter", self.max_iter, 1)
        check_random_state(self.random_state)
        if not (isinstance(self.temperature, Real) and 1 <= self.temperature < np.inf):
            raise InputError(
                f"temperature must be a finite number of at least 1, got {self.temperature!r}"
            )
        if n_components > n_patches:
            raise InputError(
                f"{n_components} components cannot be learned from {n_patches} patches; "
                "take fewer components or a larger image"
            )
        return n_components

    def _checked_guides(self, guides: ArrayLike, n_pixels: int) -> Any:
        rows = _as_rows(guides)
        if rows.shape[1] != n_pixels:
            raise InputError(f"guides have {rows.shape[1]} pixels, patches have {n_pixels}")
        if not all(self._map_blocks(lambda block: np.isfinite(rows[block]).all(), len(rows))):
            raise InputError("guides must be finite; found NaN or infinity")
        return rows

    def _initialise(self, guides: Any, n_components: int, totals: _PatchTotals) -> None:
        """Begin with guides chosen by k-means++, drawn a little to their mean lest a pixel be 0.

        Distances are taken between square roots, where Poisson noise is the same at every count.
        """
        rng = np.random.RandomState(self.random_state)
        n_candidates = min(len(guides), max(n_components, SEEDING_PATCHES))
        chosen = np.sort(rng.choice(len(guides), n_candidates, replace=False))
        candidates = np.maximum(self._take(guides, chosen), 0)
        _, seeds = kmeans_plusplus(np.sqrt(candidates), n_components, random_state=rng)
        mean_pixel = totals.counts.mean() / guides.shape[1]
        self.components_ = 0.9 * candidates[seeds] + 0.1 * mean_pixel
        self.weights_ = np.full(n_components, 1 / n_components)
        self.alpha_ = self.beta_ = 50.0 if self.intensity == "gamma" else np.inf

    def _e_step(self, patches: Any) -> _Statistics:
        """Sum the responsibilities (G3, G14) and the patches they weigh, block by block.

        The matrix products are in single precision. What all components have in common is taken
        out beforehand and added to the log-likelihoods in double precision.
        """
        log_rates, bias = self._log_rates()
        common, common_bias = log_rates.mean(axis=0), bias.mean()
        deviations = ((log_rates - common) / self.temperature).astype(np.float32)
        bias_deviations = ((bias - common_bias) / self.temperature).astype(np.float32)
        log_likelihoods = np.empty(len(patches))

        def summarise(rows: slice) -> np.ndarray:
            counts = np.asarray(patches[rows], dtype=np.float32)
            joint = counts @ deviations.T
            largest, total = np.empty((2, len(joint)))
            exponentiate_rows(joint, bias_deviations, largest, total)
            free_energies = self.temperature * (largest + np.log(total))
            log_likelihoods[rows] = free_energies + counts @ common + common_bias
            weighted = np.empty((len(counts), counts.shape[1] + 1), dtype=np.float32)
            np.divide(1, total, out=weighted[:, -1], casting="same_kind")
            np.multiply(counts, weighted[:, -1:], out=weighted[:, :-1])
            return joint.T @ weighted

        sums = np.zeros((len(self.components_), patches.shape[1] + 1))
        for block in self._map_blocks(summarise, len(patches)):
            sums += block
        return _Statistics(sums[:, -1], sums[:, :-1], log_likelihoods)

    def _m_step(self, statistics: _Statistics, totals: _PatchTotals) -> None:
        """Maximise with the intensity integrated out: (G6), (G9), then (G10)."""
        mass = np.maximum(statistics.mass, np.finfo(np.float32).tiny)
        self.weights_ = mass / mass.sum()
        self.components_ = np.maximum(
            statistics.counts / mass[:, None], _smallest_rate(totals, statistics.counts.shape[1])
        )
        if self.intensity == "gamma":
            self.alpha_ = self.beta_ = self._best_alpha(statistics, totals.counts)

    def _reseed_empty(self, patches: Any, statistics: _Statistics, totals: _PatchTotals) -> None:
        """Give components that hold no patch to the patches that are explained worst.

        A patch whose template is its own gains ``gains`` nats and, at weight 1/N, costs the others
        together less than 1: it is taken where that makes the log-likelihood rise.
        """
        empty = np.flatnonzero(statistics.mass < EMPTY_MASS)
        own = totals.entropies - totals.counts * np.log1p(totals.counts / self.alpha_)
        gains = own - self._shape_excess(totals.counts) - statistics.log_likelihoods
        gains -= np.log(len(gains))
        worst = np.argsort(gains)[::-1][: len(empty)]
        worst = np.sort(worst[gains[worst] > 2])
        if len(worst):
            chosen = empty[: len(worst)]
            self.components_[chosen] = np.maximum(
                self._take(patches, worst), _smallest_rate(totals, patches.shape[1])
            )
            self.weights_[chosen] = 1 / len(gains)
            self.weights_ /= self.weights_.sum()

    def _best_alpha(self, statistics: _Statistics, patch_totals: np.ndarray) -> float:
        """Maximise (G10) over the logarithm of alpha, within a factor e of its present value."""
        values, repeats = np.unique(patch_totals, return_counts=True)
        component_counts = statistics.counts.sum(axis=1)
        template_totals = self._template_totals()

        def loss(log_alpha: float) -> float:
            alpha = np.exp(log_alpha)
            prior = gammaln(alpha + values) - gammaln(alpha) - values * log_alpha
            rates = (alpha * statistics.mass + component_counts) * np.log1p(template_totals / alpha)
            return float(rates.sum() - repeats @ prior)

        now = np.log(self.alpha_)
        low, high = np.log(ALPHA_BOUNDS)
        found = minimize_scalar(
            loss,
            bounds=(max(low, now - 1), min(high, now + 1)),
            method="bounded",
            options={"xatol": 1e-3},
        )
        return float(np.exp(found.x)) if found.fun < loss(now) else self.alpha_

    def _lower_bound(self, statistics: _Statistics, totals: _PatchTotals) -> float:
        """Return the objective per patch: (G5), or (G14) at a temperature above 1."""
        constants = self._log_constants(totals.counts) - totals.log_factorials
        return float((statistics.log_likelihoods + constants).mean())

    def _template_totals(self) -> np.ndarray:
        return self.components_.sum(axis=1)

    def _log_rates(self) -> tuple[np.ndarray, np.ndarray]:
        """Return a matrix (C, D) and a bias (C,) that turn counts into log weights + (G1).

        What depends on the patch alone is left out, see `_log_constants`.
        """
        template_totals = self._template_totals()
        log_rates = np.log(self.components_) - np.log1p(template_totals / self.alpha_)[:, None]
        return log_rates, np.log(self.weights_) - self._shape_excess(template_totals)

    def _shape_excess(self, counts: np.ndarray) -> np.ndarray:
        """Return ``alpha log(1 + counts / alpha)``, which tends to `counts`."""
        if np.isinf(self.alpha_):
            return counts
        return self.alpha_ * np.log1p(counts / self.alpha_)

    def _log_constants(self, patch_totals: np.ndarray) -> np.ndarray:
        """Return the terms of (G1) that depend on the patch total alone."""
        if np.isinf(self.alpha_):
            return np.zeros_like(patch_totals)
        return (
            gammaln(self.alpha_ + patch_totals)
            - gammaln(self.alpha_)
            - patch_totals * np.log(self.alpha_)
        )

    def _patch_totals(self, patches: Any) -> _PatchTotals:
        def total(rows: slice) -> tuple[np.ndarray, ...]:
            counts = _checked_counts(patches, rows)
            of_pixels = counts, gammaln(counts + 1), xlogy(counts, counts)
            return tuple(values.sum(axis=1) for values in of_pixels)

        blocks = list(self._map_blocks(total, len(patches)))
        totals = _PatchTotals(*(np.concatenate(part) for part in zip(*blocks, strict=True)))
        if not totals.counts.any():
            raise InputError("all patches are zero: there is nothing to learn from")
        return totals

    def _matching_rows(self, patches: ArrayLike) -> Any:
        if not hasattr(self, "components_"):
            raise NotFittedError("fit this GPMM model before using it")
        rows = _as_rows(patches)
        if rows.shape[1] != self.components_.shape[1]:
            raise InputError(
                f"the model is for patches of {self.components_.shape[1]} pixels, "
                f"these have {rows.shape[1]}"
            )
        return rows

    def _take(self, patches: Any, rows: np.ndarray) -> np.ndarray:
        """Return the patches at `rows`, in rising order, in double precision."""

        def take(block: slice) -> np.ndarray:
            first, stop = np.searchsorted(rows, (block.start, block.stop))
            return np.asarray(patches[block], dtype=np.float64)[rows[first:stop] - block.start]

        return np.concatenate(list(self._map_blocks(take, len(patches))))

    def _map_blocks(self, function: Callable[[slice], Result], n_rows: int) -> Iterator[Result]:
        return map_blocks(function, row_blocks(n_rows, BLOCK_ROWS), self.n_threads)


def _smallest_rate(totals: _PatchTotals, n_pixels: int) -> float:
    """Return the floor of the templates: a rate of 0 would forbid a count for ever."""
    return 1e-5 * totals.counts.mean() / n_pixels


def _as_rows(patches: ArrayLike) -> Any:
    """Return `patches` as something with rows, not copied if it has a shape already."""
    rows = patches if hasattr(patches, "shape") and hasattr(patches, "dtype") else None
    if rows is None:
        rows = np.asarray(patches)
    if len(rows.shape) != 2 or 0 in rows.shape:
        raise InputError(
            f"patches must have shape (n_patches, n_pixels), not empty; got {rows.shape}"
        )
    if not (np.issubdtype(rows.dtype, np.integer) or np.issubdtype(rows.dtype, np.floating)):
        raise InputError(f"patches must be real numbers, got {rows.dtype}")
    return rows


def _checked_counts(patches: Any, rows: slice) -> np.ndarray:
    """Return a block of patches in double precision.

    Raises
    ------
    InputError
        If a value is negative or not finite.
    """
    counts = np.asarray(patches[rows], dtype=np.float64)
    if not np.isfinite(counts).all():
        raise InputError("patches must be finite; found NaN or infinity")
    if counts.min() < 0:
        raise InputError(
            f"GPMM takes grey values for counts, which cannot be negative; found {counts.min():g}. "
            "Subtract the camera's offset, or use SSSC"
        )
    return counts
