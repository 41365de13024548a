"""The Gamma-Poisson mixture against slow and obvious versions of itself."""

import tracemalloc
import warnings

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import gamma, multinomial, nbinom, poisson
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from threadpoolctl import threadpool_limits

from zeroshot_em.core.models.gpmm import _kernels as kernels
from zeroshot_em.core.models.gpmm.likelihood import Parameters
from zeroshot_em.core.models.gpmm.model import GPMM
from zeroshot_em.core.models.gpmm.statistics import (
    PatchTotals,
    Statistics,
    e_step,
    lower_bound,
    m_step,
    reseed_empty,
)
from zeroshot_em.core.patches import extract_patches, merge_patches
from zeroshot_em.data.images import read_image
from zeroshot_em.data.metrics import psnr
from zeroshot_em.errors import InputError


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


# The likelihood and the posterior


def test_log_likelihood_equals_the_integral_over_the_intensity():
    model = mixture()
    for patch in sample(model, 5)[0]:
        densities = [integrate(model, patch, template) for template in model.components_]
        assert model.log_likelihood([patch]) == pytest.approx(np.log(model.weights_ @ densities))


@pytest.mark.parametrize("alpha", [0.3, 2.5, 400.0, np.inf])
def test_log_likelihood_is_negative_binomial_times_multinomial(alpha):
    model = mixture(alpha=alpha)
    patches, _ = sample(model, 50)
    expected = logsumexp(log_joint(model, patches), axis=1).mean()
    assert model.log_likelihood(patches) == pytest.approx(expected, rel=1e-12)


def test_mean_and_variance_equal_the_integrals_over_the_intensity():
    model = mixture()
    patches, _ = sample(model, 4)
    mean, variance = model.reconstruct(patches)
    for patch, patch_mean, patch_variance in zip(patches, mean, variance, strict=True):
        moments = [
            sum(
                weight * integrate(model, patch, template, power) * template**power
                for weight, template in zip(model.weights_, model.components_, strict=True)
            )
            for power in (0, 1, 2)
        ]
        expected = moments[1] / moments[0]
        np.testing.assert_allclose(patch_mean, expected, rtol=1e-8)
        np.testing.assert_allclose(patch_variance, moments[2] / moments[0] - expected**2, rtol=1e-7)


def test_total_variance_by_monte_carlo():
    """Var(rate) = E[Var(rate | y)] + Var(E[rate | y]) over patches drawn from the model."""
    model = mixture(alpha=6.0)
    patches, rates = sample(model, 200_000)
    mean, variance = model.reconstruct(patches)
    np.testing.assert_allclose(
        variance.mean(axis=0) + mean.var(axis=0), rates.var(axis=0), rtol=0.02
    )
    errors = ((rates - mean) ** 2).mean(axis=0)
    np.testing.assert_allclose(variance.mean(axis=0), errors, rtol=0.02)


def test_scale_of_templates_and_rate_is_not_identifiable():
    model = mixture()
    (patch,) = sample(model, 1)[0]
    for template in model.components_:
        density = integrate(model, patch, template)
        assert integrate(model, patch, 3 * template, beta=3 * model.beta_) == pytest.approx(density)


def test_infinite_alpha_is_the_poisson_mixture():
    exact, nearly = mixture(alpha=np.inf), mixture(alpha=1e9)
    patches, _ = sample(exact, 100)
    for limit, finite in zip(exact.reconstruct(patches), nearly.reconstruct(patches), strict=True):
        np.testing.assert_allclose(finite, limit, rtol=1e-5, atol=1e-5)
    assert nearly.log_likelihood(patches) == pytest.approx(exact.log_likelihood(patches), rel=1e-6)
    poisson_joint = [
        np.log(weight) + poisson.logpmf(patches, template).sum(axis=1)
        for weight, template in zip(exact.weights_, exact.components_, strict=True)
    ]
    expected = logsumexp(np.array(poisson_joint), axis=0).mean()
    assert exact.log_likelihood(patches) == pytest.approx(expected, rel=1e-12)


