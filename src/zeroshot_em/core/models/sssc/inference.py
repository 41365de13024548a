"""The E-step of spike-and-slab sparse coding: state sets, and the drivers of the kernels."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from zeroshot_em.core.models.sssc import _kernels as kernels
from zeroshot_em.core.models.sssc._search import evolve_tile
from zeroshot_em.core.models.sssc._states import Shared, States
from zeroshot_em.core.models.sssc.statistics import Parameters, Statistics
from zeroshot_em.core.parallel import map_blocks, row_blocks
from zeroshot_em.errors import InputError

TILE = 1024
"""Patches in one unit of work. Fixed, so that neither sums nor products depend on the threads."""

N_BLOCKS = 8
"""The parameters are updated so many times in a pass (incremental EM)."""

MAX_ACTIVE = 16
"""The most units that a state may have."""

N_PARENTS_FIT, N_PARENTS_ANEW = 4, 12
"""States varied per patch and pass: where the last pass's states are kept, and from nothing."""

N_ADDITIONS = 4
"""Units of largest residual gain that are tried as additions to every parent."""


@dataclass
class StateSets:
    """The states kept for every patch: lists of active units, their log-joints, their number."""

    states: np.ndarray
    counts: np.ndarray
    scores: np.ndarray
    n_states: np.ndarray

    @classmethod
    def start(cls, n_patches: int, n_states: int, n_components: int) -> Self:
        """Begin with the empty state alone, or with all states where there is room for all."""
        max_active = min(MAX_ACTIVE, n_components)
        sets = cls(
            np.zeros((n_patches, n_states, max_active), np.uint16),
            np.zeros((n_patches, n_states), np.uint8),
            np.zeros((n_patches, n_states)),
            np.ones(n_patches, np.int64),
        )
        if n_components <= max_active and 2**n_components <= n_states:
            for state in range(2**n_components):
                units = [h for h in range(n_components) if state >> h & 1]
                sets.states[:, state, : len(units)] = units
                sets.counts[:, state] = len(units)
            sets.n_states[:] = 2**n_components
        return sets

    def __getitem__(self, rows: slice) -> Self:
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def arrays(self) -> tuple[States, np.ndarray]:
        """Return what the kernels take: the states, and how many there are of each patch."""
        return States(self.states, self.counts, self.scores), self.n_states


