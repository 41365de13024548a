"""Learning the Gamma-Poisson mixture: expectation, maximisation, a bound that never falls."""

import numpy as np
import pytest
import slow_gpmm as slow
from scipy.special import logsumexp
from sklearn.exceptions import ConvergenceWarning

from zeroshot_em.core.models.gpmm import GPMM
from zeroshot_em.core.models.gpmm.learning import IncrementalEM
from zeroshot_em.core.models.gpmm.likelihood import Parameters
from zeroshot_em.core.models.gpmm.statistics import (
    AlphaSearch,
    PatchTotals,
    Statistics,
    maximise,
)
from zeroshot_em.core.patches import extract_patches, merge_patches
from zeroshot_em.data.images import read_image
from zeroshot_em.data.metrics import psnr
from zeroshot_em.errors import InputError


def learner_of(model: GPMM, patches: np.ndarray, temperature=1.0) -> IncrementalEM:
    patches = np.asarray(patches, dtype=float)
    return IncrementalEM(patches, PatchTotals.of(patches), model._parameters, temperature)


def statistics_of(learner: IncrementalEM) -> Statistics:
    return learner._expect([slice(0, len(learner.patches))])


@pytest.mark.parametrize("scale", [20, 1e5])
@pytest.mark.parametrize("alpha", [30.0, np.inf])
def test_e_step_equals_the_dense_posterior(alpha, scale):
    """In single precision, and for large counts in double."""
    model = slow.mixture(20, 36, alpha, scale=scale)
    patches, _ = slow.sample(model, 3000)
    learner = learner_of(model, patches)
    statistics = statistics_of(learner)
    posterior = slow.responsibilities(model, patches)
    np.testing.assert_allclose(statistics.mass, posterior.sum(axis=0), rtol=1e-4, atol=1e-2)
    np.testing.assert_allclose(statistics.counts, posterior.T @ patches, rtol=1e-4, atol=scale / 20)
    assert statistics.mass.sum() == pytest.approx(3000, rel=1e-12)
    np.testing.assert_allclose(statistics.counts.sum(axis=0), patches.sum(axis=0), rtol=1e-12)
    bound = learner._lower_bound(statistics)
    assert bound == pytest.approx(model.score(patches), rel=1e-6)


def test_m_step_is_a_maximum_in_every_parameter():
    model = slow.mixture(alpha=4.0)
    patches, _ = slow.sample(slow.mixture(alpha=7.0, seed=1), 400)
    posterior = slow.responsibilities(model, patches)
    statistics = Statistics(posterior.sum(axis=0), posterior.T @ patches, 0.0)
    model._parameters = maximise(model._parameters, statistics, 1e-9)
    # The updates of W and of alpha follow one another: alpha is best for the new W.
    model._parameters.alpha = AlphaSearch(patches.sum(axis=1)).best(model._parameters, statistics)
    best = (posterior * slow.log_joint(model, patches)).sum()

    def loss_of(**changes) -> float:
        changed = GPMM.from_arrays({**model.to_arrays(), **changes})
        return best - (posterior * slow.log_joint(changed, patches)).sum()

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


@pytest.mark.parametrize("start", [1e-2, 7.0, 1e5])
def test_alpha_is_found_from_wherever_it_begins(start):
    model = slow.mixture(alpha=5.0)
    patches, _ = slow.sample(model, 20_000)
    posterior = slow.responsibilities(model, patches)
    statistics = Statistics(posterior.sum(axis=0), posterior.T @ patches, 0.0)
    search = AlphaSearch(patches.sum(axis=1).astype(float))
    model._parameters.alpha = start
    for _ in range(30):
        model._parameters.alpha = search.best(model._parameters, statistics)
    assert model.alpha_ == pytest.approx(5.0, rel=0.1)


# The bound


