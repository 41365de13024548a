"""How the tests of the workflow run it."""

import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def snakemake(root):
    """Run the workflow in a folder; return the finished process with its output as text."""
    snakefile = str(root / "workflow/Snakefile")

    def run(folder, *arguments, **environment):
        command = [sys.executable, "-m", "snakemake", "--snakefile", snakefile]
        return subprocess.run(
            [*command, "--directory", str(folder), "--cores", "2", *arguments],
            cwd=folder, env=os.environ | environment,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    return run
