"""Gamma-Poisson mixture model (GPMM) of image patches.

A patch of counts ``y`` shows one of C templates ``W_c`` at an intensity ``z``::

    c ~ Categorical(weights),   z ~ Gamma(alpha, rate beta),   y_d ~ Poisson(z W_cd)

which are equations (3), (4), (7) and (9) of bioRxiv 2021.02.25.432265. The intensity is integrated
out exactly; labels (G1) to (G14) refer to docs/gpmm.md.
"""

import warnings
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils import Tags

from zeroshot_em.core.models.gpmm.learning import IncrementalEM
from zeroshot_em.core.models.gpmm.likelihood import Estimator, Parameters
from zeroshot_em.core.models.gpmm.rows import (
    as_rows,
    checked_counts,
    checked_guides,
    map_rows,
    take,
)
from zeroshot_em.core.models.gpmm.statistics import PatchTotals
from zeroshot_em.core.models.parameters import (
    check_choice,
    check_number,
    check_random_state,
    check_tolerance,
    check_whole_number,
)
from zeroshot_em.core.parallel import one_blas_thread, resolve_threads
from zeroshot_em.core.progress import FitProgress
from zeroshot_em.errors import InputError

INTENSITIES = ("gamma", "none")
SEEDING_PATCHES = 20_000
PATCHES_PER_COMPONENT = 60
MOST_COMPONENTS = 1000

