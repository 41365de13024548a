"""Damage files in many ways and read them: what comes must be an image, a model or one line.

``python tests/faults/fuzz.py`` damages ten thousand TIFF, PNG, MRC, DM and npz files, each the same
way at each run. A process of its own reads them within bounds of time and memory, and is begun
again when it dies; the file that killed it is kept.
"""

import argparse
import json
import logging
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from samples import GRAY, dm_bytes, model_bytes, mrc_bytes, pillow_bytes, png_bytes, tiff_bytes
from table import Hang

N_FILES = 10_000
SECONDS = 10
"""The longest that one file may take, on a busy machine."""
MEMORY = 3 * 2**29
"""Bytes that reading may add to what the process has once all is imported."""

EXTREMES = [b"\0", b"\xff", b"\x7f", b"\x80", b"\1"]


@cache
def originals() -> dict[str, bytes]:
    """Right files, by a name that ends in their suffix."""
    floats = GRAY.astype(np.float32)
    color = np.dstack([GRAY] * 3)
    return {
        "plain.tif": tiff_bytes(GRAY),
        "imagej.tif": tiff_bytes(floats, imagej=True, resolution=(2, 2), metadata={"unit": "nm"}),
        "ome.tif": tiff_bytes(GRAY.astype(np.uint16), ome=True, metadata={"PhysicalSizeX": 0.5}),
        "tiled.tif": tiff_bytes(GRAY, tile=(16, 16), compression="zlib", predictor=True),
        "lzw.tif": tiff_bytes(color, compression="lzw"),
        "big.tif": tiff_bytes(floats, bigtiff=True, byteorder=">"),
        "gray.png": png_bytes(GRAY),
        "color.png": png_bytes(color),
        "gray.jpg": pillow_bytes(GRAY, "JPEG"),
        "floats.mrc": mrc_bytes(floats),
        "bytes.mrc": mrc_bytes(GRAY.astype(np.int8)),
        "three.dm3": dm_bytes(GRAY, 3),
        "four.dm4": dm_bytes(GRAY, 4),
        "sssc.npz": model_bytes("sssc"),
        "gpmm.npz": model_bytes("gpmm"),
    }


def damaged(number: int) -> tuple[str, bytes]:
    """Return the name and the content of a damaged file; the same number, the same damage."""
    random = np.random.default_rng(number)
    names = sorted(originals())
    name = names[number % len(names)]
    content = originals()[name]
    for _ in range(1 + random.geometric(0.5)):
        content = _damage(content, random)
    return name, content


def _damage(content: bytes, random: np.random.Generator) -> bytes:
    """Change, cut, repeat or move bytes, more often near the beginning, where headers lie."""
    size = len(content)
    reach = min(size, 1200) if random.random() < 0.6 else size
    at = int(random.integers(reach)) if reach else 0
    length = int(random.integers(1, 9))
    before, after = content[:at], content[at:]
    match int(random.integers(7)):
        case 0:
            return (
                before + bytes([after[0] ^ 1 << int(random.integers(8))]) + after[1:]
                if after
                else before
            )
        case 1:
            return before + EXTREMES[int(random.integers(len(EXTREMES)))] * length + after[length:]
        case 2:
            return before + random.bytes(length) + after[length:]
        case 3:
            return before
        case 4:
            return before + after[length:]
        case 5:
            return before + after[:length] * int(random.integers(2, 40)) + after[length:]
        case _:
            other = int(random.integers(size + 1))
            return before + content[other : other + length] + after[length:]


def read(path: Path, original: bytes) -> None:
    """Read a file; whatever comes is right or an `InputError` of one line."""
    from zeroshot_em.data.images import read_image
    from zeroshot_em.data.model_files import load_model

    if path.suffix == ".npz":
        model, as_saved = load_model(path), load_model(io_path(path, original))
        for name, array in as_saved.to_arrays().items():
            assert np.array_equal(array, model.to_arrays()[name]), f"{name} is another one"
        return
    pixels = read_image(path).pixels
    assert pixels.ndim == 2, pixels.shape
    assert pixels.dtype == np.float64, pixels.dtype
    assert np.isfinite(pixels).all(), "not finite"


