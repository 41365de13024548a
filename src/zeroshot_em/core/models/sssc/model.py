"""Spike-and-slab sparse coding (SSSC) of patches, learned by truncated variational EM.

The model is that of eqs. (1), (2), (6) and (8) of Drefs, Salwig and Luecke (2021), bioRxiv
2021.02.25.432265, with a diagonal slab covariance; labels such as (S3) refer to ``docs/sssc.md``.
"""

import warnings
from concurrent.futures import Executor
from dataclasses import fields
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.cluster import kmeans_plusplus
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from threadpoolctl import threadpool_limits

from zeroshot_em.core.models.sssc import _kernels as kernels
from zeroshot_em.core.models.sssc.inference import (
    Precomputed,
    StateSets,
    cut_blocks,
    hash_words,
    infer,
    statistics_of_block,
    tiles,
    workers,
)
from zeroshot_em.core.models.sssc.statistics import (
    Parameters,
    Statistics,
    lower_bound,
    maximise,
)
from zeroshot_em.core.progress import FitProgress
from zeroshot_em.errors import InputError

N_SEED_PATCHES = 10_000
"""Patches among which k-means++ looks for the first fields."""

MAX_COMPONENTS = np.iinfo(np.uint16).max
MAX_STATES = 4096

LARGEST_GREY_VALUE = 1e15


