"""What becomes of a run when jobs, snakemake, disks or files fail: the next run mends it."""

import os
import re
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
MAP = "results/trial/maps/infection/gpmm_p4_denoised.tif"
BM3D = "results/trial/maps/infection/bm3d_s9.tif"
TARGETS = (MAP, BM3D)

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