def io_path(path: Path, content: bytes) -> Path:
    beside = path.with_name(f"original{path.suffix}")
    beside.write_bytes(content)
    return beside


def try_one(number: int, folder: Path) -> dict[str, Any]:
    """Read one damaged file within bounds of time; return what came of it."""
    from zeroshot_em.errors import InputError

    name, content = damaged(number)
    path = folder / f"damaged{Path(name).suffix}"
    path.write_bytes(content)
    started, outcome, message = time.perf_counter(), "right", ""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read(path, originals()[name])
    except InputError as error:
        outcome, message = "one line", str(error)
        if "\n" in message or len(message) > 2000:
            outcome = "SEVERAL LINES"
    except Hang:
        outcome = "HANG"
    except Exception as error:
        outcome, message = "TRACEBACK", f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {
        "number": number, "name": name, "outcome": outcome, "message": message,
        "seconds": time.perf_counter() - started,
    }  # fmt: skip


def stop_hangs() -> None:
    def stop(*_: Any) -> None:
        raise Hang

    signal.signal(signal.SIGALRM, stop)


def work(first: int, last: int) -> None:
    """Be the process that reads; write a line of JSON for each file."""
    stop_hangs()
    logging.getLogger("zeroshot_em").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(sorted(originals())):
            path = Path(folder) / f"whole_{number}{Path(name).suffix}"
            path.write_bytes(originals()[name])
            read(path, originals()[name])
        _limit_memory()
        for number in range(first, last):
            print(json.dumps(try_one(number, Path(folder))), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"peak": peak}), flush=True)


def _limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def watch(first: int, last: int) -> Iterator[dict[str, Any]]:
    """Yield what comes of each file; a process that dies is a crash, and another goes on."""
    while first < last:
        command = [sys.executable, __file__, "--work", str(first), str(last)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                told = json.loads(line)
                yield told
                first = told.get("number", last - 1) + 1
        if process.returncode:
            name, _ = damaged(first)
            message = f"the process ended with {process.returncode}"
            yield {"number": first, "name": name, "outcome": "CRASH", "message": message}
            first += 1


def fuzz(first: int, last: int, keep: Path) -> int:
    """Damage and read files; print a table and return how many outcomes were wrong."""
    counts: Counter[tuple[str, str]] = Counter()
    slowest, peak, n_wrong = 0.0, 0, 0
    for told in watch(first, last):
        peak = max(peak, told.get("peak", 0))
        if "number" not in told:
            continue
        slowest = max(slowest, told.get("seconds", 0.0))
        counts[Path(told["name"]).suffix, told["outcome"]] += 1
        if told["outcome"] not in ("right", "one line"):
            n_wrong += 1
            _keep(told, keep)
    for (suffix, outcome), n in sorted(counts.items()):
        print(f"{suffix:<6} {outcome:<14} {n:6d}")
    print(
        f"{counts.total()} damaged files: {n_wrong} wrong; "
        f"at most {slowest:.1f} s and {peak / 2**20:.1f} GB"
    )
    return n_wrong


def _keep(told: dict[str, Any], keep: Path) -> None:
    name, content = damaged(told["number"])
    keep.mkdir(parents=True, exist_ok=True)
    path = keep / f"{told['number']}_{name}"
    path.write_bytes(content)
    print(f"{told['outcome']}: {path}: {told['message']}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=N_FILES)
    parser.add_argument("--keep", type=Path, default=Path("results/fuzz"), help="for culprits")
    parser.add_argument("--work", type=int, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(*given.work)
    else:
        sys.exit(bool(fuzz(given.first, given.last, given.keep)))


if __name__ == "__main__":
    main()
