"""Measure one method on one case: quality, spatial impression, and errors for calibration."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from zeroshot_em.data.evaluation.cases import TARGETS, Case
from zeroshot_em.data.evaluation.intervals import errors_in_deviations
from zeroshot_em.data.evaluation.maps import (
    average_precision,
    correlation,
    gradient,
    local_deviation,
)
from zeroshot_em.data.evaluation.recordings import (
    RESOLVED,
    Region,
    find_regions,
    fourier_ring_correlation,
    region_snr,
    resolved_frequency,
)
from zeroshot_em.data.metrics import blur, psnr, ssim

RESOLVED_TO_TRUTH = 0.5
"""Ring correlation with the noise-free image down to which a denoised image counts as resolved."""

SMOOTHING, WINDOW = 2.0, 9
"""In pixels, of the baselines on the noisy input."""
MODEL_WINDOW = 5
N_PAIRS = 4

Arrays = Mapping[str, np.ndarray]


def regions_of(case: Case) -> list[tuple[Region, Region]]:
    """Return the regions of signal and background in which all methods are measured."""
    size = int(np.clip(min(case.noisy.shape) // 14, 6, 64))
    return find_regions(case.noisy, size, N_PAIRS)


def quality(
    case: Case, denoised: np.ndarray, pairs: Sequence[tuple[Region, Region]]
) -> dict[str, float | None]:
    """Return PSNR (dB), SSIM, blur, SNR (dB) and the resolved frequency (cycles per pixel).

    What needs a truth is None without one.
    """
    measured: dict[str, float | None] = {
        "psnr": None, "ssim": None, "resolved": None,
        "blur": blur(denoised), "snr": region_snr(denoised, pairs),
    }  # fmt: skip
    if case.clean is not None:
        measured["psnr"] = psnr(case.clean, denoised, case.contrast)
        measured["ssim"] = ssim(case.clean, denoised, case.contrast)
        rings = fourier_ring_correlation(denoised, case.clean)
        measured["resolved"] = resolved_frequency(*rings, RESOLVED_TO_TRUTH)
    return measured


def exposures_resolved(case: Case) -> float | None:
    """Return the frequency down to which two noisy exposures agree, in cycles per pixel."""
    if case.second is None:
        return None
    return resolved_frequency(*fourier_ring_correlation(case.noisy, case.second), RESOLVED)


def impression(case: Case, estimate: Arrays, name: str) -> Iterator[dict[str, Any]]:
    """Yield for each map of a method how well it ranks boundaries and spikes.

    Parameters
    ----------
    case : Case
        With masks.
    estimate : mapping of str to ndarray
        What the method gave.
    name : str
        Of the method; ``noisy`` for the input itself.
    """
    for target in TARGETS:
        mask = case.masks[target]
        for kind, values in maps_to_rank(estimate, name).items():
            yield {
                "map": kind,
                "target": target,
                "average_precision": average_precision(values, mask),
                "chance": float(mask.mean()),
                "density": correlation(values, np.asarray(case.clean)),
            }


def maps_to_rank(estimate: Arrays, name: str) -> dict[str, np.ndarray]:
    """Return the maps of a method that may show boundaries, by name."""
    denoised = estimate["denoised"]
    if name == "noisy":
        return {
            "gradient": gradient(denoised, SMOOTHING),
            "local_deviation": local_deviation(denoised, WINDOW),
        }
    slope, noise = gradient(denoised), local_noise(denoised)
    found = {
        "gradient": slope,
        "relative_gradient": slope / np.sqrt(noise),
        "local_deviation": local_deviation(denoised, MODEL_WINDOW),
        "darkness": -denoised,
    }
    if "variance" in estimate:
        found |= _spreads(estimate) | {"joint": slope * np.sqrt(estimate["variance"] / noise)}
    return found


def _spreads(estimate: Arrays) -> dict[str, np.ndarray]:
    variance, within = estimate["variance"], estimate["within"]
    relative = variance / local_noise(estimate["denoised"])
    found = {"variance": variance, "within": within, "total": variance + within}
    found["relative"] = relative
    for name in ("central", "outer"):
        if name in estimate:
            found[name] = estimate[name]
    if "position" in estimate:
        found["position"] = estimate["position"]
        found["corrected"] = estimate["position"] / local_noise(estimate["denoised"])
        found["median_gradient"] = gradient(estimate["median"])
    return found


def local_noise(denoised: np.ndarray) -> np.ndarray:
    """Return what the variance of the noise is proportional to: the smoothed image itself."""
    smooth = gaussian_filter(denoised, SMOOTHING)
    return np.maximum(smooth, 1e-3 * np.abs(smooth).max())


def calibration_errors(case: Case, estimate: Arrays) -> dict[str, np.ndarray]:
    """Return the errors in stated deviations, of the posterior within and of the total variance."""
    if case.clean is None or "within" not in estimate:
        return {}
    variances = {
        "within": estimate["within"],
        "total": estimate["within"] + estimate["variance"],
    }
    return {
        name: errors_in_deviations(case.clean, estimate["denoised"], np.sqrt(variance))
        for name, variance in variances.items()
    }