def adversarial(kind: str) -> np.ndarray:
    """Return patches whose likelihoods cancel, or are held by a limit."""
    rng = np.random.default_rng(0)
    counts = rng.poisson(50, (2000, 9)).astype(float)
    if kind.startswith("one pixel"):
        counts[3, 4] = float(kind.split()[-1])
    made = {
        "one patch of 5e6": lambda: counts * np.where(np.arange(2000) == 3, 1e5, 1)[:, None],
        "mean of 1e6, noise of 1": lambda: 1e6 + rng.normal(0, 1, (2000, 36)),
        "steps on 1e6": lambda: 1e6 + rng.normal(0, 1, (2000, 16)) + np.c_[np.arange(2000) % 3] * 9,
        "rank one": lambda: np.outer(rng.uniform(1, 100, 1500), np.linspace(1, 3, 16)),
        "no noise": lambda: np.repeat(rng.uniform(1, 100, (30, 16)), 50, axis=0),
        "nearly all zero": lambda: (rng.random((2000, 16)) < 0.03).astype(float),
        "repeated": lambda: np.repeat(rng.poisson(8, (100, 16)), 20, axis=0),
        "sixteen bits": lambda: rng.poisson(
            30_000 * (1 + 0.3 * np.sin(rng.uniform(0, 6, (2000, 1)) + np.arange(64) / 9))
        ),
        "two levels": lambda: rng.poisson(8, (1500, 16)) * np.c_[1 + 2 * (np.arange(1500) % 2)],
    }
    return made.get(kind, lambda: counts)()


@pytest.mark.parametrize("temperature", [1.0, 1.2])
@pytest.mark.parametrize(
    "kind",
    [
        "one pixel of 1e6", "one pixel of 1e8", "one pixel of 1e12", "one patch of 5e6",
        "mean of 1e6, noise of 1", "steps on 1e6", "rank one", "no noise", "nearly all zero",
        "repeated", "sixteen bits", "two levels",
    ],
)  # fmt: skip
def test_bound_never_falls(kind, temperature):
    for intensity in ("gamma", "none"):
        model = GPMM(40, intensity=intensity, temperature=temperature, max_iter=40, tol=0)
        bounds = slow.quiet_fit(model, adversarial(kind)).bounds_
        assert np.diff(bounds).min() > -5e-7 * np.abs(bounds).max()
        assert bounds[-1] > bounds[0] - 5e-7 * np.abs(bounds).max()


def test_bound_never_falls_where_batches_follow_one_another():
    """Nor when components are given to other patches meanwhile."""
    patches = slow.noisy_ramp_patches(9000)
    patches[::90] = np.random.default_rng(0).integers(1, 500, (100, 25))
    for temperature in (1.0, 1.3):
        model = GPMM(80)
        start = model._initial_parameters(patches[1:80], 79, PatchTotals.of(patches))
        start.components[40:], start.weights[40:] = start.components[0], 1e-300
        model._parameters = start
        learner = learner_of(model, patches, temperature)
        assert len(learner.batches) == 8
        bounds, n_reseeded = [], 0
        for _ in range(25):
            bounds.append(learner.run_pass())
            n_reseeded += learner.n_reseeded
        assert n_reseeded >= 39
        assert np.diff(bounds).min() > -5e-7 * np.abs(bounds).max()


@pytest.mark.parametrize("alpha", [5.0, np.inf])
def test_empty_component_is_given_to_the_patch_explained_worst(alpha):
    model = slow.mixture(4, 9, alpha=alpha, scale=20)
    patches, _ = slow.sample(model, 300)
    patches[17] = np.arange(9) ** 2 * 5
    model.components_[2], model.weights_[2] = 1e6, 1e-12
    learner = learner_of(model, patches)
    before = model.score(patches)
    for n_expected in (1, 0):
        statistics = statistics_of(learner)
        explained = learner._with_constants(learner.log_likelihoods)
        assert learner._reseed(statistics.mass, explained) == n_expected
        assert model.components_[2, 1:] == pytest.approx(patches[17, 1:])
    assert (model.components_ > 0).all()
    assert model.weights_.sum() == pytest.approx(1)
    assert model.score(patches) > before


@pytest.mark.parametrize("new_alpha", [40.0, 50.0, 60.0])
def test_reseeding_does_not_mistake_a_change_of_alpha_for_patches_explained_badly(new_alpha):
    """200 components are empty, and the others explain their patches well."""
    model = slow.mixture(210, 4, alpha=50.0, scale=20)
    model.components_[10:], model.weights_[10:] = 1e6, 1e-12
    model._parameters.weights /= model.weights_.sum()
    patches, _ = slow.sample(model, 2000)
    learner = learner_of(model, patches)
    statistics = statistics_of(learner)
    explained = learner._with_constants(learner.log_likelihoods)
    model._parameters.alpha = new_alpha
    before = model.score(patches)
    n_reseeded = learner._reseed(statistics.mass, explained)
    assert n_reseeded < 20
    assert model.score(patches) >= before


