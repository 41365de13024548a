"""Models in files: whole, checked, the same bytes for the same model."""

import contextlib
import io
import json
import os
import pickle
import warnings
import zipfile

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from zeroshot_em.core.models.gpmm import GPMM
from zeroshot_em.core.models.registry import fit_settings
from zeroshot_em.core.models.sssc import SSSC
from zeroshot_em.data import model_format
from zeroshot_em.data.model_files import load_model, save_model
from zeroshot_em.data.model_format import read_fit
from zeroshot_em.errors import InputError

PATCHES = np.random.default_rng(0).poisson(9, (200, 4)).astype(float)
BOTH = pytest.mark.parametrize("name", ["sssc", "gpmm"])


def fit(name: str):
    kind = {
        "sssc": SSSC(3, 5, max_iter=4, tol=1e-3, random_state=7),
        "gpmm": GPMM(2, temperature=1.3, max_iter=3, tol=1e-6, random_state=5),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return kind[name].fit(PATCHES)


@pytest.fixture(scope="module")
def models():
    return {name: fit(name) for name in ("sssc", "gpmm")}


@pytest.fixture
def model(models):
    return models["gpmm"]


@BOTH
def test_a_loaded_model_is_the_one_that_was_saved(name, models, tmp_path):
    model = models[name]
    save_model(tmp_path / "model.npz", model)
    again = load_model(tmp_path / "model.npz")
    settings = {**model.get_params(), "n_threads": None}
    assert again.get_params() == settings
    assert (again.n_iter_, again.converged_) == (model.n_iter_, model.converged_)
    for one, other in zip(model.reconstruct(PATCHES), again.reconstruct(PATCHES), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.score(PATCHES) == model.score(PATCHES)
    save_model(tmp_path / "again.npz", again)
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "model.npz").read_bytes()


@BOTH
def test_equal_fits_make_equal_bytes_whenever_they_are_written(name, models, tmp_path, monkeypatch):
    save_model(tmp_path / "one.npz", models[name], image="a.tif")
    monkeypatch.setattr("time.time", lambda: 2e9)
    save_model(tmp_path / "two.npz", fit(name), image="a.tif")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


@BOTH
def test_record_says_what_was_fitted_and_how(name, models, tmp_path):
    model = models[name]
    save_model(tmp_path / "model.npz", model, n_rounds=2, image="a.tif")
    record, arrays = read_fit(tmp_path / "model.npz")
    assert (record.model, record.patch_size) == (name, 2)
    assert record.settings == fit_settings(model)
    assert record.settings["n_components"] == len(model.components_)
    assert record.settings["random_state"] == model.random_state
    assert record.context == {"n_rounds": 2, "image": "a.tif"}
    assert "n_threads" not in record.settings
    np.testing.assert_array_equal(arrays["components"], model.components_)
    assert record.bounds == tuple(model.bounds_)
    assert set(record.history) == (
        {"bounds", "noise_deviations", "activities"} if name == "sssc" else {"bounds"}
    )
    assert (record.n_iter, record.converged) == (model.n_iter_, model.converged_)


def test_a_model_that_cannot_be_written_whole_leaves_the_old_one(model, tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    save_model(path, model, round=1)

    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk is full"):
        save_model(path, model, round=2)
    assert read_fit(path)[0].context == {"round": 1}
    assert list(tmp_path.iterdir()) == [path]


# What is no model file


class Trap:
    """Its unpickling would be seen."""

    def __reduce__(self):
        return pytest.fail, ("unpickled",)


def npy(array, allow_pickle=False) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=allow_pickle)
    return file.getvalue()


def npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"text", b"PK\x03\x04 cut short", npy(np.ones(3)), npy(np.array([Trap()]), True),
        pickle.dumps(Trap()), npz(components=np.ones((2, 4))), npz(), npz(header=np.ones(2)),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_model_is_named(content, tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    refuse(path)


def test_a_file_that_is_not_there_and_a_folder(tmp_path):
    refuse(tmp_path)
    refuse(tmp_path / "none.npz", "No such file")


def refuse(path, message: str | None = None, readers=(load_model, read_fit)) -> None:
    for read in readers:
        with pytest.raises(InputError, match=message) as caught:
            read(path)
        assert f"{path} is not a model file of zeroshot-em (" in str(caught.value)
        assert "\n" not in str(caught.value)


def rewrite(path, model, header=None, drop=(), sign=True, **members) -> None:
    """Write a model with another header or other arrays, the checksum as it should be."""
    save_model(path, model)
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    old = json.loads(contents.pop(model_format.HEADER))
    for name, array in members.items():
        contents[f"{name}.npy"] = array if isinstance(array, bytes) else npy(array, True)
    for name in drop:
        del contents[f"{name}.npy"]
    if sign:
        old["sha256"] = model_format._sha256(contents)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(model_format.HEADER, json.dumps({**old, **(header or {})}))
        for name, content in contents.items():
            file.writestr(name, content)


def changed(array, index, value) -> np.ndarray:
    array = np.array(array)
    array[index] = value
    return array


GPMM_ARRAYS = fit("gpmm").to_arrays()
SSSC_ARRAYS = fit("sssc").to_arrays()


@pytest.mark.parametrize(
    ("name", "arrays", "message"),
    [
        ("gpmm", {"components": GPMM_ARRAYS["components"].astype(">f8")}, "not float64"),
        ("gpmm", {"components": GPMM_ARRAYS["components"].astype(complex)}, "not float64"),
        ("gpmm", {"components": GPMM_ARRAYS["components"].astype(np.float32)}, "not float64"),
        ("gpmm", {"components": np.array([[Trap()]])}, "not float64"),
        ("gpmm", {"components": np.asfortranarray(GPMM_ARRAYS["components"])}, "not float64"),
        ("gpmm", {"components": GPMM_ARRAYS["components"][0]}, "of 2 axes"),
        ("gpmm", {"components": np.ones((2, 0))}, "of 2 axes"),
        ("gpmm", {"components": np.ones((2, 5))}, "5 pixels are not square"),
        ("gpmm", {"components": np.ones((3, 4))}, "of 2 n_components, not 3"),
        ("gpmm", {"components": changed(GPMM_ARRAYS["components"], 0, 0)}, "components has values"),
        ("gpmm", {"components": changed(GPMM_ARRAYS["components"], 0, np.nan)}, "components has"),
        ("gpmm", {"components": npy(np.ones((2, 4)))[:-8]}, "reshape"),
        ("gpmm", {"components": b"text"}, "magic"),
        ("gpmm", {"weights": np.array([-0.5, 1.5])}, "weights has values"),
        ("gpmm", {"alpha": np.array(np.nan)}, "alpha has values"),
        ("gpmm", {"alpha": np.array(0.0)}, "alpha has values"),
        ("gpmm", {"alpha": np.ones(1)}, "of 0 axes"),
        ("gpmm", {"bounds": np.array([np.inf])}, "bounds has values"),
        ("gpmm", {"later": np.ones(1)}, "arrays are not those of gpmm"),
        ("gpmm", SSSC_ARRAYS, "arrays are not those of gpmm"),
        ("sssc", {"noise_variance": np.array(-1.0)}, "noise_variance has values"),
        ("sssc", {"noise_variance": np.array(0.0)}, "noise_variance has values"),
        ("sssc", {"latent_variances": np.array([1.0, -1, 1])}, "latent_variances has values"),
        ("sssc", {"latent_means": np.array([1.0, np.inf, 1])}, "latent_means has values"),
        ("sssc", {"priors": np.array([0.5, 1.5, 0.5])}, "priors has values"),
        ("sssc", {"priors": np.full(4, 0.5)}, "of 4 n_components, not 3"),
        ("sssc", {"offset": np.array(np.nan)}, "offset has values"),
    ],
)
def test_arrays_that_no_model_has(name, arrays, message, models, tmp_path):
    path = tmp_path / "model.npz"
    rewrite(path, models[name], **arrays)
    refuse(path, message)


@BOTH
def test_every_array_must_be_there_and_as_it_was_written(name, models, tmp_path):
    path = tmp_path / "model.npz"
    for array in models[name].to_arrays():
        rewrite(path, models[name], drop=[array])
        refuse(path, "arrays are not those")
    rewrite(path, models[name], sign=False, components=models[name].components_ * 2)
    refuse(path, "checksum differs")


SSSC_SETTINGS = {"n_components": 3, "n_states": 5, "max_iter": 4, "tol": 1e-3, "random_state": 7}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"format": "another"}, "does not say"),
        ({"version": 2}, "version 2, this zeroshot-em reads version 1"),
        ({"version": "1"}, "version '1'"),
        ({"model": "bm3d"}, "'bm3d' is none of sssc, gpmm"),
        ({"model": "gpmm"}, "arrays are not those of gpmm"),
        ({"model": None}, "None is none"),
        ({"settings": None}, "settings are no mapping"),
        ({"context": []}, "context are no mapping"),
        ({"settings": {**SSSC_SETTINGS, "n_components": 4}}, "another number of components"),
        ({"sha256": "0"}, "checksum differs"),
    ],
)
def test_headers_that_no_model_has(header, message, models, tmp_path):
    path = tmp_path / "model.npz"
    rewrite(path, models["sssc"], header=header)
    refuse(path, message)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"n_states": 0}, "n_states must be"),
        ({"n_states": 10**9}, "n_states must be"),
        ({"n_states": True}, "n_states must be"),
        ({"n_states": "5"}, "n_states must be"),
        ({"tol": float("nan")}, "tol must be"),
        ({"random_state": -1}, "random_state must be"),
        ({"later": 1}, "later"),
    ],
)
def test_settings_that_no_model_has(setting, message, models, tmp_path):
    path = tmp_path / "model.npz"
    rewrite(path, models["sssc"], header={"settings": {**SSSC_SETTINGS, **setting}})
    refuse(path, message, [load_model])


@pytest.mark.parametrize("lacking", ["n_components", "random_state"])
def test_settings_without_what_captions_say(lacking, models, tmp_path):
    path = tmp_path / "model.npz"
    settings = {name: value for name, value in SSSC_SETTINGS.items() if name != lacking}
    rewrite(path, models["sssc"], header={"settings": settings})
    refuse(path, f"its settings lack {lacking}")


def test_compressed_members_are_refused_before_they_are_unpacked(model, tmp_path):
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(model_format.HEADER, "{}")
        file.writestr("components.npy", b"0" * 10**7)
    refuse(path, "compressed")


def test_a_damaged_file_is_refused_or_the_same_model(model, tmp_path):
    """One byte changed anywhere: never another model, never another error."""
    path, rng = tmp_path / "model.npz", np.random.default_rng(0)
    save_model(path, model)
    content = path.read_bytes()
    expected = model.score(PATCHES)
    for place in rng.integers(0, len(content), 200):
        path.write_bytes(content[:place] + bytes([rng.integers(256)]) + content[place + 1 :])
        with contextlib.suppress(InputError):
            assert load_model(path).score(PATCHES) == expected
