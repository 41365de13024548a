"""Where learning begins: at patches far from each other."""

from dataclasses import dataclass

import numpy as np

from zeroshot_em.core.models.sssc.statistics import Parameters
from zeroshot_em.core.parallel import one_blas_thread

N_SEED_PATCHES = 10_000
"""Patches among which k-means++ looks for the first fields."""


@dataclass
class Candidates:
    """Centred patches among which the first fields are chosen, and the first noise variance."""

    patches: np.ndarray
    noise_variance: float

    @classmethod
    def of_patches(cls, data: np.ndarray) -> "Candidates":
        """Choose among the patches themselves, and take a quarter of their variance for noise."""
        return cls(data, 0.25 * float(data.var(dtype=float)))

    @classmethod
    def of_guides(cls, guides: np.ndarray, data: np.ndarray) -> "Candidates":
        """Choose among patches of less noise, and take the variance that they lack for noise."""
        variance = float(data.var(dtype=float))
        lacking = variance - float(guides.var(dtype=float))
        return cls(guides, max(lacking, 1e-3 * variance))


def initial_parameters(candidates: Candidates, n_components: int, random_state: int) -> Parameters:
    """Begin at patches chosen by k-means++ (Arthur and Vassilvitskii, 2007)."""
    from sklearn.cluster import kmeans_plusplus  # it loads much that a fitted model never needs

    with one_blas_thread():
        chosen, _ = kmeans_plusplus(
            candidates.patches[: max(N_SEED_PATCHES, n_components)],
            n_components,
            random_state=random_state,
            n_local_trials=1,
        )
    return Parameters(
        chosen.astype(float),
        np.full(n_components, min(2.0 / n_components, 0.5)),
        np.zeros(n_components),
        np.ones(n_components),
        candidates.noise_variance,
    )
