"""On a login node first, then on a node without a network; pinning fetches nothing again."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from faults import ARCHIVE, MEMBER, ground, zipped


@pytest.fixture
def jobs(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run the workflow with a pinned or free source; return how many jobs of each rule it ran."""
    monkeypatch.delenv("ZEROSHOT_EM_DATA", raising=False)

    def run(*arguments: str, **keys: str) -> dict[str, int]:
        source = {"doi": "10.5281/zenodo.3986580", "file": ARCHIVE, "member": MEMBER}
        config = {
            "run": "trial",
            "data_folder": "by_hand",
            "sources": {"virus": source | keys},
            "images": {"infection": {"source": "virus"}},
            "figures": {"fig3": {"image": "infection", "model": "gpmm", "patch_size": 4}},
        }
        (tmp_path / "trial.yaml").write_text(yaml.safe_dump(config))
        command = [sys.executable, "-m", "snakemake", *arguments]
        command += ["--snakefile", str(root / "workflow/Snakefile"), "--directory", str(tmp_path)]
        done = subprocess.run(
            [*command, "--cores", "1", "--configfile", "trial.yaml"],
            cwd=tmp_path,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == 0, done.stdout
        return {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", done.stdout, re.M)}

    return run


def test_fetch_all_then_no_network(jobs, tmp_path: Path) -> None:
    with ground() as at:
        (tmp_path / "by_hand").mkdir()
        (tmp_path / "by_hand" / ARCHIVE).write_bytes(zipped({MEMBER: at.image}))
        assert jobs("fetch_all")["fetch"] == 1
        fetched = tmp_path / "resources/virus" / MEMBER
        assert fetched.read_bytes() == at.image
    provenance = json.loads(fetched.with_name(f"{MEMBER}.json").read_text())
    assert provenance["pin"] in (tmp_path / f"resources/logs/virus/{MEMBER}.log").read_text()

    (tmp_path / "by_hand" / ARCHIVE).unlink()
    later = jobs("-n", "results/trial/images/infection.tif", sha256=provenance["sha256"])
    assert later["preprocess"] == 1
    assert "fetch" not in later
    assert jobs("-n", "fetch_all", sha256="0" * 64)["fetch"] == 1
