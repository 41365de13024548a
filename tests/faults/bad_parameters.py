"""Arrays and parameters given in Python."""

from collections.abc import Callable
from typing import Any

import numpy as np
from samples import GRAY
from table import RIGHT, Ground, Row

from zeroshot_em import GPMM, SSSC, enhance
from zeroshot_em.data.simulation import simulate_scene

IMAGE = GRAY.astype(float)
PATCHES = IMAGE.reshape(-1, 4)
SMALL: dict[str, dict[str, Any]] = {
    "sssc": {"n_components": 2, "n_states": 2, "max_iter": 1},
    "gpmm": {"n_components": 2, "max_iter": 1},
}
ESTIMATORS: dict[str, Any] = {"sssc": SSSC, "gpmm": GPMM}


def _with(value: Any) -> np.ndarray:
    changed = IMAGE.copy()
    changed[3, 4] = value
    return changed


IMAGES: list[tuple[str, Any, tuple[str, ...]]] = [
    ("None", None, ("matrix",)),
    ("text", "scene.tif", ("matrix",)),
    ("number", 3.0, ("matrix",)),
    ("line", IMAGE[0], ("matrix",)),
    ("stack", np.stack([IMAGE] * 2), ("matrix",)),
    ("rows of several lengths", [[1.0, 2.0], [3.0]], ()),
    ("objects", IMAGE.astype(object), ("matrix",)),
    ("complex numbers", IMAGE + 1j, ("complex",)),
    ("dates", IMAGE.astype("M8[s]"), ("matrix",)),
    ("masked array", np.ma.masked_less(IMAGE, 30), ("mask",)),
    ("NaN", _with(np.nan), ("NaN",)),
    ("infinity", _with(np.inf), ("infinite",)),
    ("no pixels", np.empty((0, 5)), ()),
    ("fewer pixels than the patch", IMAGE[:1, :1], ("larger than the image",)),
]

OPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("patch_size of 0", {"patch_size": 0}),
    ("patch_size of 2.5", {"patch_size": 2.5}),
    ("patch_size of True", {"patch_size": True}),
    ("merge by maximum", {"merge": "max"}),
    ("model of no name", {"model": "vae"}),
    ("option of no name", {"n_compnents": 3}),
    ("random_state of None", {"random_state": None}),
    ("random_state below 0", {"random_state": -1}),
    ("random_state of 2^40", {"random_state": 2**40}),
    ("random_state of 1.5", {"random_state": 1.5}),
    ("random_state of a generator", {"random_state": np.random.RandomState(0)}),
    ("n_threads of 0", {"n_threads": 0}),
    ("n_threads of 1.5", {"n_threads": 1.5}),
    ("n_rounds of 0", {"n_rounds": 0}),
    ("n_rounds of a text", {"n_rounds": "2"}),
]

SETTINGS: list[tuple[str, str, Any]] = [
    *((model, "tol", value) for model in ESTIMATORS for value in (np.nan, -1.0, np.inf, "1e-3")),
    *((model, "n_components", value) for model in ESTIMATORS for value in (0, True, 1.5, 10**9)),
    *((model, "max_iter", value) for model in ESTIMATORS for value in (0, 2.5, None)),
    *(("sssc", "n_states", value) for value in (0, -3, True, 2.5)),
    *(("gpmm", "temperature", value) for value in (0.5, np.nan, np.inf, "warm")),
    ("gpmm", "intensity", "beta"),
]

MATRICES: list[tuple[str, str, Any]] = [
    *((model, "patches of NaN", np.full((50, 4), np.nan)) for model in ESTIMATORS),
    *((model, "patches of complex numbers", PATCHES + 1j) for model in ESTIMATORS),
    *((model, "masked patches", np.ma.masked_less(PATCHES, 30)) for model in ESTIMATORS),
    *((model, "patches of one axis", PATCHES[:, 0]) for model in ESTIMATORS),
    *((model, "no patches", PATCHES[:0]) for model in ESTIMATORS),
    *((model, "patches of no pixels", PATCHES[:, :0]) for model in ESTIMATORS),
    ("gpmm", "negative patches", -PATCHES),
    ("gpmm", "patches of zeros", 0 * PATCHES),
]