def test_values_need_not_be_integers():
    """The factorial is the Gamma function, so that half a count lies between its neighbours."""
    model = mixture()
    patch, _ = sample(model, 1)
    around = [model.log_likelihood(patch + shift) for shift in (-1e-6, 0, 1e-6)]
    assert np.ptp(around) < 1e-4
    mean, variance = model.reconstruct(patch + 0.5)
    assert np.isfinite(mean).all()
    assert (variance > 0).all()


# Expectation and maximisation


@pytest.mark.parametrize("intensity", ["gamma", "none"])
def test_e_step_in_single_precision_equals_the_dense_posterior(intensity):
    model = mixture(20, 36, 30.0 if intensity == "gamma" else np.inf, scale=20)
    patches, _ = sample(model, 3000)
    statistics = e_step(patches, model._parameters, 1.0)
    posterior = responsibilities(model, patches)
    np.testing.assert_allclose(statistics.mass, posterior.sum(axis=0), rtol=1e-4, atol=1e-2)
    np.testing.assert_allclose(statistics.counts, posterior.T @ patches, rtol=1e-4, atol=1)
    bound = lower_bound(model._parameters, statistics, PatchTotals.of(patches))
    assert bound == pytest.approx(model.log_likelihood(patches), rel=1e-6)


def test_m_step_is_a_maximum_in_every_parameter():
    model = mixture(alpha=4.0)
    patches, _ = sample(mixture(alpha=7.0, seed=1), 400)
    posterior = responsibilities(model, patches)
    totals = PatchTotals.of(patches)
    statistics = Statistics(posterior.sum(axis=0), posterior.T @ patches, np.zeros(len(patches)))
    model._parameters = m_step(model._parameters, statistics, totals)
    # The updates of W and of alpha follow one another: alpha is best for the new W.
    best = (posterior * log_joint(model, patches)).sum()

    def loss_of(**changes) -> float:
        changed = GPMM.from_arrays({**model.to_arrays(), **changes})
        return best - (posterior * log_joint(changed, patches)).sum()

    for factor in (0.99, 1.01):
        assert loss_of(alpha=np.array(model.alpha_ * factor)) > 0
        for c in range(3):
            weights = model.weights_.copy()
            weights[c] *= factor
            assert loss_of(weights=weights / weights.sum()) > 0
            for d in range(4):
                templates = model.components_.copy()
                templates[c, d] *= factor
                assert loss_of(components=templates) > 0


@pytest.mark.parametrize("intensity", ["gamma", "none"])
@pytest.mark.parametrize("temperature", [1.0, 1.5])
@pytest.mark.parametrize("seed", range(3))
def test_objective_never_falls(intensity, temperature, seed):
    patches = np.random.default_rng(seed).poisson(8, size=(1500, 16))
    patches[::2] *= 3
    model = GPMM(
        30, intensity=intensity, temperature=temperature, max_iter=40, tol=0, random_state=seed
    )
    history = quiet_fit(model, patches).bounds_
    assert len(history) == 40
    assert np.diff(history).min() > -1e-5
    assert history[-1] > history[0] + 0.1


@pytest.mark.parametrize("alpha", [5.0, np.inf])
def test_empty_component_is_given_to_the_patch_explained_worst(alpha):
    model = mixture(4, 9, alpha=alpha, scale=20)
    patches, _ = sample(model, 300)
    patches[17] = np.arange(9) ** 2 * 5
    model.components_[2], model.weights_[2] = 1e6, 1e-12
    statistics = e_step(patches, model._parameters, 1.0)
    before = model.log_likelihood(patches)
    reseed_empty(model._parameters, patches, statistics, PatchTotals.of(patches))
    assert model.components_[2, 1:] == pytest.approx(patches[17, 1:])
    assert (model.components_ > 0).all()
    assert model.weights_.sum() == pytest.approx(1)
    assert model.log_likelihood(patches) > before
    reseed_empty(
        model._parameters, patches, e_step(patches, model._parameters, 1.0), PatchTotals.of(patches)
    )
    assert model.components_[2, 1:] == pytest.approx(patches[17, 1:])


