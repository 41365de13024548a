"""The benchmark's tables as Markdown, for its page in the manual."""

from collections.abc import Mapping, Sequence

from zeroshot_em.data.evaluation.intervals import LEVELS
from zeroshot_em.data.evaluation.names import INPUT, label_of
from zeroshot_em.data.evaluation.summary import (
    Mean,
    distinct,
    dose_nearest,
    mean_at,
    mean_difference,
    select,
)
from zeroshot_em.show.benchmark.words import MAPS, TARGETS, Rows, methods_in

REFERENCE = "bm3d_told"
NOISY_DECIBELS = 15.0


def tables_page(rows: Mapping[str, Rows]) -> str:
    """Return all tables, each under a line that says what it is."""
    parts = [quality_table(rows["quality"], dose) for dose in distinct(rows["quality"], "dose")]
    if rows["impression"]:
        dose = dose_nearest(rows["quality"], NOISY_DECIBELS)
        parts += [impression_table(rows["impression"], dose, target) for target in TARGETS]
        parts.append(impression_by_dose(rows["impression"]))
        parts.append(coverage_table(rows["calibration"], dose))
        parts.append(coverage_by_class(rows["calibration"], dose))
    return "\n\n".join(parts) + "\n"


def _table(said: str, header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *body]
    return "\n".join([said, "", *("| " + " | ".join(line) + " |" for line in lines)])


def _of(mean: Mean, digits: int = 2) -> str:
    if mean.n == 0:
        return ""
    bar = f" ± {mean.half_width:.{digits}f}" if mean.n > 1 else ""
    return f"{mean.value:.{digits}f}{bar}"


def quality_table(rows: Rows, dose: float | None) -> str:
    """Return quality at one dose; of images without a truth what can be measured."""
    held = select(rows, dose=dose)
    body = []
    for method in [INPUT, *methods_in(held)]:
        means = [mean_at(held, key, method=method) for key in ("psnr", "ssim", "resolved")]
        blur, snr, seconds = (mean_at(held, k, method=method) for k in ("blur", "snr", "seconds"))
        gain = mean_difference(held, "psnr", {"method": method}, {"method": REFERENCE}, "case")
        body.append(
            [
                label_of(method),
                _of(means[0]),
                _of(gain) if method != REFERENCE else "",
                _of(means[1], 3),
                _of(means[2], 3),
                _of(blur, 3),
                _of(snr, 1),
                f"{seconds.value:.0f}",
            ]
        )
    where = "Micrographs." if dose is None else f"Quality at {dose:g} electrons per pixel."
    header = (
        "method", "PSNR (dB)", "less BM3D told σ", "SSIM", "resolved (1/pixel)", "blur",
        "SNR (dB)", "processor seconds",
    )  # fmt: skip
    return _table(where, header, body)


def impression_table(rows: Rows, dose: float, target: str) -> str:
    """Return how well each map ranks the pixels of a target, and how far it shows density."""
    held = select(rows, dose=dose, target=target)
    kinds = [kind for kind in MAPS if select(held, map=kind)]
    body = [
        [label_of(method)]
        + [_of(mean_at(held, "average_precision", method=method, map=kind)) for kind in kinds]
        for method in [INPUT, *methods_in(held)]
    ]
    chance = mean_at(held, "chance", method=INPUT)
    said = (
        f"Average precision for {TARGETS[target]} at {dose:g} electrons per pixel; "
        f"{chance.value:.2f} is chance."
    )
    return _table(said, ("map of", *(MAPS[kind] for kind in kinds)), body)


def impression_by_dose(rows: Rows) -> str:
    """Return average precision for membranes against dose, and correlation with density."""
    body = []
    for method in [INPUT, *methods_in(rows)]:
        for kind in ("variance", "corrected", "within", "gradient"):
            held = select(rows, method=method, map=kind, target="boundary")
            if held:
                body.append([label_of(method), MAPS[kind], *_by_dose(held)])
    doses = [f"{dose:g} e/pixel" for dose in sorted(distinct(rows, "dose"))]
    said = "Average precision for membranes against dose, and correlation with density at the last."
    return _table(said, ("map of", "map", *doses, "density"), body)


def _by_dose(held: Rows) -> list[str]:
    doses = sorted(distinct(held, "dose"))
    density = mean_at(held, "density", dose=doses[-1])
    return [*(_of(mean_at(held, "average_precision", dose=dose)) for dose in doses), _of(density)]


def coverage_table(rows: Rows, dose: float) -> str:
    """Return how often intervals hold the truth, in percent, as stated and mended."""
    held = select(rows, dose=dose, pixels="all")
    body = [
        [label_of(method), variance, *_coverages(select(held, method=method, variance=variance))]
        for method in methods_in(held)
        for variance in ("within", "total")
    ]
    levels = [f"{100 * level:g} %" for level in LEVELS]
    header = ("intervals of", "variance", *levels, *(f"{level} scaled" for level in levels))
    said = f"Pixels whose truth lies in the interval, in percent, at {dose:g} electrons per pixel."
    return _table(said, header, body)


def _coverages(held: Rows) -> list[str]:
    return [
        _of(_percent(mean_at(held, key, level=level)), 1)
        for key in ("stated", "mended")
        for level in LEVELS
    ]


def _percent(mean: Mean) -> Mean:
    return Mean(100 * mean.value, 100 * mean.half_width, mean.n)


def coverage_by_class(rows: Rows, dose: float) -> str:
    """Return the coverage of mended 80 % intervals by class of pixels, in percent."""
    held = select(rows, dose=dose, level=0.8, variance="total")
    classes = distinct(held, "pixels") if held else []
    body = [
        [label_of(method)]
        + [_of(_percent(mean_at(held, "mended", method=method, pixels=c)), 1) for c in classes]
        for method in methods_in(held)
    ]
    names = {"all": "all", "boundary": "membranes", "spike": "spikes", "rest": "the rest"}
    said = "Scaled 80 % intervals of the total variance by class of pixels, in percent."
    return _table(said, ("intervals of", *(names[c] for c in classes)), body)