class Precomputed:
    """What all patches share in an E-step.

    With precision ``A = W'W / sigma^2 + diag(1 / Psi)`` and projections ``T = Y W / sigma^2 +
    mu / Psi`` a state's log-joint (S3) needs ``A[s, s]`` and ``T[n, s]`` only. Proposals are ranked
    in single precision; the states they lead to are scored in double, as errors of a projection
    cost a score so many times ``||y||^2 / sigma^2``.

    Parameters
    ----------
    parameters : Parameters
    words : ndarray of uint64, shape (n_components,)
        The random words of which hashes of states are made.
    observed : ndarray of bool, shape (n_pixels,), optional
        The pixels that may be looked at; all by default.
    """

    def __init__(
        self, parameters: Parameters, words: np.ndarray, observed: ArrayLike | None = None
    ) -> None:
        variances = parameters.latent_variances
        seen = (
            parameters.components
            if observed is None
            else parameters.components * np.asarray(observed, bool)
        )
        precision = seen @ seen.T / parameters.noise_variance
        precision[np.diag_indices_from(precision)] += 1.0 / variances
        unit_scores = _unit_scores(parameters)
        diagonal = precision.diagonal()
        self.arrays = Shared(
            precision,
            precision.astype(np.float32),
            unit_scores,
            (unit_scores - 0.5 * np.log(diagonal)).astype(np.float32),
            (0.5 / diagonal).astype(np.float32),
            words,
        )
        self.projector = np.ascontiguousarray(seen.T / parameters.noise_variance)
        self.projection_offset = parameters.latent_means / variances

    def project_tile(self, patches: np.ndarray) -> np.ndarray:
        """Return ``T`` of a tile by one matrix product."""
        return patches.astype(float) @ self.projector + self.projection_offset

    def project(self, patches: np.ndarray) -> np.ndarray:
        """Return ``T``, the bits of a row the same whatever rows stand beside it.

        A BLAS does not promise that; this takes two to four times as long.
        """
        n_patches, n_pixels = patches.shape
        padded = np.zeros((-(-n_patches // 4) * 4, n_pixels))
        padded[:n_patches] = patches
        projections = np.empty((len(padded), len(self.projection_offset)))
        kernels.project_tile(padded, self.projector, self.projection_offset, projections)
        return projections[:n_patches]


def _unit_scores(parameters: Parameters) -> np.ndarray:
    log_odds = np.log(parameters.priors) - np.log1p(-parameters.priors)
    variances = parameters.latent_variances
    return log_odds - 0.5 * np.log(variances) - 0.5 * parameters.latent_means**2 / variances


def hash_words(rng: np.random.Generator, n_components: int) -> np.ndarray:
    """Return one random word a unit."""
    return rng.integers(1, 2**63, n_components, dtype=np.uint64)


def evolve(projections: np.ndarray, sets: StateSets, shared: Precomputed, n_parents: int) -> int:
    """Improve the states of a tile in place; return how many were scored."""
    return evolve_tile(projections, shared.arrays, n_parents, N_ADDITIONS, *sets.arrays())


def statistics_of_block(
    data: np.ndarray, sets: StateSets, block: slice, shared: Precomputed, n_threads: int | None
) -> Statistics:
    """Improve the states of a block and return its statistics, added in the order of tiles."""
    total = Statistics.zeros(len(shared.projection_offset), data.shape[1])

    def of_tile(rows: slice) -> Statistics:
        return _statistics_of_tile(data[rows], sets[rows], shared)

    for part in map_blocks(of_tile, tiles(block), n_threads):
        total += part
    triangle = total.slab_moment
    total.slab_moment = triangle + triangle.T
    total.slab_moment[np.diag_indices_from(triangle)] = triangle.diagonal()
    return total


def _statistics_of_tile(patches: np.ndarray, sets: StateSets, shared: Precomputed) -> Statistics:
    projections = shared.project_tile(patches)
    part = Statistics.zeros(projections.shape[1], patches.shape[1])
    part.n_patches = len(patches)
    part.energy = float(np.sum(patches.astype(float) ** 2))
    part.n_scored = evolve(projections, sets, shared, N_PARENTS_FIT)
    sums = kernels.Sums(part.activity, part.slab_sum, part.slab_moment, part.correlation)
    part.entropy = kernels.accumulate_tile(
        projections, patches, shared.arrays, *sets.arrays(), sums
    )
    if not np.isfinite(part.entropy):
        raise InputError(
            "the grey values span too wide a range for the model "
            f"(the largest is {np.abs(patches).max():g} from the mean); remove outliers"
        )
    return part


def infer(data: np.ndarray, n_states: int, shared: Precomputed) -> tuple[np.ndarray, StateSets]:
    """Return projections and states of a tile of centred patches, found from nothing."""
    projections = shared.project(data)
    sets = StateSets.start(len(data), n_states, projections.shape[1])
    evolve(projections, sets, shared, N_PARENTS_ANEW)
    return projections, sets


def reconstruct_tile(
    data: np.ndarray,
    n_states: int,
    shared: Precomputed,
    components: np.ndarray,
    estimates: tuple[np.ndarray, np.ndarray],
) -> None:
    """Fill in the mean and the variance of every pixel of a tile of centred patches."""
    projections, sets = infer(data, n_states, shared)
    kernels.reconstruct_tile(projections, shared.arrays, components, *sets.arrays(), *estimates)


def bound_of_tile(
    data: np.ndarray, n_states: int, shared: Precomputed, noise_variance: float
) -> float:
    """Return the free energy of a tile, less what the empty state costs."""
    _, sets = infer(data, n_states, shared)
    normalisers = (
        np.logaddexp.reduce(scores[:filled])
        for scores, filled in zip(sets.scores, sets.n_states, strict=True)
    )
    return float(sum(normalisers) - 0.5 * np.sum(data.astype(float) ** 2) / noise_variance)


def tiles(rows: slice) -> list[slice]:
    """Cut rows into tiles."""
    return [
        slice(rows.start + tile.start, rows.start + tile.stop)
        for tile in row_blocks(rows.stop - rows.start, TILE)
    ]


def cut_blocks(n_patches: int) -> list[slice]:
    """Cut the patches into at most `N_BLOCKS` runs of whole tiles."""
    cut = tiles(slice(0, n_patches))
    runs = np.array_split(np.arange(len(cut)), min(N_BLOCKS, len(cut)))
    return [slice(cut[run[0]].start, cut[run[-1]].stop) for run in runs]
