"""Speed of the Gamma-Poisson mixture beside the machine's own matrix products and plain numpy.

python benchmarks/gpmm_speed.py            one pass of EM, patches of 6 x 6 and 20 x 20
python benchmarks/gpmm_speed.py --image    also: fit and both maps of a 523 x 471 image, 20 x 20
"""

import argparse
import resource
import time
import warnings
from collections.abc import Callable

import numpy as np
from scipy.special import gammaln
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from zeroshot_em.core.learning import apply_model, fit_model
from zeroshot_em.core.models.gpmm import GPMM
from zeroshot_em.core.models.gpmm.learning import IncrementalEM
from zeroshot_em.core.models.gpmm.likelihood import Parameters
from zeroshot_em.core.models.gpmm.statistics import PatchTotals
from zeroshot_em.core.parallel import resolve_threads
from zeroshot_em.core.patches import extract_patches
from zeroshot_em.data.simulation import simulate_scene

N_COMPONENTS = 1000


def best_of(repeats: int, function: Callable[[], object]) -> float:
    """Return the shortest time in seconds that `function` took."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times)


def matrix_product_speed(n_threads: int, size: int = 4096) -> float:
    """Return the speed of a large square single-precision product, in GFlop/s."""
    left, right = np.random.default_rng(0).random((2, size, size), dtype=np.float32)
    with threadpool_limits(n_threads):
        return 2e-9 * size**3 / best_of(4, lambda: left @ right)


def plain_step(parameters: Parameters, patches: np.ndarray, block_rows: int = 8192) -> tuple:
    """Return what a plain E-step gives, by numpy in double precision, as one would write it."""
    log_templates = np.log(parameters.components)
    template_totals = parameters.components.sum(axis=1)
    mass = np.zeros(len(parameters.weights))
    counts = np.zeros_like(parameters.components)
    log_likelihood = 0.0
    for start in range(0, len(patches), block_rows):
        block = patches[start : start + block_rows].astype(np.float64)
        totals = block.sum(axis=1)
        joint = block @ log_templates.T + np.log(parameters.weights)
        joint -= (parameters.alpha + totals)[:, None] * np.log(parameters.alpha + template_totals)
        largest = joint.max(axis=1, keepdims=True)
        posterior = np.exp(joint - largest)
        evidence = posterior.sum(axis=1, keepdims=True)
        posterior /= evidence
        log_likelihood += (largest + np.log(evidence)).sum()
        log_likelihood += (gammaln(parameters.alpha + totals) - gammaln(parameters.alpha)).sum()
        mass += posterior.sum(axis=0)
        counts += posterior.T @ block
    return mass, counts, log_likelihood


def print_iteration(
    image: np.ndarray, patch_size: int, n_threads: int, product_speed: float
) -> None:
    """Print what one pass of EM takes, and what of the matrix-product speed it reaches."""
    patches = extract_patches(image, patch_size, dtype=np.float32)
    model = GPMM(N_COMPONENTS, max_iter=1, n_threads=n_threads)
    totals = PatchTotals.of(patches, n_threads)
    parameters = model._initial_parameters(patches, N_COMPONENTS, totals)

    learner = IncrementalEM(patches, totals, parameters, model.temperature, n_threads)
    iterate = learner.run_pass
    iterate()
    seconds = best_of(5, iterate)
    with threadpool_limits(n_threads):
        plain_seconds = best_of(1, lambda: plain_step(parameters, patches))
    speed = 4e-9 * patches.size * N_COMPONENTS / seconds
    print(
        f"{len(patches):8d} {patches.shape[1]:5d} {n_threads:8d} {seconds:10.3f} "
        f"{plain_seconds:10.2f} {plain_seconds / seconds:6.1f} {speed:9.0f} "
        f"{speed / product_speed:9.0%}",
        flush=True,
    )


def print_whole_image(image: np.ndarray, patch_size: int) -> None:
    """Print time and memory from an image to its maps."""
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = fit_model(image, "gpmm", patch_size, n_components=N_COMPONENTS)
    fitted = time.perf_counter()
    apply_model(model, image)
    done = time.perf_counter()
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"\n{image.shape[1]} x {image.shape[0]} pixels, {patch_size} x {patch_size}, "
        f"C = {N_COMPONENTS}: fit {fitted - started:.0f} s, maps {done - fitted:.0f} s, "
        f"{gigabytes:.2f} GB at most"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--image", action="store_true", help="also fit and map a whole image")
    options = parser.parse_args()
    n_cores = resolve_threads(None)
    image = simulate_scene(shape=(516, 508), seed=0).noisy
    if options.image:
        print_whole_image(simulate_scene(shape=(471, 523), seed=0).noisy, 20)
    product_speed = {n: matrix_product_speed(n) for n in sorted({1, n_cores})}
    for n_threads, speed in product_speed.items():
        print(f"single-precision matrix product on {n_threads} threads: {speed:.0f} GFlop/s")
    print(f"\none pass of EM, C = {N_COMPONENTS}")
    print(
        f"{'patches':>8} {'D':>5} {'threads':>8} {'seconds':>10} {'numpy s':>10} {'ratio':>6} "
        f"{'GFlop/s':>9} {'of sgemm':>9}"
    )
    for patch_size in (6, 20):
        for n_threads, speed in product_speed.items():
            print_iteration(image, patch_size, n_threads, speed)


if __name__ == "__main__":
    main()
