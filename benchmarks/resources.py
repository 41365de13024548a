"""What jobs took in memory and time, by rule, from the benchmark files of runs.

python benchmarks/resources.py results/demo results/paper

A line is fitted through the peak memory and through the processor time of the jobs of each rule,
over the millions of values that a job holds at a time (see `zeroshot_em.run.resources`).
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from zeroshot_em.data.images.shapes import image_shape
from zeroshot_em.run.resources import NEEDS, n_values


class Job(NamedTuple):
    rule: str
    millions: float
    mb: float
    seconds: float


def jobs_of(run: Path) -> Iterator[Job]:
    for rule in NEEDS:
        for path in sorted((run / "benchmark" / rule).rglob("*.tsv")):
            image, patch_size = _described(rule, path)
            file = run / "images" / f"{image}.tif"
            file = file if file.exists() else run / "enhanced" / f"{image}_denoised.tif"
            yield _job(rule, path, n_values(rule, image_shape(file), patch_size))


def _described(rule: str, path: Path) -> tuple[str, int]:
    """Return the image that a job was about, and the edge of its patches."""
    if rule in ("fit", "reconstruct"):
        return path.parent.name, int(path.stem.rpartition("_p")[2])
    return path.stem.rpartition("_s")[0] if rule == "bm3d" else path.stem, 1


def _job(rule: str, path: Path, values: int) -> Job:
    with path.open(newline="") as file:
        [row] = csv.DictReader(file, delimiter="\t")
    return Job(rule, values / 1e6, float(row["max_rss"]), float(row["cpu_time"]))


def line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return intercept and slope by least squares; the mean and no slope of a single size."""
    if np.ptp(x) < 1e-6:
        return float(y.mean()), 0.0
    slope, intercept = np.polyfit(x, y, 1)
    return float(intercept), float(slope)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    found = defaultdict(list)
    for run in parser.parse_args().runs:
        for job in jobs_of(run):
            found[job.rule].append(job)
    print("| rule | jobs | MB | MB a million | most MB | s | s a million | most s |")
    print("|---|---|---|---|---|---|---|---|")
    for rule, jobs in found.items():
        x, mb, seconds = (np.array(part, float) for part in list(zip(*jobs, strict=True))[1:])
        numbers = (*line(x, mb), mb.max(), *line(x, seconds), seconds.max())
        print(f"| {rule} | {len(jobs)} | " + " | ".join(f"{n:.0f}" for n in numbers) + " |")


if __name__ == "__main__":
    main()
