"""What an image is enhanced by where nothing is asked for: settings that the package holds."""

from typing import Any

import numpy as np
import pytest

from zeroshot_em.core.plan import make_plan, patch_size_for
from zeroshot_em.core.settings import EFFORTS, PATCHES_PER_COMPONENT, Request, Settings

IMAGE = np.random.default_rng(0).normal(100, 5, (72, 80)) + 20 * (np.arange(80) > 40)


def settings(**asked: Any) -> Settings:
    return make_plan(IMAGE, Request(**asked), 0, 1).settings


@pytest.mark.parametrize("name", EFFORTS)
def test_effort_decides_what_is_spent(name: str) -> None:
    effort, chosen = EFFORTS[name], settings(effort=name)
    n_patches = (72 - chosen.patch_size + 1) * (80 - chosen.patch_size + 1)
    assert chosen.options == {
        "n_components": min(effort.most_components, n_patches // PATCHES_PER_COMPONENT),
        "n_states": effort.n_states,
        "max_iter": effort.max_iter,
        "n_rounds": effort.n_rounds,
        "noise_variance": 1.0,
    }
    assert (chosen.model, chosen.noise) == ("sssc", "estimated")
    assert chosen.n_local_passes == effort.n_local_passes


def test_the_less_detail_stands_out_the_larger_the_patches() -> None:
    sizes = [patch_size_for(detail) for detail in (2.0, 0.5, 0.2, 0.05)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_the_paper_s_method_is_that_of_the_paper() -> None:
    chosen = settings(model="sssc", patch_size=6, noise="learned")
    assert chosen.options == {}
    assert (chosen.domain, chosen.merge, chosen.noise) == ("grey values", "mean", "learned")
    assert (chosen.n_local_passes, chosen.n_patches) == (0, None)


def test_what_is_asked_for_comes_before_what_is_chosen() -> None:
    chosen = settings(patch_size=5, noise=4.0, merge="mean", options={"n_components": 9})
    assert (chosen.patch_size, chosen.merge, chosen.noise) == (5, "mean", "given")
    assert chosen.options["n_components"] == 9
