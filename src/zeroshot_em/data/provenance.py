"""What a result was made by and from: hashes of source code and files, versions, a manifest."""

import ast
import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from zeroshot_em import __version__

_SOURCE_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = __name__.split(".")[0]

PACKAGES = (
    "numpy", "scipy", "numba", "scikit-image", "scikit-learn", "matplotlib", "bm3d", "pillow",
    "pooch", "tifffile", "snakemake",
)  # fmt: skip


@cache
def source_hash(*modules: str) -> str:
    """Return a hash of the source of modules and of all they import from this package.

    Data files beside an imported package's ``__init__.py`` count as source.

    Parameters
    ----------
    *modules : str
        Dotted names, such as ``zeroshot_em.core.enhancement``.

    Returns
    -------
    str
        The first 16 hexadecimal digits of a sha256.
    """
    digest = hashlib.sha256()
    for path in sorted(_source_files(*modules)):
        digest.update(path.relative_to(_SOURCE_ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _source_files(*modules: str) -> set[Path]:
    found: set[Path] = set()
    waiting = list(modules)
    while waiting:
        path = _module_file(waiting.pop())
        if path is None or path in found:
            continue
        found.add(path)
        waiting.extend(_imported_modules(path))
        if path.name == "__init__.py":
            found.update(_data_files(path.parent))
    return found


def _module_file(module: str) -> Path | None:
    """Return the source of a module of this package, None for any other name.

    The package's own ``__init__.py`` names everything and computes nothing: it is not followed.
    """
    if not module.startswith(f"{_PACKAGE}."):
        return None
    stem = _SOURCE_ROOT.joinpath(*module.split("."))
    candidates = (stem.with_name(f"{stem.name}.py"), stem / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _data_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".py" and path.parent.name != "__pycache__":
            yield path


def file_sha256(path: str | os.PathLike[str]) -> str:
    """Return the sha256 of a file in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    found = {"python": platform.python_version(), "zeroshot-em": __version__}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def write_manifest(
    path: str | os.PathLike[str],
    *,
    outputs: Iterable[str],
    provenance: Mapping[str, str],
    config: Mapping[str, Any],
) -> None:
    """Write what a run was made from and by, with checksums of what it made.

    All but ``created`` and ``platform`` is the same for the same run.

    Parameters
    ----------
    path : path-like
        JSON file, written under a temporary name first.
    outputs : iterable of str
        Files of the run.
    provenance : mapping of str to str
        Name of each source and the JSON file that says where it comes from.
    config : mapping
        The run's configuration.
    """
    from zeroshot_em.data.images import atomic_path  # the Snakefile needs the hashes alone

    manifest = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "platform": platform.platform(),
        "versions": versions(),
        "config": config,
        "sources": {
            name: json.loads(Path(file).read_text(encoding="utf-8"))
            for name, file in provenance.items()
        },
        "outputs": {
            str(output): {"bytes": os.path.getsize(output), "sha256": file_sha256(output)}
            for output in sorted(outputs)
        },
    }
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
