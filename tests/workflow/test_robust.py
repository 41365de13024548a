"""What becomes of a run when jobs, snakemake, disks or files fail: the next run mends it."""

import ctypes
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml

from zeroshot_em.data.images import write_image

CONFIG = {
    "run": "trial",
    "sources": {"scene": {"path": "scene.tif"}},
    "images": {"infection": {"source": "scene"}},
    "bm3d": {"sigmas": [9]},
    "models": {"gpmm": {"n_components": 4, "max_iter": 2}},
    "figures": {
        "fig3": {"image": "infection", "model": "gpmm", "patch_size": 4},
        "fig6": {"image": "infection"},
    },
}
IMAGE = "results/trial/images/infection.tif"
MODEL = "results/trial/models/infection/gpmm_p4.npz"
MAP = "results/trial/maps/infection/gpmm_p4_denoised.tif"
BM3D = "results/trial/maps/infection/bm3d_s9.tif"
TARGETS = (MAP, BM3D)
UNWRITTEN = f"zeroshot-em: {BM3D}: this file cannot be written"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def command(root):
    """A snakemake command that makes the maps."""
    given = ["--snakefile", str(root / "workflow/Snakefile"), "--configfile", "trial.yaml"]
    return [sys.executable, "-m", "snakemake", "--cores", "1", *given, "--quiet", "all"]


@pytest.fixture
def snakemake(command, finished, tmp_path):
    """Run snakemake in a copy of a finished run; return the process with its output."""
    folder = shutil.copytree(finished, tmp_path / "run")
    os.chdir(folder)

    def run(*arguments, before=None):
        return subprocess.run(
            [*command, "--", *(arguments or TARGETS)],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=before,
        )  # fmt: skip

    yield run
    os.chdir("/")


@pytest.fixture(scope="module")
def finished(command, tmp_path_factory):
    """The folder of a finished run."""
    folder = tmp_path_factory.mktemp("finished")
    pixels = np.random.default_rng(0).normal(100, 20, (120, 130))
    write_image(folder / "scene.tif", np.round(pixels).astype(np.uint8), 1.5)
    (folder / "trial.yaml").write_text(yaml.safe_dump(CONFIG))
    done = subprocess.run([*command, "--", *TARGETS], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def complaints(done):
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stdout
    lines = [line for line in done.stdout.splitlines() if line.startswith("zeroshot-em: ")]
    return lines


def content(path):
    with open(path, "rb") as file:
        return file.read()


def start(command, target):
    """Begin to make a file again; return snakemake and the job's process, once that is there."""
    os.remove(target)
    begun = subprocess.Popen(
        [*command, "--", target], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    script = rf"(\d+) .*{re.escape(os.getcwd())}/\.snakemake/scripts/\S+\.bm3d\.py"
    end = time.monotonic() + 300
    while time.monotonic() < end and begun.poll() is None:
        listed = subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True)
        if job := re.search(script, listed.stdout):
            return begun, int(job[1])
        time.sleep(0.2)
    raise AssertionError("the job has not begun")


def test_after_a_killed_job_the_next_run_makes_the_same_bytes(snakemake, command):
    before = content(BM3D)
    begun, job = start(command, BM3D)
    os.kill(job, signal.SIGKILL)
    assert begun.wait(300) != 0
    assert not os.path.exists(BM3D)
    assert snakemake().returncode == 0
    assert content(BM3D) == before


def test_after_snakemake_was_killed_the_next_run_makes_the_same_bytes(snakemake, command):
    before = content(BM3D)
    begun, job = start(command, BM3D)
    begun.kill()
    begun.wait(300)
    os.kill(job, signal.SIGKILL)
    unlocked = subprocess.run([*command, "--unlock"], capture_output=True, text=True)
    assert unlocked.returncode == 0, unlocked.stderr
    done = snakemake()
    assert done.returncode == 0, done.stdout
    assert content(BM3D) == before


def test_on_a_full_disk_a_job_names_its_file_and_leaves_none(snakemake):
    before = content(BM3D)
    os.remove(BM3D)
    limit = len(before) // 2
    done = snakemake(BM3D, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit,) * 2))
    assert complaints(done) == [f"{UNWRITTEN} (the disk is full)"]
    assert os.listdir(os.path.dirname(BM3D)).count(os.path.basename(BM3D)) == 0
    assert snakemake().returncode == 0
    assert content(BM3D) == before


def without_privileges():
    """Let the superuser be bound to the permissions of files, as all others are."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability)  # PR_CAPBSET_DROP


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
def test_in_a_folder_that_may_not_be_written_a_job_names_its_file(snakemake):
    before = content(BM3D)
    os.remove(BM3D)
    folder = os.path.dirname(BM3D)
    os.chmod(folder, 0o555)
    done = snakemake(BM3D, before=without_privileges)
    os.chmod(folder, 0o755)
    assert complaints(done) == [f"{UNWRITTEN} (Permission denied)"]
    assert snakemake().returncode == 0
    assert content(BM3D) == before


@pytest.mark.parametrize("damaged", [IMAGE, MODEL])
def test_a_damaged_intermediate_is_named_and_made_again_once_removed(snakemake, damaged):
    before = {path: content(path) for path in (damaged, *TARGETS)}
    with open(damaged, "r+b") as file:
        file.truncate(len(before[damaged]) // 2)
    lines = complaints(snakemake())
    assert lines
    assert all(damaged in line for line in lines)
    os.remove(damaged)
    done = snakemake()
    assert done.returncode == 0, done.stdout
    assert {path: content(path) for path in before} == before
