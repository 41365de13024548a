"""What enhancement, files and figures ask of a patch model."""

from typing import Any, Protocol, Self

import numpy as np


class PatchModel(Protocol):
    """A probabilistic model of patches, fitted by maximising a bound of the log-likelihood."""

    n_threads: int | None

    @property
    def components_(self) -> np.ndarray:
        """Generative fields or templates, of shape (n_components, n_pixels)."""

    bounds_: np.ndarray
    """History of the bound, in nats per patch."""

    n_iter_: int
    converged_: bool

    def check_settings(self) -> None:
        """Refuse settings that are none."""

    def fit(self, patches: np.ndarray, *, guides: np.ndarray | None = None) -> Self:
        """Learn from patches of shape (n_patches, n_pixels), beginning at guides if there are."""

    def reconstruct(self, patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return posterior mean and variance of every pixel without noise."""

    def score(self, patches: np.ndarray) -> float:
        """Return the mean bound or log-likelihood per patch, in nats."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings by name."""

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what was learned, by name."""

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], **settings: Any) -> Self:
        """Return the model of these settings that learned these arrays."""
