"""Parameters and sufficient statistics of spike-and-slab sparse coding, and the M-step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from zeroshot_em.errors import InputError

ACTIVATION_BOUND = 5e-5
VARIANCE_FLOOR = 1e-5
NOISE_FLOOR = 1e-9
MIN_ACTIVITY = 1e-3
DAMPING = 1e-9


@dataclass
class Parameters:
    """The parameters of the model in the paper's letters: W', pi, mu, diag(Psi), sigma^2."""

    components: np.ndarray
    priors: np.ndarray
    latent_means: np.ndarray
    latent_variances: np.ndarray
    noise_variance: float

    @classmethod
    def checked(cls, arrays: Mapping[str, Any]) -> Self:
        """Return parameters from elsewhere, of shapes and values that the kernels can take.

        Raises
        ------
        InputError
        """
        values = {field.name: _checked_array(field.name, arrays) for field in fields(cls)}
        shape = values["components"].shape
        for name in ("priors", "latent_means", "latent_variances"):
            if len(shape) != 2 or values[name].shape != shape[:1]:
                raise InputError(f"{name} of shape {values[name].shape} do not suit {shape} fields")
        if values["priors"].min() <= 0 or values["priors"].max() >= 1:
            raise InputError("priors must be between 0 and 1")
        if values["latent_variances"].min() <= 0 or not values["noise_variance"].min() > 0:
            raise InputError("variances must be positive")
        noise_variance = float(values.pop("noise_variance"))
        return cls(**values, noise_variance=noise_variance)


def _checked_array(name: str, arrays: Mapping[str, Any]) -> np.ndarray:
    values = np.asarray(arrays[name])
    if values.dtype.kind not in "iuf" or not values.size or not np.isfinite(values).all():
        raise InputError(f"{name} must be finite numbers")
    return np.array(values, float, order="C")


@dataclass
class Statistics:
    """Sums over patches that the M-step needs, and the entropy that the bound needs."""

    n_patches: int
    activity: np.ndarray
    slab_sum: np.ndarray
    slab_moment: np.ndarray
    correlation: np.ndarray
    energy: float
    entropy: float
    n_scored: int

    @classmethod
    def zeros(cls, n_components: int, n_pixels: int) -> Self:
        """Return the statistics of no patches."""
        return cls(
            0,
            np.zeros(n_components),
            np.zeros(n_components),
            np.zeros((n_components, n_components)),
            np.zeros((n_components, n_pixels)),
            0.0,
            0.0,
            0,
        )

    def __iadd__(self, other: "Statistics") -> "Statistics":
        for field in fields(self):
            value = getattr(self, field.name)
            value += getattr(other, field.name)
            setattr(self, field.name, value)
        return self

    @classmethod
    def sum(cls, parts: "Sequence[Statistics]") -> "Statistics":
        """Return the sums over the patches of all parts, none of which is changed.

        Adding anew leaves no trace of what was there before, which taking out again would.
        """
        total = cls.zeros(*parts[0].correlation.shape)
        for part in parts:
            total += part
        return total

    def squared_error(self, components: np.ndarray) -> float:
        """Return the sum over patches and pixels of <(y - W (s z))^2>."""
        return float(
            self.energy
            - 2.0 * np.sum(components * self.correlation)
            + np.sum((components @ components.T) * self.slab_moment)
        )


def maximise(parameters: Parameters, statistics: Statistics, *, learn_noise: bool = True) -> None:
    """Maximise the free energy in all parameters (S7 to S10); unused fields stay."""
    used = statistics.activity > MIN_ACTIVITY
    parameters.components[used] = _best_components(parameters.components, statistics, used)
    activity = statistics.activity[used]
    means = statistics.slab_sum[used] / activity
    variances = statistics.slab_moment.diagonal()[used] / activity - means**2
    parameters.latent_means[used] = means
    parameters.latent_variances[used] = np.maximum(variances, VARIANCE_FLOOR)
    parameters.priors = np.clip(
        statistics.activity / statistics.n_patches, ACTIVATION_BOUND, 1.0 - ACTIVATION_BOUND
    )
    if learn_noise:
        parameters.noise_variance = _best_noise_variance(parameters.components, statistics)


def _best_components(
    components: np.ndarray, statistics: Statistics, used: np.ndarray
) -> np.ndarray:
    """Solve (S7) for the fields in use, the others held, by a step from where they are.

    The step is damped a little, in proportion to each field's own second moment: where fields are
    nearly exchangeable the error is lowered by less than it could be, and never raised.
    """
    gradient = statistics.correlation[used] - statistics.slab_moment[used] @ components
    moment = statistics.slab_moment[np.ix_(used, used)]
    scale = 1.0 / np.sqrt(moment.diagonal())
    moment *= scale[:, None] * scale
    moment[np.diag_indices_from(moment)] += DAMPING
    factor = cho_factor(moment, lower=True, overwrite_a=True)
    return components[used] + scale[:, None] * cho_solve(factor, scale[:, None] * gradient)


def _best_noise_variance(components: np.ndarray, statistics: Statistics) -> float:
    error = max(statistics.squared_error(components), NOISE_FLOOR * statistics.energy)
    return error / (statistics.n_patches * components.shape[1])


def lower_bound(parameters: Parameters, statistics: Statistics) -> float:
    """Return the free energy per patch of the kept posteriors under these parameters."""
    p = parameters
    n, activity = statistics.n_patches, statistics.activity
    n_values = n * p.components.shape[1]
    likelihood = -0.5 * n_values * np.log(2.0 * np.pi * p.noise_variance) - 0.5 * (
        statistics.squared_error(p.components) / p.noise_variance
    )
    spikes = np.sum(activity * np.log(p.priors) + (n - activity) * np.log1p(-p.priors))
    spread = (
        statistics.slab_moment.diagonal()
        - 2.0 * p.latent_means * statistics.slab_sum
        + p.latent_means**2 * activity
    )
    slabs = -0.5 * np.sum(
        activity * np.log(2.0 * np.pi * p.latent_variances) + spread / p.latent_variances
    )
    return float(likelihood + spikes + slabs + statistics.entropy) / n
