"""The workflow from another folder, under odd names, and inside another workflow."""

import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml

from zeroshot_em.data.images import write_image

TRIAL = {
    "run": "trial",
    "sources": {"scene": {"path": "scene.tif"}},
    "images": {"infection": {"source": "scene"}},
    "bm3d": {"sigmas": [20]},
    "figures": {"fig6": {"image": "infection"}},
}
MODULE = """
module zem:
    snakefile: "{snakefile}"
    config: config["zem"]
    {more}

use rule * from zem as zem_*

rule mine:
    default_target: True
    input: rules.zem_all.input
"""


def snakemake(folder, *arguments, **environment):
    """Run snakemake in a folder; return the finished process with its output as text."""
    kept = {k: v for k, v in os.environ.items() if k != "ZEROSHOT_EM_DATA"}
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", *map(str, arguments)],
        cwd=folder, env=kept | environment,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def settle(folder):
    """Put an image and a configuration of one figure, which needs no model, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).normal(100, 20, (40, 44))
    write_image(folder / "scene.tif", np.round(pixels).astype(np.uint8), 1.5)
    (folder / "trial.yaml").write_text(yaml.safe_dump(TRIAL))
    return folder


def copy_checkout(root, folder):
    for part in ("workflow", "config", "envs", "src"):
        shutil.copytree(root / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.slow
def test_checkout_and_results_under_odd_names(root, tmp_path):
    checkout = copy_checkout(root, tmp_path / "a folder of Müller's")
    home = settle(tmp_path / "results {of} Müller's")
    given = ("--snakefile", checkout / "workflow/Snakefile", "--configfile", "trial.yaml")
    done = snakemake(home, *given)
    assert done.returncode == 0, done.stdout
    assert (home / "results/trial/figures/fig6.png").is_file()
    assert (home / "results/trial/ro-crate-metadata.json").is_file()
    again = snakemake(home, *given, "-n")
    assert "Nothing to be done" in again.stdout
    told = snakemake(home, *given, "--report", "report.html")
    assert told.returncode == 0, told.stdout
    assert "denoised by BM3D" in (home / "report.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "results"),
    [
        ("", "results"),
        ('prefix: "em"', "em/results"),
        ('replace_prefix: {"results/": "other/"}', "other"),
        ("skip_validation: True", "results"),
    ],
)
def test_as_a_module_of_another_workflow(root, tmp_path, more, results):
    home = settle(tmp_path)
    (home / "zem.yaml").write_text(yaml.safe_dump({"zem": TRIAL}))
    (home / "Snakefile").write_text(MODULE.format(snakefile=root / "workflow/Snakefile", more=more))
    done = snakemake(home, "--configfile", "zem.yaml")
    assert done.returncode == 0, done.stdout
    caption = home / results / "trial/figures/fig6.txt"
    assert "denoised by BM3D" in caption.read_text()
    told = snakemake(home, "--configfile", "zem.yaml", "--report", "report.html")
    assert told.returncode == 0, told.stdout
    assert "denoised by BM3D" in (home / "report.html").read_text()


def test_a_checkout_under_a_name_with_braces_is_refused_in_one_line(root, tmp_path):
    checkout = copy_checkout(root, tmp_path / "a {b}")
    done = snakemake(checkout, "-n")
    assert done.returncode == 2
    assert "snakemake takes braces for wildcards; move this checkout" in done.stdout
    assert "Traceback" not in done.stdout


def test_nested_values_on_the_command_line(root, tmp_path):
    home = settle(tmp_path)
    given = ("-n", "--snakefile", root / "workflow/Snakefile", "--configfile", "trial.yaml")
    done = snakemake(home, *given, "--config", "bm3d={enabled: false}")
    assert done.returncode == 0, done.stdout
    assert "fig6 is left out: it shows BM3D" in done.stdout


def test_without_the_package_bm3d_its_figure_is_left_out(root, tmp_path):
    home = settle(tmp_path)
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['bm3d'] = None")
    given = ("-n", "--snakefile", root / "workflow/Snakefile", "--configfile", "trial.yaml")
    done = snakemake(home, *given, PYTHONPATH=f"{tmp_path}{os.pathsep}{root / 'src'}")
    assert done.returncode == 0, done.stdout
    assert "the package bm3d is not installed" in done.stdout
    assert "fig6 is left out: it shows BM3D" in done.stdout
    assert not re.search(r"^bm3d +\d", done.stdout, re.M)


def test_a_configuration_that_extends_the_papers_from_elsewhere(root, tmp_path):
    (tmp_path / "less.yaml").write_text("bm3d: {sigmas: [33]}")
    given = ("--snakefile", root / "workflow/Snakefile", "--configfile", "less.yaml")
    done = snakemake(tmp_path, "-n", *given, "--", "fig6")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^bm3d +1$", done.stdout, re.M), done.stdout
