import re

import pytest
import yaml

ALSO_CALLED = {"matplotlib-base": "matplotlib"}
ELSEWHERE = {"ndsafir", "careamics", "topaz-em"}
"""Baselines that are in no lock: each has its environment alone."""


@pytest.fixture(scope="module")
def locked(root):
    """The version of each package that the lock holds for Python 3.11."""
    lines = re.findall(
        r"^([a-z0-9-]+)==([^ ]+)(.*)$", (root / "envs/requirements.lock").read_text(), re.M
    )
    return {name: version for name, version, marker in lines if ">= '3.12'" not in marker}


ENVIRONMENTS = ["zeroshot-em", "bm3d", "ndsafir", "noise2void", "topaz"]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_conda_environments_have_the_versions_of_the_lock(root, locked, name):
    environment = yaml.safe_load((root / f"envs/{name}.yaml").read_text())
    *conda, last = environment["dependencies"]
    from_pip = last["pip"] if isinstance(last, dict) else [last.replace("=", "==", 1)]
    pins = [pin.replace("=", "==", 1) for pin in conda if not pin.startswith(("python=", "pip="))]
    for package, version in (pin.split("==") for pin in pins + from_pip):
        if package not in ELSEWHERE:
            assert locked[ALSO_CALLED.get(package, package)] == version, package


LOCKS = ("requirements.lock", "requirements-dev.lock")


def requirements(path):
    return set(re.findall(r"^[a-z0-9-]+==[^ ]+", path.read_text(), re.M))


def test_what_runs_is_a_part_of_what_develops(root):
    running, developing = (requirements(root / "envs" / name) for name in LOCKS)
    assert running < developing
    assert {name.split("==")[0] for name in developing - running} >= {"mypy", "pytest", "selenium"}


@pytest.mark.parametrize("name", [*LOCKS, "napari.lock", "docs.lock"])
def test_the_locks_name_no_index_and_hash_everything(root, name):
    text = (root / "envs" / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    requirements = re.split(r"^(?=[a-z0-9])", text, flags=re.M)
    assert all(
        "--hash=sha256:" in requirement for requirement in requirements if "==" in requirement
    )
