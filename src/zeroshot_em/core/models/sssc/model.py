"""Spike-and-slab sparse coding (SSSC) of patches, learned by truncated variational EM.

The model is that of eqs. (1), (2), (6) and (8) of Drefs, Salwig and Luecke (2021), bioRxiv
2021.02.25.432265, with a diagonal slab covariance; labels such as (S3) refer to ``docs/sssc.md``.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from zeroshot_em.core.models.parameters import (
    check_n_threads,
    check_number,
    check_random_state,
    check_tolerance,
    check_whole_number,
)
from zeroshot_em.core.models.sssc.checks import (
    check_guides,
    check_learnable,
    check_noise_variance,
    check_observed,
    check_patches,
)
from zeroshot_em.core.models.sssc.history import History, Pass
from zeroshot_em.core.models.sssc.inference import (
    Precomputed,
    StateSets,
    bound_of_tile,
    cut_blocks,
    hash_words,
    reconstruct_tile,
    statistics_of_block,
    tiles,
)
from zeroshot_em.core.models.sssc.seeding import Candidates, initial_parameters
from zeroshot_em.core.models.sssc.statistics import (
    Parameters,
    Statistics,
    lower_bound,
    maximise,
)
from zeroshot_em.core.parallel import map_blocks, one_blas_thread
from zeroshot_em.core.progress import FitProgress
from zeroshot_em.errors import InputError

MAX_COMPONENTS = np.iinfo(np.uint16).max
MAX_STATES = 4096

Result = TypeVar("Result")


class SSSC(BaseEstimator):
    """Spike-and-slab sparse coding.

    A patch is ``y = sum_h W_h s_h z_h + noise`` with ``s_h ~ Bernoulli(pi_h)``,
    ``z_h ~ N(mu_h, Psi_h)`` and white Gaussian noise of variance ``sigma^2`` (eqs. 1 and 2).

    Parameters
    ----------
    n_components : int
        Number H of generative fields.
    n_states : int
        Number S of states kept for each patch. With room for all ``2 ** n_components`` states the
        E-step is exact.
    max_iter : int
        The most passes over the patches. In each the parameters are updated `N_BLOCKS` times.
    noise_variance : float, optional
        sigma^2 in squared grey values, held while learning; learned by default.
    tol : float
        The fit has converged when a pass raises the free energy by less than so many nats per
        pixel.
    random_state : int
        Seed of the first fields, of the order of the patches and of the hashes of the states.
    n_threads : int, optional
        All cores by default. Results do not depend on it.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_pixels)
        The generative fields W'.
    priors_, latent_means_, latent_variances_ : ndarray of shape (n_components,)
        Activation probabilities pi, slab means mu and slab variances diag(Psi).
    noise_variance_ : float
        sigma^2, in squared grey values.
    offset_ : float
        The mean grey value, subtracted before learning.
    bounds_ : ndarray of shape (n_iter_,)
        Free energy per patch in nats after each pass (S6).
    noise_deviations_ : ndarray of shape (n_iter_,)
        sigma after each pass.
    activities_ : ndarray of shape (n_iter_,)
        Expected number of active units per patch after each pass.
    n_iter_ : int
        Passes made.
    converged_ : bool
        Whether the last pass raised the bound by less than `tol` asks, and did not lower it.

    Notes
    -----
    Memory is dominated by ``n_patches * n_states * (2 * 16 + 9)`` bytes of states, the patches in
    single precision, and ``8 * n_components * (n_components + n_pixels) * 8`` bytes of statistics.

    Examples
    --------
    >>> import numpy as np
    >>> from zeroshot_em import SSSC
    >>> patches = np.random.default_rng(0).normal(100.0, 10.0, (500, 16))
    >>> model = SSSC(n_components=8, n_states=8, tol=0.01).fit(patches)
    >>> mean, variance = model.reconstruct(patches)
    >>> model.components_.shape, mean.shape
    ((8, 16), (500, 16))
    """

    def __init__(
        self,
        n_components: int = 256,
        n_states: int = 60,
        max_iter: int = 100,
        *,
        noise_variance: float | None = None,
        tol: float = 2e-4,
        random_state: int = 0,
        n_threads: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.n_states = n_states
        self.max_iter = max_iter
        self.noise_variance = noise_variance
        self.tol = tol
        self.random_state = random_state
        self.n_threads = n_threads

    def fit(self, patches: ArrayLike, y: None = None, *, guides: ArrayLike | None = None) -> Self:
        """Learn the parameters from patches.

        Parameters
        ----------
        patches : array-like of shape (n_patches, n_pixels)
            Grey values.
        y : None
            Ignored, as scikit-learn's conventions ask.
        guides : array-like of shape (n_guides, n_pixels), optional
            Patches of less noise, among which k-means++ chooses the first fields; by default
            `patches` themselves.

        Returns
        -------
        SSSC
            This model.

        Raises
        ------
        InputError
            If a parameter cannot be used, or the patches are not finite, all constant or too few.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` passes were not enough, or if the bound fell by more than rounding.
        """
        self.check_settings()
        patches = check_learnable(patches, self.n_components)
        if guides is not None:
            guides = check_guides(guides, self.n_components, patches.shape[1])
        rng = np.random.default_rng(self.random_state)
        self._words = hash_words(rng, self.n_components)
        self.offset_ = float(patches.mean(dtype=float))
        self.n_features_in_ = patches.shape[1]
        data = self._centre(patches[rng.permutation(len(patches))])
        self._parameters = self._begin(data, guides, rng)
        with one_blas_thread():
            self._learn(data)
        return self

    def check_settings(self) -> None:
        """Refuse settings that are none."""
        check_whole_number("n_components", self.n_components, 1, MAX_COMPONENTS)
        check_whole_number("n_states", self.n_states, 1, MAX_STATES)
        check_whole_number("max_iter", self.max_iter, 1)
        if self.noise_variance is not None:
            check_number("noise_variance", self.noise_variance, np.finfo(float).tiny)
        check_tolerance(self.tol)
        check_random_state(self.random_state)
        check_n_threads(self.n_threads)

    def _begin(
        self, data: np.ndarray, guides: np.ndarray | None, rng: np.random.Generator
    ) -> Parameters:
        """Choose the first fields, and the noise variance if it is not held."""
        if guides is None:
            candidates = Candidates.of_patches(data)
        else:
            shuffled = guides[rng.permutation(len(guides))]
            candidates = Candidates.of_guides(self._centre(shuffled), data)
        if self.noise_variance is not None:
            check_noise_variance(self.noise_variance, data)
            candidates.noise_variance = float(self.noise_variance)
        return initial_parameters(candidates, self.n_components, self.random_state)

    def _learn(self, data: np.ndarray) -> None:
        """Pass over the patches until the bound rises no more."""
        sets = StateSets.start(len(data), self.n_states, self.n_components)
        kept = [Statistics.zeros(self.n_components, data.shape[1]) for _ in cut_blocks(len(data))]
        history = History(self.tol * data.shape[1])
        with FitProgress("SSSC", self.max_iter) as progress:
            while not history.has_converged and len(history.passes) < self.max_iter:
                now = self._describe(self._pass(data, sets, kept))
                history.passes.append(now)
                progress.update(
                    free_energy=now.bound,
                    noise_sigma=now.noise_deviation,
                    active_units=now.activity,
                )
        self._remember(history)

    def _pass(self, data: np.ndarray, sets: StateSets, kept: list[Statistics]) -> Statistics:
        """Incremental EM: replace one block's statistics, then maximise (Neal and Hinton, 1998)."""
        for i, block in enumerate(cut_blocks(len(data))):
            kept[i] = self._e_step(data, sets, block)
            total = Statistics.sum(kept)
            self._m_step(total)
        return total

    def _remember(self, history: History) -> None:
        self.bounds_, self.noise_deviations_, self.activities_ = np.array(history.passes).T[:3]
        self.n_iter_, self.converged_ = len(history.passes), history.has_converged
        history.warn()

    def _e_step(self, data: np.ndarray, sets: StateSets, block: slice) -> Statistics:
        shared = Precomputed(self._parameters, self._words)
        return statistics_of_block(data, sets, block, shared, self.n_threads)

    def _m_step(self, statistics: Statistics) -> None:
        maximise(self._parameters, statistics, learn_noise=self.noise_variance is None)

    def _lower_bound(self, statistics: Statistics) -> float:
        return lower_bound(self._parameters, statistics)

    def _describe(self, statistics: Statistics) -> Pass:
        return Pass(
            self._lower_bound(statistics),
            float(np.sqrt(self._parameters.noise_variance)),
            float(statistics.activity.sum() / statistics.n_patches),
            statistics.energy / statistics.n_patches,
        )

    def reconstruct(
        self, patches: ArrayLike, *, observed: ArrayLike | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Estimate the noise-free patches, whether or not they were learned from.

        Parameters
        ----------
        patches : array-like of shape (n_patches, n_pixels)
            Grey values on the scale that was learned from.
        observed : array-like of bool, shape (n_pixels,), optional
            The pixels to infer from; the others are predicted without being looked at.

        Returns
        -------
        mean, variance : ndarray of shape (n_patches, n_pixels), float32
            Posterior mean (eq. 8, S11) and variance (S12) of ``W (s z)``: the measurement noise
            ``noise_variance_`` is not in it.

        Raises
        ------
        NotFittedError
            If there are no parameters yet.
        InputError
            If the patches are not a finite matrix or have another number of pixels.
        """
        patches = self._check_known(patches)
        check_observed(observed, patches.shape[1])
        means, variances = np.empty((2, *patches.shape), np.float32)

        def reconstruct(rows: slice, shared: Precomputed) -> None:
            data = self._centre(patches[rows])
            estimates = means[rows], variances[rows]
            reconstruct_tile(data, self.n_states, shared, self.components_, estimates)
            means[rows] += self.offset_

        self._map_tiles(reconstruct, len(patches), observed)
        return means, variances

    def score(self, patches: ArrayLike, y: None = None) -> float:
        """Return the mean free energy per patch in nats (S6), inferred from nothing.

        Raises
        ------
        NotFittedError
            If there are no parameters yet.
        InputError
            If the patches are not a finite matrix or have another number of pixels.
        """
        patches = self._check_known(patches)
        p = self._parameters

        def bound(rows: slice, shared: Precomputed) -> float:
            data = self._centre(patches[rows])
            return bound_of_tile(data, self.n_states, shared, p.noise_variance)

        total = sum(self._map_tiles(bound, len(patches)))
        empty_state = np.sum(np.log1p(-p.priors)) - 0.5 * patches.shape[1] * np.log(
            2.0 * np.pi * p.noise_variance
        )
        return float(total / len(patches) + empty_state)

    def free_energy(self, patches: ArrayLike) -> float:
        """Return `score`, by the name of what it is."""
        return self.score(patches)

    def _map_tiles(
        self,
        function: Callable[[slice, Precomputed], Result],
        n_patches: int,
        observed: ArrayLike | None = None,
    ) -> list[Result]:
        """Return what a function makes of every tile, in their order."""
        with one_blas_thread():
            shared = Precomputed(self._parameters, self._words, observed)
            rows = tiles(slice(0, n_patches))
            return list(map_blocks(lambda tile: function(tile, shared), rows, self.n_threads))

    def _centre(self, patches: np.ndarray) -> np.ndarray:
        return np.asarray(patches - self.offset_, np.float32)

    def _check_known(self, patches: ArrayLike) -> np.ndarray:
        """Check all that sizes or indexes an array of the kernels, which do not."""
        if not hasattr(self, "_parameters"):
            raise NotFittedError("fit this SSSC model before using it")
        self.check_settings()
        patches = check_patches(patches)
        n_components, n_pixels = self.components_.shape
        if self.n_components != n_components:
            raise InputError(
                f"the model has learned {n_components} components, not {self.n_components}; "
                "fit it again"
            )
        if patches.shape[1] != n_pixels:
            raise InputError(
                f"the model was learned from patches of {n_pixels} pixels, got {patches.shape[1]}"
            )
        return patches

    @property
    def components_(self) -> np.ndarray:
        """Generative fields W', of shape (n_components, n_pixels)."""
        return self._parameters.components

    @property
    def priors_(self) -> np.ndarray:
        """Activation probabilities pi, of shape (n_components,)."""
        return self._parameters.priors

    @property
    def latent_means_(self) -> np.ndarray:
        """Slab means mu, of shape (n_components,)."""
        return self._parameters.latent_means

    @property
    def latent_variances_(self) -> np.ndarray:
        """Slab variances diag(Psi), of shape (n_components,)."""
        return self._parameters.latent_variances

    @property
    def noise_variance_(self) -> float:
        """Noise variance sigma^2 in squared grey values."""
        return self._parameters.noise_variance

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what was learned, and how the bound rose, by name."""
        learned = {
            **{field.name: getattr(self._parameters, field.name) for field in fields(Parameters)},
            "offset": self.offset_,
            "bounds": self.bounds_,
            "noise_deviations": self.noise_deviations_,
            "activities": self.activities_,
            "converged": self.converged_,
        }
        return {name: np.array(value, dtype=float) for name, value in learned.items()}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], **settings: Any) -> Self:
        """Return the model of these settings whose `to_arrays` gave `arrays`."""
        model = cls(**settings)
        model.check_settings()
        model._parameters = Parameters.checked(arrays)
        model._words = hash_words(np.random.default_rng(model.random_state), model.n_components)
        model.offset_, model.n_features_in_ = float(arrays["offset"]), model.components_.shape[1]
        model.bounds_ = np.array(arrays["bounds"])
        model.noise_deviations_ = np.array(arrays["noise_deviations"])
        model.activities_ = np.array(arrays["activities"])
        model.n_iter_, model.converged_ = len(model.bounds_), bool(arrays["converged"])
        return model
