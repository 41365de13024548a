"""What ``.ci/run`` says when a step fails."""

import os
import shutil
import subprocess

import pytest

MAKE = """#!/bin/sh
echo "make $*"
[ "$1" = demo ] || exit 0
if [ -e ran ]; then echo "%s"; exit %d; fi
touch ran
"""


@pytest.fixture
def ci(root, tmp_path):
    """Run ``.ci/run`` in a checkout whose second demo says something and ends with a status."""

    def run(said, status):
        (tmp_path / ".ci").mkdir()
        shutil.copy(root / ".ci/run", tmp_path / ".ci")
        commands = {"make": MAKE % (said, status), "ldconfig": "#!/bin/sh\necho libxcb-cursor\n"}
        commands |= dict.fromkeys(
            ("chromium", "chromedriver", "xvfb-run", "slurmctld", "munged"), ""
        )
        for name, text in commands.items():
            (tmp_path / name).write_text(text or "#!/bin/sh\n")
            (tmp_path / name).chmod(0o755)
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", ".ci/run"], cwd=tmp_path, env=os.environ | {"PATH": path},
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    return run


def test_a_failing_second_demo_shows_what_it_said(ci):
    done = ci("rule fit failed", 3)
    assert done.returncode != 0
    assert "rule fit failed" in done.stdout


def test_a_second_demo_that_does_something_fails(ci):
    assert ci("fit 6", 0).returncode != 0


def test_a_second_demo_with_nothing_to_do_passes(ci):
    done = ci("Nothing to be done", 0)
    assert done.returncode == 0, done.stdout
