"""The methods that a benchmark compares: both models in two ways, and the baselines."""

import time
from typing import Any

import numpy as np

from zeroshot_em.core.baselines import BASELINES
from zeroshot_em.core.enhancement import enhance
from zeroshot_em.core.learning import apply_model, fit_model
from zeroshot_em.data.evaluation.cases import Case
from zeroshot_em.data.evaluation.names import AUTO
from zeroshot_em.data.evaluation.positions import (
    central_and_outer,
    estimates_by_position,
    position_corrected,
)


def estimate_by_baseline(case: Case, method: str, seed: int) -> dict[str, Any]:
    """Return the denoised image and the processor seconds that it took."""
    started = time.process_time()
    denoised = BASELINES[method].denoise(case.noisy, case.noise, seed)
    return {"denoised": denoised, "seconds": time.process_time() - started}


def estimate_by_model(
    case: Case, method: str, options: dict[str, Any], seed: int, n_threads: int
) -> dict[str, Any]:
    """Return the maps of a model and the processor seconds that they took.

    Parameters
    ----------
    case : Case
    method : str
        ``sssc_auto`` for a bare `enhance`, ``sssc_p6`` for the paper's method; or of GPMM.
    options : dict
        Of the paper's method.
    seed, n_threads : int
    """
    model, setting = method.split("_")
    started = time.process_time()
    if setting == AUTO:
        maps = enhance(case.noisy, model, random_state=seed, n_threads=n_threads)
        return _common(maps, started)
    fitted = fit_model(
        case.noisy, model, int(setting[1:]), random_state=seed, n_threads=n_threads, **options
    )
    found = _common(apply_model(fitted, case.noisy, n_threads=n_threads), started)
    by_pixel = estimates_by_position(fitted, case.noisy)
    central, outer = central_and_outer(by_pixel)
    return found | {
        "median": np.nanmedian(by_pixel, axis=(0, 1)).astype(np.float64),
        "position": position_corrected(by_pixel),
        "central": central,
        "outer": outer,
    }


def _common(maps: Any, started: float) -> dict[str, Any]:
    return {
        "denoised": maps.denoised,
        "variance": maps.variance,
        "within": maps.within_variance,
        "seconds": time.process_time() - started,
    }
