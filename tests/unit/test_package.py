import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import yaml

import zeroshot_em
from zeroshot_em.show.figures import FIGURES

RUNNING_MODELS = ("fit", "reconstruct", "enhance")
IMPORT_EVERYTHING = """
import importlib, pkgutil, zeroshot_em
NEEDS_NAPARI = {"zeroshot_em.napari.widget", "zeroshot_em.napari.worker"}
for module in pkgutil.walk_packages(zeroshot_em.__path__, "zeroshot_em."):
    if not module.name.endswith("__main__") and module.name not in NEEDS_NAPARI:
        importlib.import_module(module.name)
from zeroshot_em.data.provenance import versions
print(zeroshot_em.__file__, versions()["zeroshot-em"])
"""


def test_a_checkout_that_is_not_installed_can_be_imported(root, tmp_path):
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(("zeroshot_em", "_zeroshot_em", "_editable", "__editable__")):
            (tmp_path / entry.name).symlink_to(entry)
    done = subprocess.run(
        [sys.executable, "-S", "-c", IMPORT_EVERYTHING],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(root / "src"), str(tmp_path)])},
        cwd=tmp_path, text=True, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [zeroshot_em.__file__, zeroshot_em.__version__]


def test_the_citation_is_of_this_version(root):
    citation = yaml.safe_load((root / "CITATION.cff").read_text())
    assert citation["version"] == zeroshot_em.__version__


def loaded(statements, heavy):
    """Which of these packages are loaded by import statements."""
    code = "\n".join([*statements, "import sys", f"print(*({heavy} & set(sys.modules)))"])
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_reading_the_rules_loads_no_compiler(root):
    """Every start of snakemake and every dry run would wait for it."""
    rules = "".join(path.read_text() for path in (root / "workflow/rules").glob("*.smk"))
    statements = re.findall(r"^from zeroshot_em\S* import .*$", rules, re.M)
    assert loaded(statements, {"numba", "sklearn", "scipy", "skimage", "matplotlib"}) == []


def test_jobs_that_run_no_model_load_none(root):
    """Each of many short jobs would wait for the compiler longer than it works."""
    scripts = (root / "workflow/scripts").glob("[!b]*.py")  # the benchmark runs them, too
    found = "".join(path.read_text() for path in scripts if path.stem not in RUNNING_MODELS)
    statements = re.findall(r"^    (from zeroshot_em\S* import .*)$", found, re.M)
    statements += [f"import zeroshot_em.show.figures.{name}" for name in FIGURES]
    assert loaded(statements, {"numba", "sklearn"}) == []
