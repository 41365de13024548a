import logging
import subprocess
import sys
import warnings
from errno import ENOSPC

import pytest

from zeroshot_em.data.files import atomic_path
from zeroshot_em.errors import InputError
from zeroshot_em.run.reporting import input_errors_end_program, job_log


def test_an_input_error_becomes_one_line_and_status_2(capsys):
    with pytest.raises(SystemExit) as ended, input_errors_end_program():
        raise InputError("the crop\n  is too large")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "zeroshot-em: the crop is too large\n"


def test_other_errors_pass(capsys):
    with pytest.raises(ZeroDivisionError), input_errors_end_program():
        _ = 1 / 0


def test_a_job_logs_progress_and_shows_the_error_on_both(tmp_path, capsys):
    log = tmp_path / "job.log"
    with pytest.raises(SystemExit) as ended, job_log(log, about="scene.tif"):
        logging.getLogger("zeroshot_em").info("iteration 1")
        raise InputError("a patch is larger than the image")
    assert ended.value.code == 2
    line = "scene.tif: a patch is larger than the image"
    assert capsys.readouterr().err == f"zeroshot-em: {line}\n"
    first, last = log.read_text().splitlines()
    assert first.endswith("iteration 1")
    assert last.endswith(line)


def test_a_file_is_not_named_twice(tmp_path, capsys):
    with pytest.raises(SystemExit), job_log(tmp_path / "job.log", about="scene.tif"):
        raise InputError("scene.tif: damaged")
    assert capsys.readouterr().err == "zeroshot-em: scene.tif: damaged\n"


def test_a_fault_of_the_program_keeps_its_traceback(tmp_path, capsys):
    log = tmp_path / "job.log"
    with pytest.raises(SystemExit) as ended, job_log(log):
        _ = 1 / 0
    assert ended.value.code == 1
    assert "ZeroDivisionError" in log.read_text()
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_good_job_says_nothing_on_the_console(tmp_path, capsys):
    with warnings.catch_warnings(), job_log(tmp_path / "job.log"):
        warnings.simplefilter("always")
        warnings.warn("fields died", stacklevel=1)
    assert capsys.readouterr().err == ""
    assert "fields died" in (tmp_path / "job.log").read_text()


def test_a_full_disk_is_one_line_that_names_the_file(tmp_path, capsys):
    job, written = job_log(tmp_path / "job.log"), atomic_path(tmp_path / "map.tif")
    with pytest.raises(SystemExit) as ended, job, written:
        raise OSError(ENOSPC, "No space left on device")
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"zeroshot-em: {tmp_path / 'map.tif'}: the disk is full\n"


def test_a_job_out_of_memory_is_one_line(tmp_path):
    code = """
import resource, sys
import numpy as np
from zeroshot_em.run.reporting import job_log

_, hard = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (2**31, hard))
with job_log(sys.argv[1]):
    np.ones(2**30)
"""
    command = [sys.executable, "-c", code, str(tmp_path / "job.log")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("zeroshot-em: there is not enough memory for this: Unable to allocate")