def test_history_is_the_log_likelihood():
    patches, _ = sample(mixture(5, 9, 5.0), 1000)
    model = GPMM(5, temperature=1, tol=1e-7, max_iter=500).fit(patches)
    assert model.converged_
    assert model.log_likelihood(patches) == pytest.approx(model.bounds_[-1], rel=1e-6)


def test_planted_mixture_is_found():
    templates = 10.0 + 40 * np.eye(6)
    planted = mixture(6, 6, alpha=8.0)
    planted._parameters = Parameters(templates, np.array([0.3, 0.2, 0.2, 0.1, 0.1, 0.1]), 8.0)
    patches, rates = sample(planted, 20_000)
    starts = [
        GPMM(6, temperature=1, tol=2e-6, max_iter=500, random_state=seed).fit(patches)
        for seed in range(3)
    ]
    model = max(starts, key=lambda start: start.bounds_[-1])
    order = model.components_.argmax(axis=1).argsort()
    np.testing.assert_allclose(model.components_[order], templates, rtol=0.05)
    np.testing.assert_allclose(model.weights_[order], planted.weights_, atol=0.01)
    assert model.alpha_ == pytest.approx(8.0, rel=0.05)
    error = ((model.reconstruct(patches)[0] - rates) ** 2).mean()
    best = ((planted.reconstruct(patches)[0] - rates) ** 2).mean()
    assert error < 1.02 * best


def test_poisson_mixture_equals_plain_em():
    """Five iterations in double precision, written out, from the same start."""
    patches, _ = sample(mixture(8, 9, np.inf, scale=20), 2000)
    model = GPMM(8, intensity="none", temperature=1, max_iter=6, tol=0)
    totals = PatchTotals.of(patches)
    start = model._initial_parameters(patches, 8, totals)
    templates, weights = start.components, start.weights
    quiet_fit(model, patches)
    for _ in range(6):
        joint = np.log(weights) + patches @ np.log(templates).T - templates.sum(axis=1)
        posterior = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
        weights = posterior.mean(axis=0)
        templates = posterior.T @ patches / posterior.sum(axis=0)[:, None]
    np.testing.assert_allclose(model.weights_, weights, rtol=1e-3)
    np.testing.assert_allclose(model.components_, templates, rtol=1e-3)


def test_temperature_keeps_templates_from_learning_the_noise():
    truth = np.where(np.arange(60) < 30, 15.0, 30.0) * np.ones((60, 1))
    noisy = np.random.default_rng(0).poisson(truth)
    patches, true_patches = (extract_patches(image, 6) for image in (noisy, truth))
    errors = [
        ((quiet_fit(model, patches).reconstruct(patches)[0] - true_patches) ** 2).mean()
        for model in (GPMM(100, temperature=1), GPMM(100, temperature=1.3))
    ]
    assert errors[1] < 0.8 * errors[0]


@pytest.mark.parametrize(("n_patches", "expected"), [(30, 1), (3000, 50)])
def test_number_of_components_follows_that_of_patches(n_patches, expected):
    patches = noisy_ramp_patches(n_patches)
    assert quiet_fit(GPMM(max_iter=1), patches).components_.shape == (expected, 25)


def test_templates_begin_at_guides():
    patches = noisy_ramp_patches()
    guides = np.repeat([[5.0], [20.0], [60.0]], 25, axis=1)
    model = GPMM(3)
    totals = PatchTotals.of(patches)
    start = model._initial_parameters(guides, 3, totals)
    expected = 0.9 * guides + 0.1 * patches.mean()
    np.testing.assert_allclose(np.sort(start.components, axis=0), expected, rtol=1e-5)
    with pytest.raises(InputError, match="3 components cannot be learned from 2 patches"):
        GPMM(3).fit(patches, guides=guides[:2])
    with pytest.raises(InputError, match="guides have 9 pixels, patches have 25"):
        GPMM(3).fit(patches, guides=np.ones((10, 9)))


