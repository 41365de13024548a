"""Incremental EM of the Gamma-Poisson mixture (Neal and Hinton, 1998)."""

from typing import Any

import numpy as np

from zeroshot_em.core.models.gpmm.likelihood import Parameters
from zeroshot_em.core.models.gpmm.rows import BLOCK_ROWS, take
from zeroshot_em.core.models.gpmm.statistics import (
    AlphaSearch,
    Expectation,
    PatchTotals,
    Statistics,
    e_step,
    maximise,
)
from zeroshot_em.core.parallel import row_blocks

N_BATCHES = 8
"""The templates are updated so many times in a pass."""

EMPTY_MASS = 1e-2
"""A component of less than so many patches may be given to another."""

LEAST_GAIN = 2.0
"""In nats: more than the other patches together may lose by it."""


class IncrementalEM:
    """Templates, weights and alpha, improved pass by pass; the bound never falls.

    In a pass the statistics of one batch of patches after another are replaced by those under
    the newest parameters, and the templates and weights maximised each time; alpha follows at the
    end. In the first pass, and in one after components were given to other patches, the templates
    wait for the last batch, as until then the statistics are not those of these components.
    """

    def __init__(
        self,
        patches: Any,
        totals: PatchTotals,
        parameters: Parameters,
        temperature: float,
        n_threads: int | None = None,
    ) -> None:
        self.patches, self.totals, self.parameters = patches, totals, parameters
        self.temperature, self.n_threads = temperature, n_threads
        blocks = row_blocks(len(patches), BLOCK_ROWS)
        self.batches = [blocks[first::N_BATCHES] for first in range(min(N_BATCHES, len(blocks)))]
        self.kept: list[Statistics] = []
        self.log_likelihoods = np.empty(len(patches))
        self.alpha_search = AlphaSearch(totals.counts)
        self.n_reseeded = 0

    def run_pass(self) -> float:
        """Look at every patch once; return the bound per patch, in nats."""
        must_wait = self.n_reseeded > 0 or not self.kept
        for number, batch in enumerate(self.batches):
            self.kept[number : number + 1] = [self._expect(batch)]
            if not must_wait:
                self._maximise()
        if must_wait:
            self._maximise()
        explained = self._with_constants(self.log_likelihoods)
        statistics = self._update_alpha()
        bound = self._lower_bound(statistics)
        self.n_reseeded = self._reseed(statistics.mass, explained)
        return bound

    def _expect(self, batch: list[slice]) -> Statistics:
        expectation = Expectation(self.parameters, self.temperature, self.totals.typical_patch)
        return e_step(self.patches, batch, expectation, self.log_likelihoods, self.n_threads)

    def _maximise(self) -> None:
        statistics = Statistics.total(self.kept)
        self.parameters = maximise(self.parameters, statistics, self.totals.smallest_rate())

    def _update_alpha(self) -> Statistics:
        statistics = Statistics.total(self.kept)
        if np.isfinite(self.parameters.alpha):
            self.parameters.alpha = self.alpha_search.best(self.parameters, statistics)
        return statistics

    def _lower_bound(self, statistics: Statistics) -> float:
        """Return the bound of (G5), or of (G14) at a temperature above 1, per patch."""
        of_components = statistics.expected_log_joint(self.parameters) + statistics.entropy
        of_patches = self._with_constants(np.zeros(len(self.patches)))
        return float(of_patches.sum() + of_components) / len(self.patches)

    def _with_constants(self, log_likelihoods: np.ndarray) -> np.ndarray:
        constants = self.parameters.log_constants(self.totals.counts)
        return log_likelihoods + constants - self.totals.log_factorials

    def _reseed(self, mass: np.ndarray, explained: np.ndarray) -> int:
        """Give components that hold no patch to those explained worst; return how many.

        A patch whose template is its own gains so many nats and, at weight 1/N, costs the others
        together less than 1: it is taken where that makes the objective rise under the parameters
        as they are now, not as they were when `explained` was found.
        """
        empty = np.flatnonzero(mass < EMPTY_MASS)
        own = self._with_constants(self._as_own_templates())
        likely = np.sort(np.argsort(explained - own)[: 2 * len(empty)])
        if not len(likely):
            return 0
        counts = take(self.patches, likely, self.n_threads)
        gains = own[likely] - self.parameters.log_likelihoods(counts, self.temperature)
        gains -= np.log(len(own))
        best = np.argsort(gains)[::-1][: len(empty)]
        best = best[gains[best] > LEAST_GAIN]
        self._replace_templates(empty[: len(best)], counts[best])
        return len(best)

    def _as_own_templates(self) -> np.ndarray:
        """Return what each patch would have with itself as template, of any weight."""
        counts = self.totals.counts
        shapes = self.totals.entropies - counts * np.log1p(counts / self.parameters.alpha)
        return shapes - self.parameters.shape_excess(counts)

    def _replace_templates(self, components: np.ndarray, patches: np.ndarray) -> None:
        new = self.parameters
        new.components[components] = np.maximum(patches, self.totals.smallest_rate())
        new.weights[components] = 1 / len(self.patches)
        new.weights /= new.weights.sum()
