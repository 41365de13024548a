"""That the bound of spike-and-slab sparse coding rises, and that it is said where it does not."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from slow_sssc import bar_patches, quiet_fit

from zeroshot_em.core.models.sssc import SSSC, inference


class Watched(SSSC):
    """Notes the bound before and after every update of the parameters, and what is scored."""

    def fit(self, patches, **guides):
        self.n_patches_seen, self.updates, self.n_scored = [], [], []
        return super().fit(patches, **guides)

    def _e_step(self, *arguments):
        statistics = super()._e_step(*arguments)
        self.n_scored.append(statistics.n_scored)
        return statistics

    def _m_step(self, statistics):
        before = self._lower_bound(statistics)
        super()._m_step(statistics)
        self.n_patches_seen.append(statistics.n_patches)
        self.updates.append((before, self._lower_bound(statistics)))


def random_patches(kind: str, n_patches=1500) -> np.ndarray:
    rng = np.random.default_rng(1)
    return {
        "normal": lambda: rng.normal(100, 20, (n_patches, 16)),
        "counts": lambda: rng.poisson(3, (n_patches, 16)),
        "heavy tails": lambda: rng.standard_t(2, (n_patches, 16)),
        "mixture": lambda: rng.choice([0.0, 50.0], (n_patches, 1)) + rng.normal(size=(1, 16)) ** 3
        + rng.normal(size=(n_patches, 16)),
    }[kind]()  # fmt: skip


@pytest.mark.parametrize("kind", ["normal", "counts", "heavy tails", "mixture"])
@pytest.mark.parametrize(("n_components", "n_states"), [(20, 8), (4, 16)])
def test_bound_never_falls_at_any_update(kind, n_components, n_states, monkeypatch):
    """Every update raises it, and from the second pass on every block's new states do, too."""
    monkeypatch.setattr(inference, "TILE", 128)
    model = Watched(n_components, n_states, max_iter=6, tol=0, n_threads=1)
    patches = random_patches(kind)
    quiet_fit(model, patches)
    blocks = inference.cut_blocks(len(patches))
    n_blocks = len(blocks)
    assert n_blocks == min(inference.N_BLOCKS, 12)
    assert model.n_iter_ == 6
    assert model.n_patches_seen[:n_blocks] == [block.stop for block in blocks]
    assert set(model.n_patches_seen[n_blocks - 1 :]) == {len(patches)}
    bounds = np.array(model.updates)
    slack = 1e-6
    assert np.min(bounds[:, 1] - bounds[:, 0]) > -slack
    assert np.diff(bounds[n_blocks - 1 :].ravel()).min() > -slack
    np.testing.assert_array_equal(model.bounds_, bounds[n_blocks - 1 :: n_blocks, 1])
    assert np.diff(model.bounds_).min() > -slack


def awkward_patches(kind: str) -> np.ndarray:
    """Return patches whose statistics nearly cancel, or hardly differ."""
    rng = np.random.default_rng(0)
    noise = rng.normal(100, 20, (1000, 16))
    with_pixel, with_patch = noise.copy(), noise.copy()
    with_pixel[3, 4] = with_patch[3] = 1e6
    return {
        "one huge pixel": with_pixel,
        "one huge patch": with_patch * rng.uniform(0.9, 1.1, 16),
        "rank one": rng.normal(size=(1000, 1)) @ rng.normal(size=(1, 16)),
        "rank two": rng.normal(size=(1000, 2)) @ rng.normal(size=(2, 16)),
        "no noise": rng.normal(size=(5, 16))[rng.integers(0, 5, 1000)],
        "two kinds": np.tile([[0.0] * 16, [60_000.0] * 16], (500, 1)),
        "far from zero": rng.normal(1e6, 1, (1000, 16)),
        "tiny": 1e-25 * noise,
        "large": 1e12 * noise,
    }[kind]


