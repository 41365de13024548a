"""From the measurements of all cases to the tables of a benchmark."""

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zeroshot_em.data.evaluation.cases import TARGETS, Case, read_arrays
from zeroshot_em.data.evaluation.intervals import (
    LEVELS,
    conformal_width,
    coverage,
    normal_width,
)
from zeroshot_em.data.evaluation.measuring import (
    calibration_errors,
    exposures_resolved,
    impression,
    quality,
    regions_of,
)
from zeroshot_em.data.evaluation.names import INPUT, is_told, label_of
from zeroshot_em.data.files import atomic_path

CURVE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Levels of the reliability diagram."""

KEPT = 3
"""One pixel in so many, in each direction, takes part in calibration."""

Path = str | os.PathLike[str]


def measure_case(
    case: Case, estimates: Mapping[str, Path], facts: Mapping[str, Any]
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, np.ndarray]]:
    """Measure all methods on one case.

    Parameters
    ----------
    case : Case
    estimates : mapping of str to path
        File of each method's maps.
    facts : mapping
        What is known of the case: its name, seed and dose; stands in every row.

    Returns
    -------
    rows : dict of lists of dict
        ``quality`` and ``impression``.
    errors : dict of str to ndarray
        Errors in stated deviations, by method, kind of variance and class of pixels.
    """
    rows: dict[str, list[dict[str, Any]]] = {"quality": [], "impression": []}
    errors: dict[str, np.ndarray] = {}
    pairs = regions_of(case)
    for method, arrays in _inputs_first(case, estimates):
        about = {**facts, "method": method, "label": label_of(method), "told": is_told(method)}
        seconds = float(arrays["seconds"]) if "seconds" in arrays else 0.0
        rows["quality"].append(
            {**about, **quality(case, arrays["denoised"], pairs), "seconds": seconds}
        )
        if case.masks:
            rows["impression"] += [{**about, **row} for row in impression(case, arrays, method)]
        for kind, values in calibration_errors(case, arrays).items():
            errors |= _by_class(f"{method}/{kind}", values, case)
    rows["quality"][0]["exposures_resolved"] = exposures_resolved(case)
    return rows, errors


def _inputs_first(
    case: Case, estimates: Mapping[str, Path]
) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    yield INPUT, {"denoised": case.noisy}
    for method, path in estimates.items():
        yield method, read_arrays(path)


def _by_class(key: str, errors: np.ndarray, case: Case) -> dict[str, np.ndarray]:
    """Return errors of thinned pixels: of all, of each kind of structure, and of the rest."""
    thin = (slice(None, None, KEPT),) * 2
    rest = np.ones(errors.shape, dtype=bool)
    classes = {"all": rest.copy()}
    for name in TARGETS:
        classes[name] = case.masks[name]
        rest &= ~case.masks[name]
    classes["rest"] = rest
    return {f"{key}/{name}": errors[thin][mask[thin]] for name, mask in classes.items()}


def calibration_rows(
    errors: Mapping[str, Mapping[str, np.ndarray]], facts: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return how often intervals hold the truth, before and after mending on other scenes.

    Parameters
    ----------
    errors : mapping
        By case and by ``method/variance/class``, from `measure_case`.
    facts : mapping
        By case: seed and dose. What mends a case is learned on all pixels of the cases of its dose
        and of other seeds.
    """
    rows = []
    for name, held in errors.items():
        others = [
            key
            for key in errors
            if facts[key]["dose"] == facts[name]["dose"]
            and facts[key]["seed"] != facts[name]["seed"]
        ]
        for key, values in held.items():
            method, variance, pixels = key.split("/")
            known = [errors[other][f"{method}/{variance}/all"] for other in others]
            about = {
                **facts[name],
                "method": method,
                "label": label_of(method),
                "variance": variance,
                "pixels": pixels,
            }
            rows += [
                {**about, "level": level, **_coverages(values, known, level)}
                for level in sorted({*CURVE, *LEVELS})
                if values.size
            ]
    return rows


def _coverages(
    errors: np.ndarray, known: Sequence[np.ndarray], level: float
) -> dict[str, float | None]:
    stated = coverage(errors, normal_width(level))
    if not known:
        return {"stated": stated, "mended": None, "width": None}
    width = conformal_width(np.concatenate(known), level)
    return {
        "stated": stated,
        "mended": coverage(errors, width),
        "width": width / normal_width(level),
    }


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows with a line of column names; what a row lacks is empty."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with atomic_path(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _short(value) for key, value in row.items()} for row in rows)


def _short(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value