def test_incremental_em_is_ahead_of_plain_em(monkeypatch):
    patches = slow.noisy_ramp_patches(9000)
    bounds = []
    for n_batches in (1, 8):
        monkeypatch.setattr("zeroshot_em.core.models.gpmm.learning.N_BATCHES", n_batches)
        bounds.append(slow.quiet_fit(GPMM(50, max_iter=6, tol=0), patches).bounds_)
    assert bounds[1][0] == pytest.approx(bounds[0][0], rel=1e-6)
    assert (bounds[1][1:] > bounds[0][1:]).all()


def history_of(monkeypatch, bounds) -> GPMM:
    """Return a model that saw these bounds go by."""
    left = iter(bounds)
    monkeypatch.setattr(IncrementalEM, "run_pass", lambda _: next(left))
    return GPMM(2, max_iter=len(bounds), tol=1e-3)


def test_a_bound_that_falls_has_not_converged(monkeypatch):
    patches = np.random.default_rng(0).poisson(9, (50, 4))
    model = history_of(monkeypatch, [-12.0, -10.0, -10.5, -9.0, -8.9999])
    with pytest.warns(ConvergenceWarning, match=r"fell by 0\.5 of -10 nats in pass 3"):
        model.fit(patches)
    assert not model.converged_
    assert model.n_iter_ == 5
    model = history_of(monkeypatch, [-12.0, -10.0, -9.9999])
    assert model.fit(patches).converged_


def test_history_is_the_log_likelihood():
    patches, _ = slow.sample(slow.mixture(5, 9, 5.0), 1000)
    model = GPMM(5, temperature=1, tol=1e-7, max_iter=500).fit(patches)
    assert model.converged_
    assert model.score(patches) == pytest.approx(model.bounds_[-1], rel=1e-6)


def test_planted_mixture_is_found():
    templates = 10.0 + 40 * np.eye(6)
    planted = slow.mixture(6, 6, alpha=8.0)
    planted._parameters = Parameters(templates, np.array([0.3, 0.2, 0.2, 0.1, 0.1, 0.1]), 8.0)
    patches, rates = slow.sample(planted, 20_000)
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
    patches, _ = slow.sample(slow.mixture(8, 9, np.inf, scale=20), 1000)
    model = GPMM(8, intensity="none", temperature=1, max_iter=6, tol=0)
    totals = PatchTotals.of(patches)
    start = model._initial_parameters(patches, 8, totals)
    templates, weights = start.components, start.weights
    slow.quiet_fit(model, patches)
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
        ((slow.quiet_fit(model, patches).reconstruct(patches)[0] - true_patches) ** 2).mean()
        for model in (GPMM(100, temperature=1), GPMM(100, temperature=1.3))
    ]
    assert errors[1] < 0.8 * errors[0]


@pytest.mark.parametrize(("n_patches", "expected"), [(30, 1), (3000, 50)])
def test_number_of_components_follows_that_of_patches(n_patches, expected):
    patches = slow.noisy_ramp_patches(n_patches)
    assert slow.quiet_fit(GPMM(max_iter=1), patches).components_.shape == (expected, 25)


def test_templates_begin_at_guides():
    patches = slow.noisy_ramp_patches()
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
    estimates = slow.quiet_fit(GPMM(), patches).reconstruct(patches)
    merged = merge_patches([estimates], noisy.shape, 8)
    assert psnr(truth, merged.denoised, 20) > psnr(truth, noisy, 20) + 9
    assert 0 < merged.within_variance.mean() < truth.mean()


def test_convergence_warning():
    patches = slow.noisy_ramp_patches(500)
    with pytest.warns(ConvergenceWarning, match="2 iterations"):
        GPMM(10, max_iter=2, tol=0).fit(patches)
    assert GPMM(10, tol=5e-3).fit(patches).converged_


def test_differences_are_rounded_and_not_log_likelihoods_that_reach_1e8():
    patches = adversarial("sixteen bits")
    model = slow.quiet_fit(GPMM(20, temperature=1, max_iter=5), patches)
    learner = learner_of(model, patches)
    bound = learner._lower_bound(statistics_of(learner))
    assert bound == pytest.approx(model.score(patches), rel=1e-9)