class SSSC:
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
    free_energies_ : ndarray of shape (n_iter_,)
        Free energy per patch in nats after each pass (S6).
    noise_deviations_ : ndarray of shape (n_iter_,)
        sigma after each pass.
    activities_ : ndarray of shape (n_iter_,)
        Expected number of active units per patch after each pass.
    n_iter_ : int
        Passes made.

    Notes
    -----
    Memory is dominated by ``n_patches * n_states * (2 * 16 + 9)`` bytes of states, the patches in
    single precision, and ``8 * n_components * (n_components + n_pixels) * 8`` bytes of statistics.
    """

    def __init__(
        self,
        n_components: int = 256,
        n_states: int = 60,
        max_iter: int = 100,
        *,
        tol: float = 2e-4,
        random_state: int = 0,
        n_threads: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.n_states = n_states
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.n_threads = n_threads

    def fit(self, patches: np.ndarray, *, guides: np.ndarray | None = None) -> "SSSC":
        """Learn the parameters from patches.

        Parameters
        ----------
        patches : ndarray of shape (n_patches, n_pixels)
        guides : ndarray of shape (n_guides, n_pixels), optional
            Patches of less noise, among which k-means++ chooses the first fields; by default
            `patches` themselves.

        Returns
        -------
        SSSC
            This model.

        Raises
        ------
        InputError
            If the patches are not a finite matrix, are all constant, or are fewer than the fields.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` passes were not enough.
        """
        patches = self._check(patches)
        if guides is not None:
            guides = self._check_guides(guides, patches.shape[1])
        rng = np.random.default_rng(self.random_state)
        self._words = hash_words(rng, self.n_components)
        self.offset_ = float(patches.mean(dtype=float))
        data = np.asarray(patches[rng.permutation(len(patches))] - self.offset_, np.float32)
        self._parameters = self._initial_parameters(data, guides, rng)
        with workers(self.n_threads) as pool:
            self._learn(data, pool)
        return self

    def _initial_parameters(
        self, data: np.ndarray, guides: np.ndarray | None, rng: np.random.Generator
    ) -> Parameters:
        """Begin at patches far from each other: k-means++ (Arthur and Vassilvitskii, 2007)."""
        variance = float(data.var(dtype=float))
        if guides is None:
            candidates, noise_variance = data, 0.25 * variance
        else:
            candidates = np.asarray(guides[rng.permutation(len(guides))] - self.offset_, np.float32)
            noise_variance = max(variance - float(candidates.var(dtype=float)), 1e-3 * variance)
        with threadpool_limits(1):
            chosen, _ = kmeans_plusplus(
                candidates[: max(N_SEED_PATCHES, self.n_components)],
                self.n_components,
                random_state=self.random_state,
                n_local_trials=1,
            )
        return Parameters(
            chosen.astype(float),
            np.full(self.n_components, min(2.0 / self.n_components, 0.5)),
            np.zeros(self.n_components),
            np.ones(self.n_components),
            noise_variance,
        )

    def _check(self, patches: np.ndarray) -> np.ndarray:
        patches = _check_patches(patches)
        for name in ("n_components", "n_states", "max_iter"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 1:
                raise InputError(f"{name} must be a whole number of at least 1, got {value!r}")
        if self.n_components > MAX_COMPONENTS or self.n_states > MAX_STATES:
            raise InputError(
                f"n_components can be at most {MAX_COMPONENTS} and n_states at most {MAX_STATES}, "
                f"got {self.n_components} and {self.n_states}"
            )
        if self.n_components > len(patches):
            raise InputError(
                f"{self.n_components} components cannot be learned from {len(patches)} patches; "
                "choose fewer (n_components) or a larger image"
            )
        if patches.min() == patches.max():
            raise InputError(f"all pixels are {patches.flat[0]:g}: there is nothing to learn")
        return patches

    def _check_guides(self, guides: np.ndarray, n_pixels: int) -> np.ndarray:
        guides = _check_patches(guides)
        if guides.shape[1] != n_pixels:
            raise InputError(f"guides have {guides.shape[1]} pixels, patches have {n_pixels}")
        if len(guides) < self.n_components:
            raise InputError(f"{self.n_components} components need as many guides or more")
        return guides

    def _learn(self, data: np.ndarray, pool: Executor) -> None:
        """Incremental EM: replace one block's statistics, then maximise (Neal and Hinton, 1998)."""
        n_pixels = data.shape[1]
        sets = StateSets.start(len(data), self.n_states, self.n_components)
        blocks = cut_blocks(len(data))
        kept: list[Statistics | None] = [None] * len(blocks)
        total = Statistics.zeros(self.n_components, n_pixels)
        history: list[tuple[float, float, float]] = []
        with FitProgress(f"SSSC {n_pixels} pixels", self.max_iter) as progress:
            for _ in range(self.max_iter):
                for i, block in enumerate(blocks):
                    new = self._e_step(data, sets, block, pool)
                    total += new
                    if (old := kept[i]) is not None:
                        total -= old
                    kept[i] = new
                    self._m_step(total)
                history.append(self._describe(total))
                progress.update(
                    free_energy=history[-1][0],
                    noise_sigma=history[-1][1],
                    active_units=history[-1][2],
                )
                if self._has_converged(history, n_pixels):
                    break
            else:
                warnings.warn(
                    f"SSSC has not converged in {self.max_iter} passes; a larger max_iter may help",
                    ConvergenceWarning,
                    stacklevel=3,
                )
        self.free_energies_, self.noise_deviations_, self.activities_ = np.array(history).T
        self.n_iter_ = len(history)

    def _e_step(
        self, data: np.ndarray, sets: StateSets, block: slice, pool: Executor
    ) -> Statistics:
        return statistics_of_block(
            data, sets, block, Precomputed(self._parameters, self._words), pool
        )

    def _m_step(self, statistics: Statistics) -> None:
        maximise(self._parameters, statistics)

    def _lower_bound(self, statistics: Statistics) -> float:
        return lower_bound(self._parameters, statistics)

    def _describe(self, statistics: Statistics) -> tuple[float, float, float]:
        return (
            self._lower_bound(statistics),
            float(np.sqrt(self._parameters.noise_variance)),
            float(statistics.activity.sum() / statistics.n_patches),
        )

    def _has_converged(self, history: list[tuple[float, float, float]], n_pixels: int) -> bool:
        return len(history) > 1 and history[-1][0] - history[-2][0] < self.tol * n_pixels

    def reconstruct(
        self, patches: np.ndarray, *, observed: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Estimate the noise-free patches, whether or not they were learned from.

        Parameters
        ----------
        patches : ndarray of shape (n_patches, n_pixels)
        observed : ndarray of bool, shape (n_pixels,), optional
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
        if observed is not None and np.shape(observed) != patches.shape[1:]:
            raise InputError(
                f"observed must say of each of {patches.shape[1]} pixels whether it may be looked "
                f"at, got the shape {np.shape(observed)}"
            )
        means, variances = np.empty((2, *patches.shape), np.float32)

        def reconstruct_tile(rows: slice) -> None:
            projections, sets = infer(self._centre(patches[rows]), self.n_states, shared)
            kernels.reconstruct_tile(
                projections, shared.arrays, self.components_, *sets.arrays(),
                means[rows], variances[rows],
            )  # fmt: skip
            means[rows] += self.offset_

        with workers(self.n_threads) as pool:
            shared = Precomputed(self._parameters, self._words, observed)
            list(pool.map(reconstruct_tile, tiles(slice(0, len(patches)))))
        return means, variances

    def free_energy(self, patches: np.ndarray) -> float:
        """Return the mean free energy per patch in nats (S6), inferred from nothing."""
        patches = self._check_known(patches)
        p = self._parameters

        def bound(rows: slice) -> float:
            data = self._centre(patches[rows])
            _, sets = infer(data, self.n_states, shared)
            energy = np.sum(data.astype(float) ** 2)
            normalisers = (
                np.logaddexp.reduce(scores[:filled])
                for scores, filled in zip(sets.scores, sets.n_states, strict=True)
            )
            return float(sum(normalisers) - 0.5 * energy / p.noise_variance)

        with workers(self.n_threads) as pool:
            shared = Precomputed(p, self._words)
            total = sum(pool.map(bound, tiles(slice(0, len(patches)))))
        empty_state = np.sum(np.log1p(-p.priors)) - 0.5 * patches.shape[1] * np.log(
            2.0 * np.pi * p.noise_variance
        )
        return float(total / len(patches) + empty_state)

    def _centre(self, patches: np.ndarray) -> np.ndarray:
        return np.asarray(patches - self.offset_, np.float32)

    def _check_known(self, patches: np.ndarray) -> np.ndarray:
        if not hasattr(self, "_parameters"):
            raise NotFittedError("fit this SSSC model before using it")
        patches = _check_patches(patches)
        n_pixels = self.components_.shape[1]
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

    def to_arrays(self) -> dict[str, Any]:
        """Return all that `from_arrays` needs to make this model again."""
        return {
            **{field.name: getattr(self._parameters, field.name) for field in fields(Parameters)},
            "offset": self.offset_,
            "n_states": self.n_states,
            "max_iter": self.max_iter,
            "tol": self.tol,
            "random_state": self.random_state,
            "free_energies": self.free_energies_,
            "noise_deviations": self.noise_deviations_,
            "activities": self.activities_,
            "n_iter": self.n_iter_,
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, Any], n_threads: int | None = None) -> "SSSC":
        """Make the model that gave these arrays."""
        model = cls(
            len(arrays["components"]),
            int(arrays["n_states"]),
            int(arrays["max_iter"]),
            tol=float(arrays["tol"]),
            random_state=int(arrays["random_state"]),
            n_threads=n_threads,
        )
        model._parameters = Parameters(
            **{
                name: np.array(arrays[name])
                for name in ("components", "priors", "latent_means", "latent_variances")
            },
            noise_variance=float(arrays["noise_variance"]),
        )
        model._words = hash_words(np.random.default_rng(model.random_state), model.n_components)
        model.offset_ = float(arrays["offset"])
        model.free_energies_ = np.array(arrays["free_energies"])
        model.noise_deviations_ = np.array(arrays["noise_deviations"])
        model.activities_ = np.array(arrays["activities"])
        model.n_iter_ = int(arrays["n_iter"])
        return model


def _check_patches(patches: np.ndarray) -> np.ndarray:
    patches = np.asarray(patches)
    if patches.ndim != 2 or patches.dtype.kind not in "biuf":
        raise InputError(
            f"patches must be a matrix of numbers, got {patches.dtype} of shape {patches.shape}"
        )
    if not patches.size:
        raise InputError("there are no patches")
    if not np.all(np.isfinite(patches)):
        raise InputError("the patches have values that are NaN or infinite")
    if (largest := max(-float(patches.min()), float(patches.max()))) > LARGEST_GREY_VALUE:
        raise InputError(f"the patches have values as large as {largest:g}; remove the outliers")
    return patches
