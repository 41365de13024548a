"""What a result was made by and from: checksums of files, versions."""

import hashlib
import importlib.metadata
import os
import platform

from zeroshot_em import __version__

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
