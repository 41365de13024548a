"""The built wheel in an environment of its own, beside its dependencies and no repository."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import numpy as np
import pytest

from zeroshot_em.images import read_image, write_image

pytestmark = pytest.mark.slow
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def run(command, **options):
    done = subprocess.run(command, text=True, capture_output=True, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run([*PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(root)])
    [built] = folder.glob("zeroshot_em-*.whl")
    return built


@pytest.fixture(scope="module")
def binaries(wheel, tmp_path_factory):
    """The commands of an environment with the wheel and what this one has beside the package."""
    folder = tmp_path_factory.mktemp("environment")
    run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")])
    dependencies = folder / "dependencies"
    dependencies.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "zeroshot_em" not in entry.name and entry.suffix != ".pth":
            (dependencies / entry.name).symlink_to(entry)
    bin_ = folder / "env/bin"
    run([*PIP, "--python", str(bin_ / "python"), "install", "--no-deps", "--no-index", str(wheel)])
    purelib = run([bin_ / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    Path(purelib.strip(), "dependencies.pth").write_text(f"{dependencies}\n")
    return bin_


def test_the_wheel_holds_every_file_of_the_package(root, wheel):
    files = {path for path in (root / "src/zeroshot_em").rglob("*.*") if path.is_file()}
    named = {
        f"{path.relative_to(root / 'src')}" for path in files if "__pycache__" not in str(path)
    }
    assert named <= set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_alone_enhances_an_image(binaries, root, tmp_path):
    pixels = np.random.default_rng(0).poisson(40, (48, 40)).astype(np.uint8)
    write_image(tmp_path / "scene.tif", pixels, 0.5)
    outside = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    given = {"env": outside, "cwd": tmp_path}
    where = "import zeroshot_em, sys; print(zeroshot_em.__file__, *sys.path)"
    assert f"{root}/" not in run([binaries / "python", "-c", where], **given)
    options = ["--model", "gpmm", "--patch-size", "4", "--n-components", "4", "--noise", "learned"]
    run([binaries / "zeroshot-em", "enhance", "scene.tif", "-o", "out", *options], **given)
    denoised = read_image(tmp_path / "out/scene_denoised.tif")
    assert denoised.pixels.std() < pixels.std()
    assert denoised.pixel_size_nm == pytest.approx(0.5)
    assert (tmp_path / "out/scene_preview.png").is_file()
