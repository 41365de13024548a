"""The workflow through Slurm: the same bytes, and another try for what ran out of memory."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from cluster import reason_to_skip, running_cluster

pytestmark = pytest.mark.slow
MODEL = "results/tiny/models/infection/gpmm_p6.npz"
COMPARED = ("scenes", "images", "models")
QUICKLY = (
    "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1",
    "--seconds-between-status-checks", "1", "--latency-wait", "5",
)  # fmt: skip


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if not importlib.util.find_spec("snakemake_executor_plugin_slurm"):
        pytest.skip("snakemake-executor-plugin-slurm is not installed")
    if reason := reason_to_skip():
        pytest.skip(reason)
    with running_cluster(tmp_path_factory.mktemp("slurm")):
        yield


@pytest.fixture
def snakemake(root):
    """Learn a model of the tiny configuration in a folder; return the finished process."""

    def run(folder, *arguments):
        folder.mkdir()
        command = [sys.executable, "-m", "snakemake", "-s", str(root / "workflow/Snakefile")]
        given = ["--configfile", str(root / "tests/workflow/tiny.yaml"), *arguments]
        return subprocess.run(
            [*command, *given, "--", MODEL], cwd=folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    return run


def made(folder: Path) -> dict[str, bytes]:
    """What lies in the folders of results whose bytes are to be the same."""
    results = folder / "results/tiny"
    files = (path for name in COMPARED for path in (results / name).rglob("*"))
    return {
        path.relative_to(results).as_posix(): path.read_bytes() for path in files if path.is_file()
    }


def test_the_same_bytes_though_a_job_ran_out_of_memory(root, tmp_path, snakemake, cluster):
    profile = ("--profile", str(root / "workflow/profiles/slurm"))
    starved = ("--set-resources", "fit:mem_mb=40 if attempt == 1 else 1500")
    done = snakemake(tmp_path / "slurm", *profile, *QUICKLY, *starved)
    assert done.returncode == 0, done.stdout
    assert "Trying to restart job" in done.stdout
    here = snakemake(tmp_path / "here", "--cores", "1")
    assert here.returncode == 0, here.stdout
    assert made(tmp_path / "slurm") == made(tmp_path / "here")
    assert MODEL.removeprefix("results/tiny/") in made(tmp_path / "here")