ROUNDING = 5e-7
"""A bound that falls by no more than this part of it has not fallen."""


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
    bounds_ : ndarray of shape (n_iter_,)
        The objective at the beginning of each iteration, in nats per patch, with all constants:
        the mean log-likelihood where the temperature is 1, else its tempered form (G14).
    n_iter_ : int
        Iterations made.
    converged_ : bool
        Whether `tol` was met.

    Notes
    -----
    The model takes grey values for counts: their noise variance is taken to equal their mean, so
    that multiplying the image or adding an offset changes the result. The values need not be
    integers (the factorial is continued by the Gamma function), but must not be negative.

    Examples
    --------
    >>> import numpy as np
    >>> from zeroshot_em import GPMM
    >>> counts = np.random.default_rng(0).poisson(20.0, (500, 16))
    >>> model = GPMM(n_components=4, tol=0.01).fit(counts)
    >>> mean, variance = model.reconstruct(counts)
    >>> mean.shape, bool(mean.std() < counts.std())
    ((500, 16), True)
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

    def __sklearn_tags__(self) -> Tags:
        """Say that counts are not negative."""
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags

    def fit(self, patches: ArrayLike, y: None = None, *, guides: ArrayLike | None = None) -> Self:
        """Learn templates, weights and intensity from patches.

        Parameters
        ----------
        patches : array-like of shape (n_patches, n_pixels)
            Counts. Read in blocks of rows and never copied as a whole; anything with ``shape``,
            ``dtype`` and slices of rows will do.
        y : None
            Ignored, as scikit-learn's conventions ask.
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
        self.check_settings()
        rows = as_rows(patches)
        seeds = rows if guides is None else checked_guides(guides, rows.shape[1], self.n_threads)
        n_components = self._choose_n_components(min(len(rows), len(seeds)))
        with one_blas_thread():
            bounds = self._learn(rows, seeds, n_components)
        self._finish(bounds, rows.shape[1])
        return self

    def _learn(self, patches: Any, guides: Any, n_components: int) -> list[float]:
        """Improve the parameters until the bound rises no more; return its history."""
        totals = PatchTotals.of(patches, self.n_threads)
        start = self._initial_parameters(guides, n_components, totals)
        learner = IncrementalEM(patches, totals, start, self.temperature, self.n_threads)
        bounds: list[float] = []
        with FitProgress(f"GPMM {patches.shape[1]} pixels", self.max_iter) as progress:
            while len(bounds) < self.max_iter and not self._has_converged(bounds, patches.shape[1]):
                bounds.append(learner.run_pass())
                progress.update(bound=bounds[-1], alpha=learner.parameters.alpha)
        self._parameters = learner.parameters
        return bounds

    def _has_converged(self, bounds: Sequence[float], n_pixels: int) -> bool:
        """Return whether the last pass raised the bound, and by little."""
        return len(bounds) > 1 and 0 <= bounds[-1] - bounds[-2] < self.tol * n_pixels

    def _finish(self, bounds: list[float], n_pixels: int) -> None:
        """Keep the history; warn where it does not end as it should."""
        self.bounds_, self.n_iter_, self.n_features_in_ = np.array(bounds), len(bounds), n_pixels
        falls = np.append(-np.diff(bounds), 0)
        has_fallen = falls.max() > ROUNDING * np.abs(bounds).max()
        self.converged_ = self._has_converged(bounds, n_pixels) and not has_fallen
        if has_fallen:
            warnings.warn(
                f"the bound of GPMM fell by {falls.max():.3g} of {bounds[falls.argmax()]:.6g} nats "
                f"in pass {falls.argmax() + 2}: the grey values are beyond its arithmetic",
                ConvergenceWarning,
                stacklevel=3,
            )
        elif not self.converged_:
            warnings.warn(
                f"GPMM has not converged in {self.max_iter} iterations; "
                "increase max_iter or tol to silence this",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _initial_parameters(
        self, guides: Any, n_components: int, totals: PatchTotals
    ) -> Parameters:
        """Begin with guides chosen by k-means++, drawn a little to their mean lest a pixel be 0.

        Distances are taken between square roots, where Poisson noise is the same at every count.
        """
        from sklearn.cluster import kmeans_plusplus  # it loads much that a fitted model never needs

        rng = np.random.RandomState(self.random_state)
        n_candidates = min(len(guides), max(n_components, SEEDING_PATCHES))
        chosen = np.sort(rng.choice(len(guides), n_candidates, replace=False))
        candidates = np.maximum(take(guides, chosen, self.n_threads), 0)
        _, seeds = kmeans_plusplus(np.sqrt(candidates), n_components, random_state=rng)
        mean_pixel = totals.counts.mean() / guides.shape[1]
        return Parameters(
            0.9 * candidates[seeds] + 0.1 * mean_pixel,
            np.full(n_components, 1 / n_components),
            50.0 if self.intensity == "gamma" else np.inf,
        )

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
        rows = self._matching_rows(patches)
        estimator = Estimator(self._parameters)
        mean, variance = np.empty((2, *rows.shape))

        def estimate(block: slice) -> None:
            mean[block], variance[block] = estimator.estimate(checked_counts(rows, block))

        for _ in map_rows(estimate, len(rows), self.n_threads):
            pass
        return mean, variance

    def score(self, patches: ArrayLike, y: None = None) -> float:
        """Return the mean log-likelihood per patch in nats, all constants kept (G5).

        Raises
        ------
        NotFittedError
            If there are no parameters yet.
        InputError
            If the patches do not fit the model, or are not counts.
        """
        rows = self._matching_rows(patches)

        def total(block: slice) -> float:
            return float(self._parameters.log_likelihoods(checked_counts(rows, block)).sum())

        return sum(map_rows(total, len(rows), self.n_threads)) / len(rows)

    def log_likelihood(self, patches: ArrayLike) -> float:
        """Return `score`, by the name of what it is."""
        return self.score(patches)

    @property
    def components_(self) -> np.ndarray:
        """Templates W in counts, of shape (n_components, n_pixels)."""
        return self._parameters.components

    @property
    def weights_(self) -> np.ndarray:
        """Probabilities of the components, of shape (n_components,)."""
        return self._parameters.weights

    @property
    def alpha_(self) -> float:
        """Shape of the Gamma distribution of the intensity."""
        return self._parameters.alpha

    @property
    def beta_(self) -> float:
        """Rate of the Gamma distribution of the intensity, equal to its shape."""
        return self._parameters.alpha

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what was learned, and how the bound rose, by name."""
        return {
            "components": self.components_,
            "weights": self.weights_,
            "alpha": np.array(self.alpha_),
            "bounds": self.bounds_,
            "converged": np.array(float(self.converged_)),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], **settings: Any) -> Self:
        """Return the model of these settings whose `to_arrays` gave `arrays`."""
        alpha = float(arrays["alpha"])
        model = cls(**{"intensity": "gamma" if np.isfinite(alpha) else "none", **settings})
        model.check_settings()
        model._parameters = Parameters(arrays["components"], arrays["weights"], alpha)
        model.bounds_, model.converged_ = arrays["bounds"], bool(arrays["converged"])
        model.n_iter_, model.n_features_in_ = len(model.bounds_), model.components_.shape[1]
        return model

    def check_settings(self) -> None:
        """Refuse settings that are none.

        Raises
        ------
        InputError
        """
        check_choice("intensity", self.intensity, INTENSITIES)
        if self.n_components is not None:
            check_whole_number("n_components", self.n_components, 1)
        check_whole_number("max_iter", self.max_iter, 1)
        check_number("temperature", self.temperature, 1)
        check_tolerance(self.tol)
        check_random_state(self.random_state)
        resolve_threads(self.n_threads)

    def _choose_n_components(self, n_patches: int) -> int:
        n_components = self.n_components
        if n_components is None:
            n_components = min(max(n_patches // PATCHES_PER_COMPONENT, 1), MOST_COMPONENTS)
        if n_components > n_patches:
            raise InputError(
                f"{n_components} components cannot be learned from {n_patches} patches; "
                "take fewer components or a larger image"
            )
        return n_components

    def _matching_rows(self, patches: ArrayLike) -> Any:
        if not hasattr(self, "_parameters"):
            raise NotFittedError("fit this GPMM model before using it")
        rows = as_rows(patches)
        if rows.shape[1] != self.components_.shape[1]:
            raise InputError(
                f"the model is for patches of {self.components_.shape[1]} pixels, "
                f"these have {rows.shape[1]}"
            )
        return rows
