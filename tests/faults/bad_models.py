"""Files given as fitted models, and models changed by hand."""

import io
import json
import os
import warnings
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from samples import GRAY, model_bytes, tiff_bytes
from table import Ground, Row

from zeroshot_em import GPMM, SSSC
from zeroshot_em.data.model_files import load_model
from zeroshot_em.data.model_format import _npy, _sha256

PATCHES = GRAY.reshape(-1, 4).astype(float)
HEADER = "header.json"
Members = dict[str, bytes]
Change = Callable[[dict[str, Any], dict[str, np.ndarray]], object]


def _members(model: str) -> Members:
    with zipfile.ZipFile(io.BytesIO(model_bytes(model))) as file:
        return {name: file.read(name) for name in file.namelist()}


def _zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return stream.getvalue()


def _rewritten(model: str, change: Change) -> bytes:
    """Return a model file after a change of its header or arrays, with a right checksum."""
    members = _members(model)
    header = json.loads(members.pop(HEADER))
    arrays = {name[:-4]: np.load(io.BytesIO(content)) for name, content in members.items()}
    change(header, arrays)
    packed = {f"{name}.npy": _npy(np.asarray(array)) for name, array in arrays.items()}
    header.setdefault("sha256", "")
    header["sha256"] = header["sha256"] and _sha256(packed)
    return _zipped({HEADER: json.dumps(header).encode(), **packed})


def _set(name: str, value: Any) -> Change:
    return lambda header, arrays: arrays.update({name: value(arrays[name])})


def _without(name: str) -> Change:
    return lambda header, arrays: arrays.pop(name)


def _head(**values: Any) -> Change:
    return lambda header, arrays: header.update(values)


def _setting(**values: Any) -> Change:
    return lambda header, arrays: header["settings"].update(values)


def _first(value: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return what puts a value into the first place of an array."""

    def change(array: np.ndarray) -> np.ndarray:
        changed = np.array(array)
        changed.flat[0] = value
        return changed

    return change


CHANGES: list[tuple[str, str, Change]] = [
    *((model, f"no {name}", _without(name)) for model, name in
      [("sssc", "components"), ("sssc", "priors"), ("gpmm", "weights"), ("gpmm", "alpha")]),
    *((model, f"{name} of {value}", _set(name, _first(value)))
      for model, name in [("sssc", "components"), ("sssc", "noise_variance"),
                          ("gpmm", "components"), ("gpmm", "weights")]
      for value in (np.nan, np.inf)),
    ("sssc", "priors of 0", _set("priors", _first(0))),
    ("sssc", "priors of 2", _set("priors", _first(2))),
    ("sssc", "latent variance below 0", _set("latent_variances", _first(-1))),
    ("sssc", "noise variance of 0", _set("noise_variance", _first(0))),
    ("sssc", "another number of priors", _set("priors", lambda array: array[:-1])),
    ("sssc", "fields of no pixels", _set("components", lambda array: array[:, :0])),
    ("sssc", "fields of 3 pixels", _set("components", lambda array: array[:, :3])),
    ("sssc", "fields of one axis", _set("components", np.ravel)),
    ("sssc", "fields of single precision", _set("components", np.float32)),
    ("sssc", "fields in big-endian", _set("components", lambda array: array.astype(">f8"))),
    ("sssc", "complex fields", _set("components", np.complex128)),
    ("sssc", "fields of text", _set("components", np.str_)),
    ("sssc", "one array more", lambda header, arrays: arrays.update(extra=np.zeros(3))),
    ("sssc", "arrays of the other model", _head(model="gpmm")),
    ("sssc", "a model of no name", _head(model="vae")),
    ("sssc", "a later version", _head(version=99)),
    ("sssc", "a version of text", _head(version="1")),
    ("sssc", "no settings", _head(settings=None)),
    ("sssc", "settings of no meaning", _setting(colour="red")),
    ("sssc", "n_states of 0", _setting(n_states=0)),
    ("sssc", "n_states of 10^12", _setting(n_states=10**12)),
    ("sssc", "n_states of text", _setting(n_states="many")),
    ("sssc", "n_components of another number", _setting(n_components=7)),
    ("gpmm", "negative templates", _set("components", _first(-1))),
    ("gpmm", "alpha of 0", _set("alpha", _first(0))),
    ("gpmm", "temperature of 0", _setting(temperature=0)),
]  # fmt: skip


def _pickled(at: Ground) -> bytes:
    members = _members("sssc")
    stream = io.BytesIO()
    np.save(stream, np.array([os.system], dtype=object), allow_pickle=True)
    return _zipped(members | {"components.npy": stream.getvalue()})


def _flipped() -> bytes:
    content = bytearray(model_bytes("sssc"))
    content[len(content) // 2] ^= 1
    return bytes(content)


def _bare_array() -> bytes:
    stream = io.BytesIO()
    np.save(stream, PATCHES)
    return stream.getvalue()


def _bomb() -> bytes:
    return _zipped(_members("sssc") | {"bomb.npy": bytes(50_000_000)}, zipfile.ZIP_DEFLATED)


FILES: list[tuple[str, Callable[[Ground], bytes]]] = [
    ("empty file", lambda at: b""),
    ("text", lambda at: b"model"),
    ("image", lambda at: tiff_bytes(GRAY)),
    ("a .npy file", lambda at: _bare_array()),
    ("zip of nothing", lambda at: _zipped({})),
    ("zip without its end", lambda at: model_bytes("sssc")[:-40]),
    ("zip of a header alone", lambda at: _zipped({HEADER: _members("sssc")[HEADER]})),
    ("header that is no JSON", lambda at: _zipped(_members("sssc") | {HEADER: b"{"})),
    ("header that is a list", lambda at: _zipped(_members("sssc") | {HEADER: b"[]"})),
    ("header nested without end", lambda at: _zipped({HEADER: b"[" * 10**5})),
    ("one bit flipped", lambda at: _flipped()),
    ("pickled array", _pickled),
    ("zip bomb", lambda at: _bomb()),
]


def _load(make: Callable[[Ground], bytes]) -> Callable[[Ground], object]:
    return lambda at: load_model(at.file("model.npz", make(at)))


def _fitted(model: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = SSSC(3, 2, max_iter=2) if model == "sssc" else GPMM(3, max_iter=2)
        return made.fit(PATCHES)


def _set_after_fitting(model: str, name: str, value: Any) -> Callable[[Ground], object]:
    def act(at: Ground) -> object:
        return _fitted(model).set_params(**{name: value}).reconstruct(PATCHES)

    return act


def _other_patches(model: str) -> Callable[[Ground], object]:
    return lambda at: _fitted(model).reconstruct(np.ones((5, 9)))


SET_LATER: list[tuple[str, str, Any]] = [
    ("sssc", "n_states", 0),
    ("sssc", "n_states", -1),
    ("sssc", "n_states", 2.5),
    ("sssc", "n_threads", 0),
    ("gpmm", "n_threads", 1.5),
]

ROWS = [
    *(Row("input", "model file", f"{model} with {name}",
          _load(lambda at, model=model, change=change: _rewritten(model, change)),  # type: ignore[misc]
          words=("model.npz",))
      for model, name, change in CHANGES),
    *(Row("input", "model file", name, _load(make), words=("model.npz",)) for name, make in FILES),
    *(Row("input", "model", f"{model} told later of {name} {value}",
          _set_after_fitting(model, name, value), words=(name,))
      for model, name, value in SET_LATER),
    *(Row("input", "model", f"{model} given patches of another size", _other_patches(model))
      for model in ("sssc", "gpmm")),
]  # fmt: skip