@pytest.mark.shared
def test_photograph_is_denoised(shared_data):
    truth = read_image(shared_data / "house.png").pixels[60:188, 60:188] / 255 * 20
    noisy = np.random.default_rng(0).poisson(truth)
    patches = extract_patches(noisy, 8)
    estimates = quiet_fit(GPMM(), patches).reconstruct(patches)
    merged = merge_patches([estimates], noisy.shape, 8)
    assert psnr(truth, merged.denoised, 20) > psnr(truth, noisy, 20) + 9
    assert 0 < merged.within_variance.mean() < truth.mean()


# The computation


def noisy_ramp_patches(n_patches=4000, n_pixels=25) -> np.ndarray:
    rng = np.random.default_rng(5)
    ramps = np.linspace(5, rng.uniform(5, 60, n_patches), n_pixels).T
    return rng.poisson(ramps).astype(np.float32)


def test_number_of_threads_does_not_change_a_bit():
    patches = 0.37 * noisy_ramp_patches(15_000)
    results = []
    for n_threads in (1, 2, 3):
        with threadpool_limits(n_threads):
            model = quiet_fit(GPMM(150, max_iter=4, n_threads=n_threads), patches)
        arrays = [*model.to_arrays().values(), *model.reconstruct(patches[:2000])]
        results.append([array.tobytes() for array in arrays])
    assert results[0] == results[1] == results[2]


class RowsOnDemand:
    """Patches that exist only while they are looked at."""

    def __init__(self, patches: np.ndarray) -> None:
        self.patches = patches
        self.shape, self.dtype = patches.shape, patches.dtype
        self.most_rows = 0

    def __len__(self) -> int:
        return len(self.patches)

    def __getitem__(self, rows: slice) -> np.ndarray:
        block = self.patches[rows].copy()
        self.most_rows = max(self.most_rows, len(block))
        return block


def test_patches_may_be_made_on_demand():
    patches = noisy_ramp_patches(30_000)
    source = RowsOnDemand(patches)
    model, expected = (quiet_fit(GPMM(20, max_iter=3), rows) for rows in (source, patches))
    np.testing.assert_array_equal(model.components_, expected.components_)
    assert source.most_rows < 5000


def test_memory_does_not_grow_with_patches_times_components():
    patches = noisy_ramp_patches(40_000)
    n_components = 500
    tracemalloc.start()
    quiet_fit(GPMM(n_components, max_iter=2, n_threads=2), patches)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < patches.shape[0] * n_components * 4 / 2


def test_compiled_kernel_equals_plain_python():
    rng = np.random.default_rng(0)
    joint = rng.normal(scale=30, size=(20, 33)).astype(np.float32)
    bias = rng.normal(size=33).astype(np.float32)
    exact = (joint + bias).astype(float)
    expected = np.exp(exact - exact.max(axis=1, keepdims=True))
    largest, total = np.empty((2, 20))
    kernels.exponentiate_rows(joint, bias, largest, total)
    np.testing.assert_allclose(joint, expected, rtol=1e-4, atol=1e-30)
    np.testing.assert_allclose(largest, exact.max(axis=1), rtol=1e-6)
    np.testing.assert_allclose(total, expected.sum(axis=1), rtol=1e-5)


def test_single_precision_exponential():
    x = np.linspace(-86, 0, 5001, dtype=np.float32)
    values = np.array([kernels.exp_nonpositive(value) for value in x], dtype=float)
    np.testing.assert_allclose(values, np.exp(x.astype(float)), rtol=3e-7)
    assert kernels.exp_nonpositive(np.float32(-1e9)) < 1e-37
    assert kernels.exp_nonpositive.py_func(np.float32(-2.5)) == pytest.approx(
        np.exp(-2.5), rel=3e-7
    )


def test_convergence_warning():
    patches = noisy_ramp_patches(500)
    with pytest.warns(ConvergenceWarning, match="2 iterations"):
        GPMM(10, max_iter=2, tol=0).fit(patches)
    assert GPMM(10, tol=5e-3).fit(patches).converged_


