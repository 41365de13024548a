"""A scheduler that cannot be reached is one line."""

import pytest

from zeroshot_em.errors import InputError
from zeroshot_em.run.scheduler import check_slurm


@pytest.mark.parametrize(
    ("sinfo", "reason"),
    [
        ("echo 'sinfo: error: a' >&2; echo 'sinfo: fatal: no source' >&2; exit 1", "no source"),
        ("exit 3", "sinfo ended with 3"),
        (None, "sinfo"),
    ],
)
def test_it_is_said_why(tmp_path, monkeypatch, sinfo, reason):
    monkeypatch.setenv("PATH", str(tmp_path))
    if sinfo:
        (tmp_path / "sinfo").write_text(f"#!/bin/sh\n{sinfo}\n")
        (tmp_path / "sinfo").chmod(0o755)
    with pytest.raises(InputError, match=f"^Slurm cannot be reached .*{reason}") as error:
        check_slurm()
    assert "\n" not in str(error.value)


def test_one_that_answers_is_reached(tmp_path, monkeypatch):
    (tmp_path / "sinfo").write_text("#!/bin/sh\n")
    (tmp_path / "sinfo").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    check_slurm()
