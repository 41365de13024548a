"""Configurations of the workflow and of ``zeroshot-em fetch``."""

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from table import RIGHT, Ground, Row

from zeroshot_em.run.configuration import complete_configuration
from zeroshot_em.run.geometry import check_image
from zeroshot_em.run.schema import load_schema

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
SIMULATED = yaml.safe_load((ROOT / "config/demo.yaml").read_text())
IMAGE = next(iter(SIMULATED["images"]))
SOURCE = SIMULATED["images"][IMAGE]["source"]
LONG = "a" * 201
NAN, INFINITY = float("nan"), float("inf")


def _itself() -> list[Any]:
    anchor: list[Any] = []
    anchor.append(anchor)
    return anchor


def _laughs() -> list[Any]:
    """Nine lists of nine aliases of the one before: 400 million values in 2 kB."""
    value: list[Any] = ["lol"] * 9
    for _ in range(8):
        value = [value] * 9
    return value


SETTINGS: list[tuple[str, str, Any, tuple[str, ...]]] = [
    ("run with a line break", "run", "a\n", ("run", "line break")),
    ("run that looks like an option", "run", "-rf", ("run",)),
    ("run that leads elsewhere", "run", "../x", ("run",)),
    ("run of no name", "run", "", ("run",)),
    ("run of 201 characters", "run", LONG, ("run",)),
    ("run of another script", "run", "run٣", ("run",)),
    ("seed below 0", "seed", -1, ("seed",)),
    ("seed of 2^40", "seed", 2**40, ("seed", "at most")),
    ("seed of NaN", "seed", NAN, ("seed",)),
    ("seed of true", "seed", True, ("seed",)),
    ("key of no meaning", "sede", 1, ("no key sede",)),
    ("key that is no text", "images", {7: {"source": SOURCE}, None: 3}, ()),
    ("key with a line break", "images.a\nb", {"source": SOURCE}, ("control character",)),
    ("list that holds itself", "figures", _itself(), ("aliases",)),
    ("aliases without end", "figures", _laughs(), ("aliases",)),
    ("a date", "run", date(2020, 1, 1), ("date",)),
    ("bytes", "run", b"demo", ("bytes",)),
    ("sources that are a list", "sources", [1], ("sources",)),
    ("source that is a number", f"sources.{SOURCE}", 5, (SOURCE,)),
    ("path that is a number", f"sources.{SOURCE}", {"path": 5}, ("path",)),
    ("path with a NUL", f"sources.{SOURCE}", {"path": "a\0b"}, ("path",)),
    ("url that is a list", f"sources.{SOURCE}", {"url": ["x"]}, ("url",)),
    ("mirrors that are a number", f"sources.{SOURCE}", {"url": "x", "mirrors": 7}, ("mirrors",)),
    ("doi that is none", f"sources.{SOURCE}", {"doi": "zenodo", "file": "x"}, ("doi",)),
    ("checksum that is none", f"sources.{SOURCE}", {"path": "x", "sha256": "abc"}, ("sha256",)),
    ("two origins", f"sources.{SOURCE}", {"path": "x", "url": "y"}, ("exactly one",)),
    ("scene of NaN dose", f"sources.{SOURCE}.simulate.dose", NAN, ("dose", "finite")),
    ("scene of infinite dose", f"sources.{SOURCE}.simulate.dose", INFINITY, ("dose", "finite")),
    ("scene of 10^6 electrons", f"sources.{SOURCE}.simulate.dose", 1e6, ("dose", "at most")),
    ("scene of 10^9 pixels", f"sources.{SOURCE}.simulate.shape", [10**9, 64], ("shape",)),
    ("scene of pixels of 10^9 nm", f"sources.{SOURCE}.simulate.pixel_size_nm", 1e9, ("at most",)),
    ("image of no source", f"images.{IMAGE}.source", "lost", ("source", "lost")),
    ("image name of 201 characters", f"images.{LONG}", {"source": SOURCE}, ("at most 100",)),
    ("crop outside its scene", f"images.{IMAGE}.crop",
     {"x": 100, "y": 100, "width": 9000, "height": 90}, ("crop", "not inside")),
    ("crop of NaN", f"images.{IMAGE}.crop",
     {"x": NAN, "y": 0, "width": 90, "height": 90}, ("crop.x", "finite")),
    ("every 0th pixel", f"images.{IMAGE}.subsample", 0, ("subsample",)),
    ("every 1000th pixel", f"images.{IMAGE}.subsample", 1000, ("larger than the image",)),
    ("patch larger than its crop", f"images.{IMAGE}.crop",
     {"x": 0, "y": 0, "width": 5, "height": 90}, ("larger than the image",)),
    ("section outside its image", "figures.fig2.section",
     {"x": 0, "y": 0, "width": 9000, "height": 9}, ("fig2.section", "not inside")),
    ("polygon outside its image", "figures.fig1.mask",
     {"polygon": [[0, 0], [9000, 0], [0, 5]]}, ("mask.polygon", "9000")),
    ("polygon of NaN", "figures.fig1.mask",
     {"polygon": [[0, 0], [NAN, 0], [0, 5]]}, ("mask.polygon", "finite")),
    ("seed point outside its image", "figures.fig1.mask",
     {"seeds": {"cell": [[9000, 5]], "rest": [[1, 1]]}}, ("mask.seeds.cell", "9000")),
    ("mask file that is not there", "figures.fig1.mask", {"file": "lost.tif"}, ("lost.tif",)),
    ("mask file that is a folder", "figures.fig1.mask", {"file": "/"}, ("mask.file",)),
    ("sigmas that print alike", "bm3d.sigmas", [5.0000001, 5.0000002], ("sigmas", "differ")),
    ("sigma of NaN", "bm3d.sigmas", [5, NAN], ("sigmas.1", "finite")),
    ("sigma of infinity", "bm3d.sigmas", [INFINITY], ("sigmas.0", "finite")),
    ("sigma of 10^300", "bm3d.sigmas", [1e300], ("sigmas.0", "at most")),
    ("no sigmas", "bm3d.sigmas", [], ("sigmas",)),
    ("tol of NaN", "models.sssc.tol", NAN, ("tol", "finite")),
    ("tol below 0", "models.gpmm.tol", -1, ("tol",)),
    ("temperature of infinity", "models.gpmm.temperature", INFINITY, ("temperature", "finite")),
    ("10^9 components", "models.sssc.n_components", 10**9, ("n_components", "more than")),
    ("options of a patch size that is none", "models.sssc.patch_sizes", {"p0": {}}, ("p0",)),
]  # fmt: skip

