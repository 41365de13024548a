"""Speed of spike-and-slab sparse coding: passes, scaling, starting, and a whole image.

python benchmarks/sssc_speed.py            the whole image of 508 x 516 pixels, then the tables
python benchmarks/sssc_speed.py --quick    the same with a smaller image and fewer patches

A state evaluation is the log-joint of one state and one patch: every kept state is evaluated in
every pass, and every new one that is tried. Its rate is that of whole passes over the patches, with
projections, statistics and the M-step, not of the kernel that scores alone; on a busy machine the
rate per second of processor time says more about a core.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from zeroshot_em.core.learning import apply_model, fit_model
from zeroshot_em.core.models.sssc import SSSC
from zeroshot_em.core.models.sssc.statistics import Statistics
from zeroshot_em.core.parallel import resolve_threads
from zeroshot_em.core.patches import sample_patches
from zeroshot_em.data.simulation import simulate_scene

N_PASSES = 4

FIRST_E_STEP = """
import time
import numpy as np
from zeroshot_em.core.models.sssc import SSSC

class Timed(SSSC):
    def _m_step(self, statistics):
        print(time.time())
        super()._m_step(statistics)

patches = np.random.default_rng(0).normal(size=(1024, 36))
Timed(32, 12, 1).fit(patches)
"""


class Measured(SSSC):
    """Counts the evaluations and times the passes, without the choice of the first fields."""

    def _learn(self, data: np.ndarray) -> None:
        self.n_scored = 0
        started, processor_started = time.perf_counter(), time.process_time()
        super()._learn(data)
        self.seconds = time.perf_counter() - started
        self.processor_seconds = time.process_time() - processor_started

    def _e_step(self, *arguments) -> Statistics:
        statistics = super()._e_step(*arguments)
        self.n_scored += statistics.n_scored
        return statistics


@dataclass(frozen=True)
class Case:
    """A size of the problem."""

    n_patches: int
    n_components: int = 256
    n_states: int = 60
    patch_size: int = 6
    n_threads: int = 1


def measure(image: np.ndarray, case: Case) -> Measured:
    """Return a model that has made its passes."""
    patches = sample_patches(image, case.patch_size, case.n_patches, 0)
    model = Measured(case.n_components, case.n_states, N_PASSES, tol=0, n_threads=case.n_threads)
    model.fit(patches)
    return model


def print_table(title: str, image: np.ndarray, cases: list[Case]) -> None:
    """Print what each case takes; the last column is the time of the first over its own."""
    print(f"\n{title}")
    print(
        f"{'patches':>8} {'pixels':>7} {'H':>5} {'S':>4} {'threads':>8} {'us/patch':>9} "
        f"{'M evaluations/s':>16} {'per processor s':>16} {'speed-up':>9}"
    )
    first = None
    for case in cases:
        model = measure(image, case)
        seconds = model.seconds / (N_PASSES * case.n_patches)
        first = first or seconds
        rate = 1e-6 * model.n_scored / model.seconds
        processor_rate = 1e-6 * model.n_scored / model.processor_seconds
        print(
            f"{case.n_patches:8d} {case.patch_size**2:7d} {case.n_components:5d} "
            f"{case.n_states:4d} {case.n_threads:8d} {1e6 * seconds:9.1f} {rate:16.2f} "
            f"{processor_rate:16.2f} {first / seconds:9.2f}",
            flush=True,
        )


def print_start() -> None:
    """Print how long a first and a second process take until the first statistics are there."""
    with tempfile.TemporaryDirectory() as cache:
        for name in ("first", "second"):
            started = time.time()
            output = subprocess.run(
                [sys.executable, "-c", FIRST_E_STEP],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "NUMBA_CACHE_DIR": cache},
            ).stdout
            seconds = float(output.split()[0]) - started
            print(f"{name} process: {seconds:.1f} s until its first E-step is done", flush=True)


def print_whole_image(image: np.ndarray, patch_size: int, n_components: int, n_states: int) -> None:
    """Print time and memory of learning until it has converged, and of the maps."""
    started = time.perf_counter()
    model = fit_model(image, "sssc", patch_size, n_components=n_components, n_states=n_states)
    fitted = time.perf_counter()
    apply_model(model, image)
    done = time.perf_counter()
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"\n{image.shape[1]} x {image.shape[0]} pixels, {patch_size} x {patch_size}, "
        f"H = {n_components}, S = {n_states}, {resolve_threads(None)} threads: "
        f"learned in {fitted - started:.0f} s ({model.n_iter_} passes in the last round), "
        f"maps in {done - fitted:.0f} s, {done - started:.0f} s in all, {gigabytes:.2f} GB at most",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a smaller image, fewer patches")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(f"load on {resolve_threads(None)} cores: {os.getloadavg()[0]:.1f}")
    print_start()
    shape, n = ((200, 200), 6_000) if options.quick else ((516, 508), 32_000)
    image = simulate_scene(shape, seed=0, pixel_size_nm=1.08).noisy
    print_whole_image(image, 6, 256, 60)
    print_table("threads", image, [Case(n, 512, n_threads=t) for t in (1, 2)])
    print_table("patches", image, [Case(n // 2), Case(n), Case(2 * n)])
    print_table("fields", image, [Case(n, n_components=h) for h in (128, 256, 512)])
    print_table("states", image, [Case(n, n_states=s) for s in (15, 30, 60, 120)])
    print_table("patch size", image, [Case(n, patch_size=p) for p in (6, 8, 12, 16)])


if __name__ == "__main__":
    main()
