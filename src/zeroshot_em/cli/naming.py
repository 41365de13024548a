"""Which images a batch has, and how the results of each are named."""

import glob
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from zeroshot_em.errors import InputError

SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".mrc", ".mrcs", ".dm3", ".dm4")
LONGEST_STEM = 200
TELLING_APART: tuple[Callable[[Path], str], ...] = (
    lambda path: path.suffix[1:],
    lambda path: path.resolve().parent.name,
)


@dataclass(frozen=True)
class Task:
    """One image of a batch, and the stem of the files it becomes."""

    path: Path
    stem: str


def plan(images: Iterable[str | os.PathLike[str]]) -> list[Task]:
    """List the images named by files, patterns and folders, each with a stem of its own.

    Raises
    ------
    InputError
        If nothing is found where something is named, or a name is too long to write beside.
    """
    paths = dict.fromkeys(path for named in images for path in _expand(os.fspath(named)))
    return [Task(path, stem) for path, stem in zip(paths, _stems(list(paths)), strict=True)]


def _expand(named: str) -> list[Path]:
    if "\0" in named:
        raise InputError(f"a file name cannot hold a NUL byte, found {named!r}")
    path = Path(named)
    if path.is_dir():
        return _images_in(path)
    if not path.exists() and glob.has_magic(named):
        return _matches(named)
    return [path]


def _matches(pattern: str) -> list[Path]:
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))
    if not found:
        raise InputError(f"no file fits {pattern}")
    return found


def _images_in(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not found:
        raise InputError(f"{folder} holds no image ({', '.join(SUFFIXES)})")
    return found


def _stems(paths: Sequence[Path]) -> list[str]:
    """Name the results of each image: its stem, with as much more as tells namesakes apart."""
    stems = [_stem(path) for path in paths]
    for more in TELLING_APART:
        times = Counter(stems)
        stems = [
            f"{stem}_{more(path)}" if times[stem] > 1 else stem
            for stem, path in zip(stems, paths, strict=True)
        ]
    numbered = [
        f"{stem}_{number}" if (number := stems[:place].count(stem) + 1) > 1 else stem
        for place, stem in enumerate(stems)
    ]
    for stem in numbered:
        _check_length(stem)
    return numbered


def _stem(path: Path) -> str:
    """Return the name without its suffix, which is twofold for an OME-TIFF."""
    stem = path.stem
    return stem[:-4] if stem.lower().endswith(".ome") and len(stem) > 4 else stem


def _check_length(stem: str) -> None:
    if len(os.fsencode(stem)) > LONGEST_STEM:
        raise InputError(
            f"the name {stem[:40]}... is too long to name the results after it; "
            f"shorten it to {LONGEST_STEM} bytes"
        )
