"""Spike-and-slab sparse coding as one would write it first: dense, by listing every state."""

import warnings

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.exceptions import ConvergenceWarning

from zeroshot_em.core.models.sssc import SSSC
from zeroshot_em.core.models.sssc.statistics import Parameters


def planted(n_components=5, n_pixels=7, noise_variance=0.3, seed=0, scale=1.0) -> Parameters:
    """Return random parameters."""
    rng = np.random.default_rng(seed)
    return Parameters(
        scale * rng.normal(size=(n_components, n_pixels)),
        rng.uniform(0.1, 0.5, n_components),
        rng.normal(size=n_components),
        rng.uniform(0.3, 2.0, n_components),
        noise_variance,
    )


def sample(parameters: Parameters, n_patches: int, seed=0) -> tuple[np.ndarray, np.ndarray]:
    """Return patches drawn from the model (eqs. 1 and 2), and the same without noise."""
    rng = np.random.default_rng(seed)
    n_components, n_pixels = parameters.components.shape
    spikes = rng.random((n_patches, n_components)) < parameters.priors
    slabs = rng.normal(
        parameters.latent_means,
        np.sqrt(parameters.latent_variances),
        (n_patches, n_components),
    )
    clean = (spikes * slabs) @ parameters.components
    noise = rng.normal(0.0, np.sqrt(parameters.noise_variance), (n_patches, n_pixels))
    return clean + noise, clean


def model_of(parameters: Parameters, n_states=64, offset=0.0, n_threads=1) -> SSSC:
    """Return a fitted model that has these parameters."""
    empty = np.zeros(0)
    return SSSC.from_arrays(
        {
            **{name: np.copy(value) for name, value in vars(parameters).items()},
            "offset": offset,
            "bounds": empty,
            "noise_deviations": empty,
            "activities": empty,
            "converged": False,
        },
        n_components=len(parameters.components),
        n_states=n_states,
        n_threads=n_threads,
    )


def all_states(n_components: int) -> list[tuple[int, ...]]:
    """Return every state as the tuple of its active units."""
    return [
        tuple(h for h in range(n_components) if number >> h & 1)
        for number in range(2**n_components)
    ]


def log_prior(parameters: Parameters, state: tuple[int, ...]) -> float:
    active = np.isin(np.arange(len(parameters.priors)), state)
    return float(np.log(np.where(active, parameters.priors, 1 - parameters.priors)).sum())


def covariance_of_patch(parameters: Parameters, state: tuple[int, ...]) -> np.ndarray:
    fields = parameters.components[list(state)]
    slabs = np.diag(parameters.latent_variances[list(state)])
    noise = parameters.noise_variance * np.eye(parameters.components.shape[1])
    return fields.T @ slabs @ fields + noise


def log_joint(parameters: Parameters, state: tuple[int, ...], patches: np.ndarray) -> np.ndarray:
    """Return log p(patch, state) of every patch, the slabs integrated out densely."""
    mean = parameters.latent_means[list(state)] @ parameters.components[list(state)]
    density = multivariate_normal(mean, covariance_of_patch(parameters, state))
    return log_prior(parameters, state) + np.atleast_1d(density.logpdf(patches))


def log_likelihood(parameters: Parameters, patches: np.ndarray) -> float:
    """Return the exact mean log-likelihood per patch."""
    states = all_states(len(parameters.priors))
    joint = np.array([log_joint(parameters, state, patches) for state in states])
    return float(logsumexp(joint, axis=0).mean())


def slab_posterior(
    parameters: Parameters, state: tuple[int, ...], patch: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of all slabs times spikes, by conditioning a dense normal."""
    n_components = len(parameters.priors)
    units = list(state)
    fields = parameters.components[units]
    prior = np.diag(parameters.latent_variances[units])
    gain = prior @ fields @ np.linalg.inv(covariance_of_patch(parameters, state))
    mean, covariance = np.zeros(n_components), np.zeros((n_components, n_components))
    prior_mean = parameters.latent_means[units]
    mean[units] = prior_mean + gain @ (patch - prior_mean @ fields)
    covariance[np.ix_(units, units)] = prior - gain @ fields.T @ prior
    return mean, covariance


def truncated_posterior(
    parameters: Parameters, states: list[tuple[int, ...]], patch: np.ndarray
) -> np.ndarray:
    """Return (S5) for one patch."""
    joint = np.array([log_joint(parameters, state, patch)[0] for state in states])
    return np.exp(joint - logsumexp(joint))


def expected_log_joint(
    parameters: Parameters,
    state: tuple[int, ...],
    patch: np.ndarray,
    mean: np.ndarray,
    covariance: np.ndarray,
) -> float:
    """Return E[log p(patch, state, slabs)] where the active slabs are normal."""
    units = list(state)
    residual = patch - mean @ parameters.components
    spread = np.einsum("hd,hk,kd->", parameters.components, covariance, parameters.components)
    likelihood = (
        -0.5 * len(patch) * np.log(2 * np.pi * parameters.noise_variance)
        - 0.5 * (residual @ residual + spread) / parameters.noise_variance
    )
    deviation = (mean - parameters.latent_means)[units] ** 2 + np.diag(covariance)[units]
    variances = parameters.latent_variances[units]
    slabs = -0.5 * np.sum(np.log(2 * np.pi * variances) + deviation / variances)
    return float(likelihood + slabs) + log_prior(parameters, state)


def lower_bound(parameters: Parameters, previous: Parameters, patches: np.ndarray) -> float:
    """Return the free energy per patch of `previous`'s exact posteriors under `parameters`."""
    states = all_states(len(parameters.priors))
    total = 0.0
    for patch in patches:
        posterior = truncated_posterior(previous, states, patch)
        for state, weight in zip(states, posterior, strict=True):
            mean, covariance = slab_posterior(previous, state, patch)
            block = covariance[np.ix_(state, state)]
            entropy = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * block)[1] if state else 0.0
            total += weight * (
                expected_log_joint(parameters, state, patch, mean, covariance)
                + entropy
                - np.log(weight)
            )
    return total / len(patches)


def quiet_fit(model, patches, **guides):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(patches, **guides)


def bars(edge: int) -> np.ndarray:
    """Return the fields of all horizontal and vertical bars in a square."""
    fields = np.zeros((2 * edge, edge, edge))
    for i in range(edge):
        fields[i, i], fields[edge + i, :, i] = 1, 1
    return fields.reshape(2 * edge, -1)


def bar_patches(edge=4, slab_mean=0.0, slab_deviation=3.0, n_patches=3000) -> np.ndarray:
    """Return sums of bars, each there with probability 0.2, in noise of variance 1."""
    rng = np.random.default_rng(0)
    spikes = rng.random((n_patches, 2 * edge)) < 0.2
    slabs = rng.normal(slab_mean, slab_deviation, spikes.shape)
    clean = (spikes * slabs) @ bars(edge)
    return clean + rng.normal(size=clean.shape) + 100.0
