"""Names of images and where each comes from: the configuration's sources over the catalogue.

A source is a mapping with some of these keys; the workflow's schema describes them too.

``doi``, ``file``
    Digital object identifier of a record, and the name of a file in it.
``url``, ``mirrors``
    Address of the file, and further addresses of the same file.
``path``
    The file on this machine.
``member``
    Path of the image inside the file, if the file is a zip archive.
``sha256``
    Checksum of the image (of the member, not of the archive).
``keep_archive``
    Whether the archive stays beside the image.
``pixel_size_nm``
    Edge of a pixel, where the image does not say it.
"""

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from zeroshot_em.errors import InputError

Source = Mapping[str, Any]


def catalogue() -> dict[str, Source]:
    """Read the images that can be fetched by name alone, with no configuration."""
    text = files("zeroshot_em.data.sources").joinpath("catalogue.toml").read_text("utf-8")
    return tomllib.loads(text)


def registry(sources: Mapping[str, Source | None] | None = None) -> dict[str, Source | None]:
    """Add the configuration's sources to the catalogue; a configured entry replaces its namesake.

    Parameters
    ----------
    sources : mapping or None
        The ``sources`` section of a configuration.

    Returns
    -------
    dict
        Source by name; None stands for an image whose address is not known.
    """
    return catalogue() | dict(sources or {})


def find(name: str, sources: Mapping[str, Source | None] | None = None) -> Source:
    """Look up a source by name.

    Raises
    ------
    InputError
        If no source has this name, or none of its addresses is set.
    """
    known = registry(sources)
    if name not in known:
        raise InputError(f"no source is named {name}; the known ones are {', '.join(known)}")
    source = known[name]
    if source is None:
        raise InputError(f"{name} has no address; set sources.{name} to a url, a path or a doi")
    return source


def archive_name(source: Source) -> str:
    """Name the file that a download brings: the image, or the archive that holds it."""
    for key in ("file", "url", "path"):
        if source.get(key):
            path = unquote(urlsplit(source[key]).path) if key == "url" else str(source[key])
            name = PurePosixPath(path).name
            if name:
                return name
    if source.get("simulate"):
        raise InputError("this source is simulated, not fetched; see zeroshot-em simulate")
    raise InputError("a source needs a url, a path, or a doi and a file; none of them is set")


def file_name(source: Source) -> str:
    """Name the image file that a source becomes, as published."""
    return PurePosixPath(source.get("member") or archive_name(source)).name


def image_path(name: str, source: Source, folder: Path = Path("resources")) -> Path:
    """Say where the image of a source lies once it is fetched; its provenance adds ``.json``."""
    return folder / name / file_name(source)


def origin(source: Source) -> Source:
    """Keep what decides which file a source is; checksums and mirrors only help to get it."""
    return {key: source[key] for key in ("doi", "url", "file", "path", "member") if key in source}


def unmet_pin(name: str, source: Source, folder: Path = Path("resources")) -> str | None:
    """Return the configured checksum if the image in place has another, None otherwise.

    So pinning what is there already fetches nothing.
    """
    image = image_path(name, source, folder)
    try:
        found = json.loads(provenance_path(image).read_text())["sha256"]
    except (OSError, ValueError, KeyError):
        return None
    return source["sha256"] if source.get("sha256") not in (None, found) else None


def provenance_path(image: Path) -> Path:
    """Name the JSON file that says where an image comes from."""
    return image.with_name(f"{image.name}.json")
