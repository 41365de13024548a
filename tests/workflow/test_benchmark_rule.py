"""``snakemake benchmark`` on scenes so small that it takes seconds."""

import csv
import importlib.util
import re

import pytest
from PIL import Image


@pytest.mark.slow
def test_the_benchmark_writes_tables_and_figures_and_leaves_out_what_is_missing(
    root, tmp_path, snakemake
):
    tiny = str(root / "tests/workflow/tiny.yaml")
    done = snakemake(tmp_path, "--configfile", tiny, "--", "benchmark")
    assert done.returncode == 0, done.stdout
    made = tmp_path / "results/tiny/benchmark"
    with open(made / "quality.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = {"noisy", "sssc_auto", "sssc_p4", "gpmm_auto", "gpmm_p4", "gaussian"}
    missing = "ND-SAFIR is left out: the package ndsafir is not installed"
    if importlib.util.find_spec("ndsafir"):
        expected.add("ndsafir")
    assert {row["method"] for row in rows} == expected
    assert (missing in done.stdout) == ("ndsafir" not in expected)
    assert all(float(row["psnr"]) > 5 for row in rows)
    for name in ("quality", "tradeoff", "impression", "calibration"):
        with Image.open(made / f"{name}.png") as figure:
            assert figure.info["dpi"] == pytest.approx((300, 300), abs=0.5)
        assert (made / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert "Simulated data" in (made / f"{name}.txt").read_text()
    assert "80 % scaled" in (made / "tables.md").read_text()


def test_the_nine_micrographs_are_wired_from_their_records_to_the_figure(root, tmp_path, snakemake):
    done = snakemake(
        tmp_path, "-n", "--configfile", str(root / "config/plos2024.yaml"), "--", "benchmark"
    )
    assert done.returncode == 0, done.stdout
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.M))
    assert jobs["fetch"] == jobs["benchmark_image"] == jobs["benchmark_gaussian"] == "9"
    assert jobs["benchmark_model"] == "54"
    assert jobs["benchmark_figures"] == "1"
    assert not {"benchmark_scene", "benchmark_bm3d_told"} & set(jobs)
