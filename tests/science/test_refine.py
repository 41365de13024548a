"""The second step against the same written out plainly."""

import numpy as np
import pytest

from zeroshot_em.core.refine import _matrices as matrices
from zeroshot_em.core.refine.step import (
    BAND,
    FIRST,
    GROUPS,
    corners,
    denoise_locally,
    first_estimate,
    local_estimate,
    refine,
)

SMALL = GROUPS._replace(patch_size=4, n_similar=14, radius=5)


def patch(image, corner, size):
    return image[corner[0] : corner[0] + size, corner[1] : corner[1] + size].ravel()


def similar_corners(pilot, reference, groups):
    """Return where the most similar patches begin, nearest first, and how far they are."""
    p, reach = groups.patch_size, range(-groups.radius, groups.radius + 1)
    window = [(reference[0] + di, reference[1] + dj) for di in reach for dj in reach]
    inside = [
        (i, j) for i, j in window if 0 <= i <= pilot.shape[0] - p and 0 <= j <= pilot.shape[1] - p
    ]
    here = patch(pilot, reference, p)
    distances = np.array([np.mean((patch(pilot, c, p) - here) ** 2) for c in inside])
    nearest = np.argsort(distances, kind="stable")[: groups.n_similar]
    return [inside[k] for k in nearest], distances[nearest]


def precision_of(C, groups):
    """Return the precision of noisy values under a covariance of the pilot, (R2) and (R3)."""
    unit = np.eye(len(C))
    C = C + groups.uncertainty * (unit - np.linalg.inv(C + unit))
    return np.linalg.inv(C + groups.ridge * unit)


def along(X, Y, groups):
    """Return estimates and variances under the prior of the pixels, (R1) to (R4)."""
    P = precision_of(X.T @ X / len(X), groups)
    return Y - Y @ P, np.maximum(1 - np.diag(P), 0)[None, :] + 1 / len(X)


def across(X, Y, groups):
    """Return estimates and variances under the prior of the patches, (R7) and (R8)."""
    P = precision_of(X @ X.T / X.shape[1] + 1, groups)
    return Y - P @ Y, np.maximum(1 - np.diag(P), 0)[:, None] + 1 / len(X)


def slow_group(noisy, pilot, reference, groups):
    """Return the corners of one group, and the estimates and weights under each prior (R5)."""
    places, distances = similar_corners(pilot, reference, groups)
    X, Y = (
        np.array([patch(image, c, groups.patch_size) for c in places]) for image in (pilot, noisy)
    )
    m, near = X.mean(0), np.exp(-distances / groups.reach)[:, None]
    priors = (along, across) if groups.across else (along,)
    estimates = [prior(X - m, Y - m, groups) for prior in priors]
    return places, [(m + x, near / (variance + 0 * x)) for x, variance in estimates]


def slow_pass(noisy, pilot, groups):
    p = groups.patch_size
    noisy, pilot = noisy / groups.noise, pilot / groups.noise
    total, weight = np.zeros(noisy.shape), np.zeros(noisy.shape)
    for i in corners(noisy.shape[0], p):
        for j in corners(noisy.shape[1], p):
            places, estimates = slow_group(noisy, pilot, (i, j), groups)
            for x, w in estimates:
                for k, (a, b) in enumerate(places):
                    total[a : a + p, b : b + p] += (w[k] * x[k]).reshape(p, p)
                    weight[a : a + p, b : b + p] += w[k].reshape(p, p)
    return groups.noise * total / weight


@pytest.fixture(scope="module")
def images():
    """Clean, noisy and nearly clean image, in units of the noise."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:41, :38]
    clean = 5 + 3 * np.sin(rows / 3 + columns / 7) + 2 * (columns > 20)
    return clean, clean + rng.normal(size=clean.shape), clean + 0.2 * rng.normal(size=clean.shape)


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("uncertainty", [0.0, 0.7])
@pytest.mark.parametrize("noise", [1.0, 0.8])
def test_one_pass_is_the_plain_one(images, noise, uncertainty, across):
    _, noisy, pilot = images
    groups = SMALL._replace(uncertainty=uncertainty, across=across, noise=noise)
    fast = local_estimate(noisy, pilot, groups)
    np.testing.assert_allclose(fast, slow_pass(noisy, pilot, groups), atol=2e-3)


def test_every_step_is_nearer_to_the_truth(images):
    clean, noisy, _ = images
    first = first_estimate(noisy)
    stages = (noisy, first, local_estimate(noisy, first))
    errors = [np.mean((stage - clean) ** 2) for stage in stages]
    assert errors[2] < errors[1] < errors[0]
    local = denoise_locally(noisy)
    assert np.mean((refine(noisy, first, local) - clean) ** 2) < errors[1]


@pytest.mark.parametrize("n_threads", [2, 3])
def test_threads_do_not_matter(n_threads):
    noisy = np.random.default_rng(1).normal(5, 1, (80, 70))
    one, more = (refine(noisy, noisy, denoise_locally(noisy, 1, n), n) for n in (1, n_threads))
    assert one.tobytes() == more.tobytes()


def test_a_band_is_to_the_bit_what_it_is_within_another_image():
    noisy = np.random.default_rng(2).integers(0, 9, (160, 40)).astype(float)
    other = np.vstack([noisy[:96], noisy[:95:-1]])  # of the same mean, which all pixels see
    far = BAND - SMALL.radius - SMALL.patch_size
    one, two = (local_estimate(image, image, SMALL) for image in (noisy, other))
    assert one[:far].tobytes() == two[:far].tobytes()
    assert one[-far:].tobytes() != two[-far:].tobytes()


def test_bands_together_are_the_whole(monkeypatch):
    noisy = np.random.default_rng(3).normal(5, 1, (100, 40))
    in_bands = local_estimate(noisy, noisy, SMALL)
    monkeypatch.setattr("zeroshot_em.core.refine.step.BAND", len(noisy))
    np.testing.assert_allclose(in_bands, local_estimate(noisy, noisy, SMALL), rtol=1e-5)


def test_inverse():
    X = np.random.default_rng(2).normal(size=(20, 9))
    matrix = (X.T @ X + np.eye(9)).astype(np.float32)
    inverse = matrix.copy()
    matrices.invert(inverse, np.empty(9, np.float32))
    np.testing.assert_allclose(inverse @ matrix, np.eye(9), atol=1e-4)


@pytest.mark.parametrize("shape", [(5, 30), (1, 1), (3, 64)])
def test_a_small_image_has_small_patches(shape):
    noisy = np.random.default_rng(3).normal(5, 1, shape)
    refined = refine(noisy, noisy, denoise_locally(noisy))
    assert refined.shape == shape
    assert np.isfinite(refined).all()


def test_a_group_is_never_larger_than_its_window():
    n_places = (2 * FIRST.radius + 1) ** 2
    assert FIRST.n_similar < n_places
