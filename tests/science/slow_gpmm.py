"""The Gamma-Poisson mixture as one would write it down: slow, obvious, in double precision."""

import warnings

import numpy as np
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import gamma, multinomial, nbinom, poisson
from sklearn.exceptions import ConvergenceWarning

from zeroshot_em.core.models.gpmm import GPMM


def mixture(n_components=3, n_pixels=4, alpha=2.5, seed=0, scale=5.0) -> GPMM:
    """Return a model with random parameters."""
    rng = np.random.default_rng(seed)
    arrays = {
        "components": scale * rng.gamma(2, size=(n_components, n_pixels)),
        "weights": rng.dirichlet(np.ones(n_components)),
        "alpha": np.array(alpha),
        "bounds": np.zeros(1),
        "converged": np.array(True),
    }
    return GPMM.from_arrays(arrays)


def sample(model: GPMM, n_patches: int, seed=0) -> tuple[np.ndarray, np.ndarray]:
    """Return patches drawn from the model, and their rates."""
    rng = np.random.default_rng(seed)
    classes = rng.choice(len(model.weights_), n_patches, p=model.weights_)
    intensities = np.ones(n_patches)
    if np.isfinite(model.alpha_):
        intensities = rng.gamma(model.alpha_, 1 / model.beta_, n_patches)
    rates = intensities[:, None] * model.components_[classes]
    return rng.poisson(rates), rates


def log_joint(model: GPMM, patches: np.ndarray) -> np.ndarray:
    """Return log p(class, patch) by (G2): negative binomial of the total times multinomial."""
    totals = patches.sum(axis=1)
    columns = []
    for weight, template in zip(model.weights_, model.components_, strict=True):
        size = template.sum()
        of_total = (
            nbinom.logpmf(totals, model.alpha_, model.beta_ / (model.beta_ + size))
            if np.isfinite(model.alpha_)
            else poisson.logpmf(totals, size)
        )
        shares = multinomial.logpmf(patches, totals, template / size)
        columns.append(np.log(weight) + of_total + shares)
    return np.array(columns).T


def responsibilities(model: GPMM, patches: np.ndarray) -> np.ndarray:
    joint = log_joint(model, patches)
    return np.exp(joint - logsumexp(joint, axis=1, keepdims=True))


def integrate(model: GPMM, patch: np.ndarray, template: np.ndarray, power=0, beta=None) -> float:
    """Return the integral over z of z**power p(patch | z, template) p(z)."""
    beta = model.beta_ if beta is None else beta

    def integrand(z: float) -> float:
        likelihood = poisson.pmf(patch, z * template).prod()
        return z**power * likelihood * gamma.pdf(z, model.alpha_, scale=1 / beta)

    peak = (model.alpha_ + patch.sum()) / (beta + template.sum())
    return quad(integrand, 0, 12 * peak, epsabs=0, epsrel=1e-10, limit=200, points=[peak])[0]


def quiet_fit(model: GPMM, patches) -> GPMM:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(patches)


def noisy_ramp_patches(n_patches=4000, n_pixels=25) -> np.ndarray:
    rng = np.random.default_rng(5)
    ramps = np.linspace(5, rng.uniform(5, 60, n_patches), n_pixels).T
    return rng.poisson(ramps).astype(np.float32)
