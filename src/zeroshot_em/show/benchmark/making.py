"""Draw a figure of the benchmark and write its files."""

import importlib
import os
from collections.abc import Mapping
from typing import Any

from zeroshot_em.data.evaluation.summary import CONFIDENCE
from zeroshot_em.show.captions import SIMULATED, Caption
from zeroshot_em.show.figures.making import write_figure
from zeroshot_em.show.figures.style import house_style

NUMBERS = {"quality": 1, "tradeoff": 2, "impression": 3, "calibration": 4}


def make_figure(
    name: str,
    rows: Mapping[str, list[dict[str, Any]]],
    about: Mapping[str, Any],
    **files: str | os.PathLike[str],
) -> Caption:
    """Make one figure: PNG, PDF and the text of its caption.

    Parameters
    ----------
    name : {"quality", "tradeoff", "impression", "calibration"}
    rows : mapping
        ``quality``, ``impression`` and ``calibration``: what was measured.
    about : mapping
        The benchmark's part of the configuration.
    **files : path-like
        ``png``, ``pdf`` and ``caption``: what to write.
    """
    module = importlib.import_module(f"zeroshot_em.show.benchmark.{name}")
    with house_style():
        page, title, said = module.draw(rows)
    words = _caption(name, title, said, about)
    write_figure(page, words, **files)
    return words


def _caption(name: str, title: str, said: str, about: Mapping[str, Any]) -> Caption:
    heading = f"Benchmark figure {NUMBERS[name]}. {title}."
    simulated = bool(about["seeds"])
    cases = _scenes(about) if simulated else f"Means over {len(about['images'])} micrographs."
    text = f"{heading} {said} {cases}" + (f" {SIMULATED}" if simulated else "")
    return Caption(heading, text, simulated)


def _scenes(about: Mapping[str, Any]) -> str:
    height, width = about["scene"]["shape"]
    size = f"{width} × {height} pixels, one in {about['subsample']} kept in each direction"
    if len(about["seeds"]) == 1:
        return f"One simulated scene of {size}."
    return (
        f"Means over {len(about['seeds'])} simulated scenes of {size}; bars are "
        f"{100 * CONFIDENCE:g} % intervals of the mean by Student's t."
    )