SCENES: list[tuple[str, dict[str, Any]]] = [
    ("shape of 10^9 x 10^9", {"shape": (10**9, 10**9)}),
    ("shape of 0 x 10", {"shape": (0, 10)}),
    ("shape of one number", {"shape": (64,)}),
    ("shape of texts", {"shape": ("64", "64")}),
    ("dose of 0", {"dose": 0.0}),
    ("dose of NaN", {"dose": np.nan}),
    ("dose of infinity", {"dose": np.inf}),
    ("dose of 10^300", {"dose": 1e300}),
    ("pixels of 10^9 nm", {"pixel_size_nm": 1e9}),
    ("pixels of 10^-9 nm", {"pixel_size_nm": 1e-9}),
    ("pixels of NaN nm", {"pixel_size_nm": np.nan}),
    ("seed below 0", {"seed": -1}),
    ("seed of 1.5", {"seed": 1.5}),
    ("virions below 0", {"n_virions": -1}),
    ("edge of 50 micrometres", {"shape": (10_000, 64), "pixel_size_nm": 5.0}),
]


def _enhance(image: Any, **given: Any) -> Callable[[Ground], object]:
    options = {"model": "sssc", "patch_size": 2, **SMALL["sssc"], **given}
    return lambda at: enhance(image, **options)


def _fit(model: str, patches: Any, **given: Any) -> Callable[[Ground], object]:
    return lambda at: ESTIMATORS[model](**{**SMALL[model], **given}).fit(patches)


def _simulate(given: dict[str, Any]) -> Callable[[Ground], object]:
    return lambda at: simulate_scene(**{"shape": (64, 64), "dose": 5.0, **given})


def _crowded(at: Ground) -> None:
    """As many virions as there is room for."""
    scene = simulate_scene((256, 256), n_virions=10**9, with_cell=False)
    assert 0 < len(scene.parameters["virions"]) < 1000


def _constant(model: str) -> Callable[[Ground], None]:
    """A constant image is its own denoised one, or is refused."""

    def act(at: Ground) -> None:
        image = np.full((12, 12), 50.0)
        result = enhance(image, model, 2, **SMALL[model])
        assert np.allclose(result.denoised, image, rtol=1e-3)

    return act


def _same_as(image: Any) -> Callable[[Ground], None]:
    """An odd type of numbers gives the same maps as the plain one."""

    def act(at: Ground) -> None:
        plain, odd = (enhance(given, "sssc", 2, **SMALL["sssc"]) for given in (IMAGE, image))
        assert np.array_equal(plain.denoised, odd.denoised)

    return act


ROWS = [
    *(Row("input", "array", name, _enhance(image), words=words) for name, image, words in IMAGES),
    *(Row("input", "option", name, _enhance(IMAGE, **given)) for name, given in OPTIONS),
    *(
        Row(
            "input",
            f"{model} setting",
            f"{name} of {value}",
            _fit(model, PATCHES, **{name: value}),
            words=(name if value != 10**9 else "components",),
        )
        for model, name, value in SETTINGS
    ),
    *(Row("input", model, name, _fit(model, patches)) for model, name, patches in MATRICES),
    *(Row("input", "scene", name, _simulate(given)) for name, given in SCENES),
    Row("input", "scene", "10^9 virions", _crowded, RIGHT),
    Row("input", "array", "constant image for SSSC", _constant("sssc")),
    Row("input", "array", "constant image for GPMM", _constant("gpmm"), RIGHT),
    Row("input", "array", "list of lists", _same_as(IMAGE.tolist()), RIGHT),
    Row("input", "array", "big-endian numbers", _same_as(IMAGE.astype(">f4")), RIGHT),
    Row("input", "array", "column-major order", _same_as(np.asfortranarray(IMAGE)), RIGHT),
    Row("input", "array", "every row backwards", _same_as(IMAGE[::-1].copy()[::-1]), RIGHT),
]
