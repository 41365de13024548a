"""The environments of the rules: versions of the lock, and all that the rules' scripts import."""

import os
import re
import subprocess
import sys
import venv

import pytest
import yaml

from zeroshot_em.core.baselines import BASELINES
from zeroshot_em.run.source_code import imported_modules, source_files

ALSO_CALLED = {"matplotlib-base": "matplotlib"}
ELSEWHERE = {"ndsafir", "careamics", "topaz-em", "torch", "torchvision"}
"""Baselines and what they run on, in no lock: each has its environment alone."""
OLDER = {"noise2void": {"tqdm"}}
"""What an environment holds in an older version, since a package in it takes no newer one."""
PACKAGE_OF = {
    "PIL": "pillow", "lazy_loader": "lazy-loader", "matplotlib": "matplotlib-base",
    "rsciio": "rosettasciio", "skimage": "scikit-image", "sklearn": "scikit-learn",
    "llvmlite": "numba", "yaml": "pyyaml",
}  # fmt: skip
# Imported by name, not by an import statement.
ALSO_RUN = {
    "fetch.py": ["zeroshot_em.data.sources.fetching"],
    "figure.py": ["zeroshot_em.show.figures.fig1", "zeroshot_em.show.figures.figS4"],
}
# Read by the rules that read raw images; all others read what these wrote.
READERS = {"mrcfile", "rosettasciio"}
BASELINES_ALONE = {baseline.environment for baseline in BASELINES.values()}
ENVIRONMENTS = sorted({"enhance", "images", "models", "figures"} | BASELINES_ALONE)


@pytest.fixture(scope="module")
def locked(root):
    """The version of each package that the lock holds for Python 3.11."""
    lines = re.findall(
        r"^([a-z0-9-]+)==([^ ]+)(.*)$", (root / "envs/requirements.lock").read_text(), re.M
    )
    return {name: version for name, version, marker in lines if ">= '3.12'" not in marker}


def pins(root, name):
    """The packages of an environment with their versions, by the names that conda knows."""
    *conda, last = yaml.safe_load((root / f"envs/{name}.yaml").read_text())["dependencies"]
    from_pip = last["pip"] if isinstance(last, dict) else [last.replace("=", "==", 1)]
    from_conda = [pin.replace("=", "==", 1) for pin in conda]
    others = [pin for pin in from_conda if not pin.startswith(("python=", "pip="))]
    return dict(pin.split("==") for pin in others + from_pip)


def scripts_of(root, name):
    """The scripts of the rules that run in an environment."""
    rules = "".join(path.read_text() for path in sorted((root / "workflow/rules").glob("*.smk")))
    found = re.findall(r'conda:\s+"../../envs/([\w-]+).yaml".*?"../scripts/(\w+.py)"', rules, re.S)
    own = ["benchmark_baseline.py"] if name in BASELINES_ALONE else []
    return sorted({*own, *(script for environment, script in found if environment == name)})


def modules_run(root, script):
    """The dotted names of this package that a script imports, its first one included."""
    path = root / "workflow/scripts" / script
    named = [*imported_modules(path), *imported_modules(path.with_name("job.py"))]
    return [*named, *ALSO_RUN.get(script, [])]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environments_have_the_versions_of_the_lock(root, locked, name):
    for package, version in pins(root, name).items():
        if package not in ELSEWHERE | OLDER.get(name, set()):
            assert locked[ALSO_CALLED.get(package, package)] == version, package


def test_every_rule_with_a_script_has_one_of_the_environments(root):
    scripts = {script for name in ENVIRONMENTS for script in scripts_of(root, name)}
    assert scripts == {p.name for p in (root / "workflow/scripts").glob("*.py")} - {"job.py"}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environments_hold_what_their_scripts_import(root, name):
    files = [root / "src/zeroshot_em/__init__.py"]
    for script in scripts_of(root, name):
        files += [p for p in source_files(*modules_run(root, script)) if p.suffix == ".py"]
    imported = {module.split(".")[0] for path in files for module in imported_modules(path)}
    others = imported - set(sys.stdlib_module_names) - {"zeroshot_em", "job"}
    needed = {PACKAGE_OF.get(module, module) for module in others}
    missing = needed - set(pins(root, name))
    assert missing <= (set() if name in ("enhance", "images") else READERS)


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environments_can_be_built_and_import_their_scripts(root, tmp_path, name):
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv/bin/python")
    wanted = [f"{ALSO_CALLED.get(p, p)}=={version}" for p, version in pins(root, name).items()]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    modules = {
        module
        for script in scripts_of(root, name)
        for path in source_files(*modules_run(root, script))
        if path.suffix == ".py"
        for module in [".".join(path.relative_to(root / "src").with_suffix("").parts)]
    }
    code = "; ".join(f"import {module.removesuffix('.__init__')}" for module in sorted(modules))
    environment = os.environ | {"PYTHONPATH": str(root / "src")}
    done = subprocess.run([python, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


LOCKS = ("requirements.lock", "requirements-dev.lock")


def requirements(path):
    return set(re.findall(r"^[a-z0-9-]+==[^ ]+", path.read_text(), re.M))


def test_what_runs_is_a_part_of_what_develops(root):
    running, developing = (requirements(root / "envs" / name) for name in LOCKS)
    assert running < developing
    assert {name.split("==")[0] for name in developing - running} >= {"mypy", "pytest", "selenium"}


@pytest.mark.parametrize("name", [*LOCKS, "napari.lock", "docs.lock", "s3.lock"])
def test_the_locks_name_no_index_and_hash_everything(root, name):
    text = (root / "envs" / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    requirements = re.split(r"^(?=[a-z0-9])", text, flags=re.M)
    assert all(
        "--hash=sha256:" in requirement for requirement in requirements if "==" in requirement
    )
