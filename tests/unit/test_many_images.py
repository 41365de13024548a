"""The program of docs/many-images.md, as it stands there."""

import re
import subprocess
import sys

import numpy as np

from zeroshot_em.images import read_image, write_image

QUICKLY = ', model="sssc", patch_size=3, n_components=4, n_states=4, max_iter=2'


def test_the_documented_program_enhances_a_folder(root, tmp_path):
    page = (root / "docs/many-images.md").read_text(encoding="utf-8")
    program = re.search(r"```python\n(.*?)```", page, re.DOTALL).group(1)
    assert "n_threads=1)" in program
    script = tmp_path / "program.py"
    script.write_text(program.replace("n_threads=1)", f"n_threads=1{QUICKLY})"), encoding="utf-8")
    for number in range(5):
        pixels = np.random.default_rng(number).poisson(40.0, (20, 24)).astype(np.uint8)
        write_image(tmp_path / "images" / f"{number}.tif", pixels, 0.5)
    (tmp_path / "images" / "damaged.tif").write_bytes(b"II*\0")

    done = subprocess.run(
        [sys.executable, "-W", "ignore", script],
        cwd=tmp_path, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    told = done.stdout.splitlines()
    assert [line.endswith(": done") for line in told] == [True] * 5 + [False]
    assert "damaged.tif" in told[-1]
    maps = sorted(path.name for path in (tmp_path / "enhanced").iterdir())
    assert maps == [f"{i}_{kind}.tif" for i in range(5) for kind in ("denoised", "variance")]
    assert read_image(tmp_path / "enhanced" / "3_denoised.tif").pixel_size_nm == 0.5