def test_arrays_hold_the_whole_model():
    patches = noisy_ramp_patches(500)
    model = GPMM(10, tol=5e-3).fit(patches)
    again = GPMM.from_arrays(model.to_arrays())
    for one, other in zip(model.reconstruct(patches), again.reconstruct(patches), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.beta_ == again.alpha_ == model.alpha_


# What is unusual, and what cannot be used


def test_constant_patches_are_returned():
    patches = np.full((300, 9), 7.0)
    mean, _ = quiet_fit(GPMM(5), patches).reconstruct(patches)
    np.testing.assert_allclose(mean, 7, rtol=1e-4)


def test_one_huge_value_spoils_only_its_own_patch():
    patches = np.random.default_rng(0).poisson(50, (2000, 9)).astype(float)
    patches[3, 4] = 1e8
    mean, variance = quiet_fit(GPMM(8), patches).reconstruct(patches)
    assert np.isfinite(variance).all()
    assert mean[3, 4] == pytest.approx(1e8, rel=1e-3)
    assert abs(np.delete(mean, 3, axis=0) - 50).max() < 15


def test_float32_suffices_where_counts_have_sixteen_bits():
    """The differences between templates are rounded, not the log-likelihoods, which reach 1e8."""
    phases = np.random.default_rng(0).uniform(0, 6, (2000, 1))
    patches = np.random.default_rng(1).poisson(
        30_000 * (1 + 0.3 * np.sin(phases + np.arange(400) / 9))
    )
    model = quiet_fit(GPMM(20, temperature=1, max_iter=5), patches)
    bound = lower_bound(
        model._parameters, e_step(patches, model._parameters, 1.0), PatchTotals.of(patches)
    )
    assert bound == pytest.approx(model.log_likelihood(patches), abs=1)


@pytest.mark.parametrize(
    ("patches", "options", "message"),
    [
        (np.full((20, 4), -1.0), {}, "negative; found -1"),
        (np.full((20, 4), np.nan), {}, "NaN or infinity"),
        (np.full((20, 4), np.inf), {}, "NaN or infinity"),
        (np.zeros((20, 4)), {}, "all patches are zero"),
        (np.full((20, 4), "a"), {}, "real numbers"),
        (np.full((20, 4), 1j), {}, "real numbers"),
        (np.ones(20), {}, r"shape \(n_patches, n_pixels\)"),
        (np.ones((0, 4)), {}, r"shape \(n_patches, n_pixels\)"),
        (np.ones((20, 4)), {"n_components": 21}, "21 components cannot .* 20 patches"),
        (np.ones((20, 4)), {"n_components": 0}, "at least 1"),
        (np.ones((20, 4)), {"max_iter": 0}, "at least 1"),
        (np.ones((20, 4)), {"temperature": 0.5}, "temperature must be .* at least 1, got 0.5"),
        (np.ones((20, 4)), {"temperature": np.nan}, "temperature must be .* got nan"),
        (np.ones((20, 4)), {"n_components": 2.5}, "n_components must be a whole number .* got 2.5"),
        (np.ones((20, 4)), {"n_components": "a"}, "n_components must be a whole number .* got 'a'"),
        (np.ones((20, 4)), {"random_state": -1}, "random_state must be .* got -1"),
        (np.ones((20, 4)), {"intensity": "beta"}, "gamma, none; got 'beta'"),
    ],
)
def test_bad_input_is_named_in_one_line(patches, options, message):
    with pytest.raises(InputError, match=message) as caught:
        GPMM(**{"n_components": 5, **options}).fit(patches)
    assert "\n" not in str(caught.value)


def test_guides_that_are_not_finite_are_refused():
    guides = np.ones((3000, 4))
    guides[-1, 0] = np.nan
    with pytest.raises(InputError, match="guides must be finite"):
        GPMM(2).fit(np.ones((20, 4)), guides=guides)


@pytest.mark.parametrize("use", [GPMM.reconstruct, GPMM.log_likelihood])
def test_unfitted_model_says_so(use):
    with pytest.raises(NotFittedError, match="fit this GPMM model"):
        use(GPMM(), np.ones((5, 4)))


def test_patches_of_another_size_are_refused():
    with pytest.raises(InputError, match="patches of 4 pixels, these have 9"):
        mixture().reconstruct(np.ones((5, 9)))