@pytest.mark.filterwarnings("ignore:SSSC has not converged")
@pytest.mark.parametrize("n_components", [4, 12])
@pytest.mark.parametrize(
    "kind",
    ["one huge pixel", "one huge patch", "rank one", "rank two", "no noise", "two kinds",
     "far from zero", "tiny", "large"],
)  # fmt: skip
def test_bound_never_falls_where_the_arithmetic_is_hard(kind, n_components, monkeypatch):
    monkeypatch.setattr(inference, "TILE", 128)
    model = SSSC(n_components, 12, max_iter=12, tol=0, n_threads=1)
    model.fit(awkward_patches(kind))
    ratio = np.var(awkward_patches(kind)) * 16 / model.noise_variance_
    slack = 1e-9 * np.abs(model.bounds_).max() + 1e-15 * ratio
    assert slack < 1e-4
    assert np.diff(model.bounds_).min() > -slack


@pytest.mark.parametrize("outlier", [1e9, -1e12, 1e15])
def test_where_the_arithmetic_ends_a_fall_is_said(outlier, monkeypatch):
    monkeypatch.setattr(inference, "TILE", 128)
    patches = awkward_patches("one huge pixel")
    patches[3, 4] = outlier
    model = SSSC(4, 16, max_iter=12, tol=0, n_threads=1)
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(patches)
    fell = np.diff(model.bounds_).min() < -1e-4
    assert any("fell by up to" in str(each.message) for each in caught) == fell


def test_data_of_little_noise_are_learned():
    """Two fields and the rounding to integers, whose variance is 1/12: |y|^2 / sigma^2 is 1e10."""
    rng = np.random.default_rng(0)
    patches = np.round(1e4 * rng.normal(size=(2000, 2)) @ rng.normal(size=(2, 9)))
    model = quiet_fit(Watched(20, 12, max_iter=30, tol=0), patches)
    assert np.sqrt(model.noise_variance_) < 1
    rises = np.diff(np.ravel(model.updates))
    assert rises.min() > -0.05
    assert rises.sum() > 50


def test_learning_stops_where_the_bound_does_and_warns_where_it_does_not():
    patches = random_patches("normal")
    model = SSSC(4, 8, tol=1e-3).fit(patches)
    rises = np.diff(model.bounds_)
    assert (rises[:-1] >= 1e-3 * 16).all()
    assert rises[-1] < 1e-3 * 16
    with pytest.warns(ConvergenceWarning, match="not converged in 2 passes"):
        SSSC(4, 8, 2, tol=0).fit(patches)


def test_a_given_noise_variance_is_held_and_the_bound_still_rises():
    patches = bar_patches(n_patches=1500)
    model = quiet_fit(Watched(12, 20, max_iter=6, tol=0, noise_variance=2.5), patches)
    assert model.noise_variance_ == 2.5
    np.testing.assert_array_equal(model.noise_deviations_, np.sqrt(2.5))
    assert np.min(np.diff(model.updates)) > -1e-6
    assert np.diff(model.bounds_).min() > 0


def test_a_bound_that_falls_is_no_convergence(monkeypatch):
    heights = iter([-30.0, -20.0, -20.5, -20.5 + 1e-4])
    monkeypatch.setattr(SSSC, "_lower_bound", lambda *_: next(heights))
    model = SSSC(4, 8, max_iter=4, tol=1e-3, n_threads=1)
    with pytest.warns(ConvergenceWarning, match="fell by up to 0.5 nats per patch"):
        model.fit(bar_patches(n_patches=300))
    assert model.n_iter_ == 4
    assert model.converged_
    heights = iter([-30.0, -20.0, -20.5])
    with pytest.warns(ConvergenceWarning) as caught:
        model.set_params(max_iter=3).fit(bar_patches(n_patches=300))
    assert [str(each.message).split()[:2] for each in caught] == [["the", "bound"], ["SSSC", "has"]]
    assert not model.converged_
