"""The rules `reference` and `verify` on a run of one figure."""

import subprocess
import sys

import numpy as np
import pytest
import yaml

from zeroshot_em.data.images import read_image, write_image

TRIAL = {
    "run": "trial",
    "sources": {"scene": {"path": "scene.tif"}},
    "images": {"infection": {"source": "scene"}},
    "bm3d": {"sigmas": [20]},
    "figures": {"fig6": {"image": "infection"}},
}


@pytest.fixture
def snakemake(root, tmp_path):
    """Run the workflow in a folder that has an image; return the finished process."""
    pixels = np.random.default_rng(0).normal(100, 20, (40, 44))
    write_image(tmp_path / "scene.tif", np.round(pixels).astype(np.uint8), 1.5)
    (tmp_path / "trial.yaml").write_text(yaml.safe_dump(TRIAL))

    def run(*arguments):
        command = [sys.executable, "-m", "snakemake", "--cores", "1"]
        given = ["--snakefile", str(root / "workflow/Snakefile"), "--configfile", "trial.yaml"]
        return subprocess.run(
            [*command, *given, "--quiet", "all", "--", *arguments],
            cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    return run


@pytest.mark.slow
def test_a_run_is_compared_with_the_table_of_an_earlier_one(snakemake, tmp_path):
    without = snakemake("verify")
    assert without.returncode != 0
    assert "there is no table" in without.stdout
    made = snakemake("reference")
    assert made.returncode == 0, made.stdout
    assert "config/reference/trial.json holds 3 files" in made.stdout
    again = snakemake("verify")
    assert again.returncode == 0, again.stdout
    assert "maps     1 of 1 have the same bytes" in again.stdout

    changed = tmp_path / "results/trial/maps/infection/bm3d_s20.tif"
    image = read_image(changed)
    write_image(changed, image.pixels * 1.5, image.pixel_size_nm)
    differs = snakemake("verify")
    assert differs.returncode != 0
    assert "maps/infection/bm3d_s20.tif: by up to" in differs.stdout
    assert "files differ from config/reference/trial.json" in differs.stdout
    assert "Traceback" not in differs.stdout
