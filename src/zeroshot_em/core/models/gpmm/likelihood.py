"""The likelihood of a patch under each template, the intensity integrated out exactly."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp, softmax


@dataclass
class Parameters:
    """Templates in counts, their weights, and the shape (and rate) of the intensity."""

    components: np.ndarray
    weights: np.ndarray
    alpha: float

    def template_totals(self) -> np.ndarray:
        """Return the sum over pixels of each template."""
        return self.components.sum(axis=1)

    def log_rates(self) -> tuple[np.ndarray, np.ndarray]:
        """Return a matrix (C, D) and a bias (C,) that turn counts into log weights + (G1).

        What depends on the patch alone is left out, see `log_constants`.
        """
        totals = self.template_totals()
        log_rates = np.log(self.components) - np.log1p(totals / self.alpha)[:, None]
        return log_rates, np.log(self.weights) - self.shape_excess(totals)

    def shape_excess(self, counts: np.ndarray) -> np.ndarray:
        """Return ``alpha log(1 + counts / alpha)``, which tends to `counts`."""
        if np.isinf(self.alpha):
            return counts
        return self.alpha * np.log1p(counts / self.alpha)

    def log_constants(self, patch_totals: np.ndarray) -> np.ndarray:
        """Return the terms of (G1) that depend on the patch total alone."""
        if np.isinf(self.alpha):
            return np.zeros_like(patch_totals)
        return (
            gammaln(self.alpha + patch_totals)
            - gammaln(self.alpha)
            - patch_totals * np.log(self.alpha)
        )

    def log_likelihoods(self, counts: np.ndarray, temperature: float = 1.0) -> np.ndarray:
        """Return the log-likelihood of every patch, all constants kept (G5, G14)."""
        log_rates, bias = self.log_rates()
        constants = self.log_constants(counts.sum(axis=1)) - gammaln(counts + 1).sum(axis=1)
        joint = (counts @ log_rates.T + bias) / temperature
        return temperature * logsumexp(joint, axis=1) + constants


class Estimator:
    """Posterior mean and variance of the rates, by equation (9) and (G12)."""

    def __init__(self, parameters: Parameters) -> None:
        self.alpha = parameters.alpha
        self.log_rates, self.bias = parameters.log_rates()
        intensity = 1 + parameters.template_totals() / self.alpha
        self.scaled = parameters.components / intensity[:, None]
        self.squared = self.scaled**2

    def estimate(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of every pixel of a block of patches."""
        posterior = softmax(counts @ self.log_rates.T + self.bias, axis=1)
        total = counts.sum(axis=1, keepdims=True)
        gain, next_gain = 1 + total / self.alpha, 1 + (total + 1) / self.alpha
        mean = gain * (posterior @ self.scaled)
        second_moment = gain * next_gain * (posterior @ self.squared)
        return mean, np.maximum(second_moment - mean**2, 0)
