"""Faults of the machine while the command line works: disks, folders, memory, signals."""

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from samples import GRAY, tiff_bytes
from table import RIGHT, Ground, Row, Said

OPTIONS = ["--model=sssc", "--patch-size=2", "--n-components=2", "--n-states=2", "--max-iter=1"]
VERBS: dict[str, Callable[[Path], list[object]]] = {
    "enhance": lambda image: ["enhance", image, *OPTIONS],
    "bm3d": lambda image: ["bm3d", image, "--sigma=5"],
    "simulate": lambda image: ["simulate", "--shape=256,256"],
}


def _image(at: Ground, tiles: int = 1) -> Path:
    return at.file("scene.tif", tiff_bytes(np.tile(GRAY, (tiles, tiles))))


@contextmanager
def largest_file(n_bytes: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _full_disk(verb: str) -> Callable[[Ground], object]:
    def act(at: Ground) -> object:
        arguments = VERBS[verb](_image(at, tiles=3 if verb == "bm3d" else 1))
        with largest_file(600):
            return at.cli(*arguments, "-o", at.outputs)

    return act


def _output_is_a_file(verb: str) -> Callable[[Ground], object]:
    return lambda at: at.cli(*VERBS[verb](_image(at)), "-o", at.file("taken"))


def _output_below_a_file(verb: str) -> Callable[[Ground], object]:
    return lambda at: at.cli(*VERBS[verb](_image(at)), "-o", at.file("taken") / "below")


def _told_to_end(number: signal.Signals) -> Callable[[Ground], None]:
    """A job that is told to end leaves nothing, and says nothing of its insides."""

    def act(at: Ground) -> None:
        command = [sys.executable, "-m", "zeroshot_em", "simulate", "-o", str(at.outputs)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            end = time.monotonic() + 25
            while not at.outputs.exists() and time.monotonic() < end:
                time.sleep(0.02)
            process.send_signal(number)
            _, said = process.communicate(timeout=25)
        assert process.returncode == 128 + number, (process.returncode, said)
        assert "Traceback" not in said
        assert not at.left_behind(), at.left_behind()

    return act


def _as_before(at: Ground) -> None:
    """A failure does not touch results that are there."""
    image = _image(at)
    at.cli("enhance", image, "-o", at.outputs, *OPTIONS)
    before = {path.name: path.read_bytes() for path in at.outputs.iterdir()}
    try:
        with largest_file(600):
            at.cli("enhance", image, "-o", at.outputs, *OPTIONS, "--overwrite")
    except Said:
        assert {path.name: path.read_bytes() for path in at.outputs.iterdir()} == before
    else:
        raise AssertionError("nothing was refused")


ROWS = [
    *(Row("fault", verb, "full disk", _full_disk(verb)) for verb in VERBS),
    *(Row("fault", verb, "output that is a file", _output_is_a_file(verb)) for verb in VERBS),
    *(Row("fault", verb, "output below a file", _output_below_a_file(verb)) for verb in VERBS),
    Row("fault", "simulate", "SIGTERM", _told_to_end(signal.SIGTERM), RIGHT),
    Row("fault", "simulate", "SIGINT", _told_to_end(signal.SIGINT), RIGHT),
    Row("fault", "enhance", "full disk over results that are there", _as_before, RIGHT),
]
