"""The verb ``compare``."""

import json
import math
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from zeroshot_em.errors import InputError


def compare(
    truth: Annotated[Path, Parameter(name="TRUTH")],
    images: Annotated[list[Path], Parameter(name="IMAGE")],
    /,
    *,
    peak: float | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Print PSNR, SSIM and blur of images whose truth is known.

    Parameters
    ----------
    truth
        The noise-free image.
    images
        Images of the same size.
    peak
        Range behind PSNR and SSIM; 255 for a TRUTH of 8 bit, else TRUTH's own, unless given.
    as_json
        Print JSON instead of a table.
    """
    from zeroshot_em.data.images import read_image
    from zeroshot_em.data.metrics import compare as rows_of
    from zeroshot_em.data.metrics import psnr_peak

    reference = read_image(truth)
    peak = psnr_peak(reference.pixels, reference.dtype) if peak is None else peak
    if not 0 < peak < math.inf:
        raise InputError(f"the range of grey values must be positive, found {peak:g}; set --peak")
    pixels: dict[str | Path, Any] = {path: read_image(path).pixels for path in images}
    rows = rows_of(reference.pixels, pixels, data_range=peak)
    if as_json:
        told = [{name: _json_value(value) for name, value in row.items()} for row in rows]
        print(json.dumps({"truth": str(truth), "peak": peak, "images": told}, indent=2))
    else:
        _print_table(rows, peak)


def _json_value(value: Any) -> Any:
    """Return null for an infinite PSNR, which JSON cannot hold."""
    return None if value == math.inf else value


def _print_table(rows: list[dict[str, Any]], peak: float) -> None:
    width = max(len(str(row["image"])) for row in rows)
    print(f"{'image':<{width}}  PSNR (dB)   SSIM   blur    (peak {peak:g})")
    for row in rows:
        print(f"{row['image']:<{width}}  {row['psnr']:9.2f}  {row['ssim']:.3f}  {row['blur']:.3f}")
