"""What a result was made by and from: checksums of files, versions, a manifest."""

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from zeroshot_em import __version__
from zeroshot_em.data.files import read_json, write_json
from zeroshot_em.data.secrets import without_secrets

PACKAGES = (
    "numpy", "scipy", "numba", "scikit-image", "scikit-learn", "matplotlib", "bm3d", "pillow",
    "pooch", "tifffile", "snakemake",
)  # fmt: skip


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
    manifest = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "platform": platform.platform(),
        "versions": versions(),
        "config": without_secrets(config),
        "sources": {name: read_json(file) for name, file in provenance.items()},
        "outputs": {
            str(output): {"bytes": os.path.getsize(output), "sha256": file_sha256(output)}
            for output in sorted(outputs)
        },
    }
    write_json(path, manifest, sort_keys=True)