TEXTS: list[tuple[str, str, tuple[str, ...]]] = [
    ("configuration that is no YAML", "sources: [", ("not valid YAML",)),
    ("configuration that is a list", "- 1\n- 2\n", ("map names",)),
    ("configuration that holds itself", "sources: &a\n  scene: *a\n", ()),
    ("configuration of aliases without end", "a: &a [x, x]\n"
     + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n"
               for i in range(9)) + "sources: {scene: *j}\n", ("aliases",)),
    ("configuration that runs code", "sources: !!python/object/apply:os.system [ls]\n", ("YAML",)),
    ("configuration nested 1500 deep", "sources: " + "[" * 1500 + "]" * 1500, ()),
    ("path that is a number", "sources: {scene: {path: 5}}\n", ("path",)),
    ("url that is a list", "sources: {scene: {url: [x]}}\n", ("url",)),
    ("url of an impossible address", "sources: {scene: {url: 'http://[::1/a.tif'}}\n", ()),
    ("url of no scheme", "sources: {scene: {url: 'a.tif'}}\n", ()),
    ("url of another scheme", "sources: {scene: {url: 'file:///etc/passwd'}}\n", ()),
    ("mirrors that are a number", "sources: {scene: {url: 'http://x/a.tif', mirrors: 7}}\n",
     ("mirrors",)),
    ("data folder that is a number", "data_folder: 3\nsources: {scene: {url: 'http://x/a.tif'}}\n",
     ("data_folder",)),
    ("source of no address", "sources: {scene: null}\n", ("scene",)),
    ("source of nothing", "sources: {scene: {}}\n", ("a source needs",)),
    ("source of no meaning", "sources: {scene: {pth: a.tif}}\n", ("pth",)),
    ("source that is simulated", "sources: {scene: {simulate: {}}}\n", ("simulated",)),
    ("path to nothing", "sources: {scene: {path: lost.tif}}\n", ("lost.tif",)),
    ("path to a folder", "sources: {scene: {path: /}}\n", ()),
    ("path to a device", "sources: {scene: {path: /dev/zero}}\n", ()),
]  # fmt: skip


def _changed(path: str, value: Any) -> dict[str, Any]:
    config = copy.deepcopy(SIMULATED)
    *parents, key = path.split(".")
    place = config
    for parent in parents:
        place = place.setdefault(parent, {})
    place[key] = value
    return config


def _complete(path: str, value: Any) -> Callable[[Ground], object]:
    return lambda at: complete_configuration(_changed(path, value), SCHEMA)


def _known_after_fetching(at: Ground) -> None:
    config = copy.deepcopy(SIMULATED)
    complete_configuration(config, SCHEMA)
    check_image(config, IMAGE, (5, 300))


def _fetch(text: str) -> Callable[[Ground], object]:
    def act(at: Ground) -> object:
        config = at.file("config.yaml", text.encode())
        return at.cli("fetch", "scene", "-o", at.outputs, "--configfile", config)

    return act


ROWS = [
    *(Row("input", "configuration", name, _complete(path, value), words=words)
      for name, path, value, words in SETTINGS),
    Row("input", "configuration", "as it is", _complete("seed", 3), RIGHT),
    Row("input", "configuration", "patch larger than the image once fetched",
        _known_after_fetching, words=("larger than the image",)),
]  # fmt: skip
FETCH_ROWS = [Row("input", "fetch", name, _fetch(text), words=words) for name, text, words in TEXTS]
