"""Kernels are compiled and kept where neither the package nor the home folder can be written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zeroshot_em.core import kernel_cache

CODE = """
import numpy as np
from zeroshot_em.core.patches import extract_patches, merge_patches
patches = extract_patches(np.ones((8, 8)), 3, dtype=np.float32)
print(merge_patches([(patches, patches)], (8, 8), 3).denoised.sum())
"""


def written_nowhere(package: Path) -> dict[str, str]:
    """Put files where folders would have to be made, which stops even root."""
    for folder in (path for path in package.rglob("*") if path.is_dir()):
        (folder / "__pycache__").touch()
    nowhere = {name: "/dev/null" for name in ("HOME", "XDG_CACHE_HOME")}
    return os.environ | nowhere | {"PYTHONPATH": str(package.parent)}


@pytest.mark.skipif(sys.platform == "win32", reason="/dev/null is not there")
def test_a_package_that_cannot_be_written_beside_keeps_kernels_in_a_temporary_folder(
    tmp_path: Path, root: Path
) -> None:
    package = tmp_path / "site" / "zeroshot_em"
    leave_out = shutil.ignore_patterns("__pycache__", "show", "napari", "sssc", "gpmm")
    shutil.copytree(root / "src/zeroshot_em", package, ignore=leave_out)
    (tmp_path / "temporary").mkdir()
    environment = written_nowhere(package) | {"TMPDIR": str(tmp_path / "temporary")}
    environment.pop("NUMBA_CACHE_DIR", None)
    ran = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "64.0\n"
    (kept,) = (tmp_path / "temporary").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert list(kept.rglob("*.nbi"))


LOCAL = """
import numpy as np
from zeroshot_em.core.refine import refine
image = np.random.default_rng(0).normal(size=(24, 24))
print(refine(image, image / 2, image / 3, 1).tobytes().hex())
"""


@pytest.mark.slow
def test_a_process_that_compiles_and_one_that_does_not_give_the_same_bits(tmp_path: Path) -> None:
    first, later = (
        subprocess.run(
            [sys.executable, "-c", LOCAL],
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    )
    assert first == later


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no owners of folders")
def test_a_folder_that_others_can_write_to_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first = kernel_cache._temporary_folder()
    assert kernel_cache._temporary_folder() == first
    first.chmod(0o777)
    other = kernel_cache._temporary_folder()
    assert other != first
    assert other.stat().st_mode & 0o077 == 0
