"""Bring an image from the first of its places that has it whole, and say where it came from."""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from errno import EDQUOT, EFBIG, ENOSPC
from functools import partial
from pathlib import Path
from typing import Any

import pooch
from filelock import FileLock

from zeroshot_em.data.files import atomic_path
from zeroshot_em.data.images import read_image
from zeroshot_em.data.sources.archive import MEMBER_SIZE_LIMIT, ArchiveError, extract_member
from zeroshot_em.data.sources.download import DownloadError, Patience, download, locate
from zeroshot_em.data.sources.registry import (
    Source,
    archive_name,
    file_name,
    origin,
    provenance_path,
)
from zeroshot_em.errors import InputError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Arrival:
    """A file that a place has yielded: the image, or the archive that holds it."""

    path: Path
    origin: str
    checks: list[str]
    borrowed: bool


@dataclass(frozen=True)
class _Place:
    """A place to look in: its name for people, and what brings the file from there."""

    label: str
    get: Callable[[], _Arrival]


class _Unusable(Exception):
    """Why a place has nothing to give, or what it gave cannot be used."""


def fetch(
    source: Source,
    destination: str | os.PathLike[str],
    *,
    name: str | None = None,
    data_folder: str | os.PathLike[str] | None = None,
    patience: Patience = Patience(),  # noqa: B008
    size_limit: int = MEMBER_SIZE_LIMIT,
) -> dict[str, Any]:
    """Bring the image of a source into a folder, with its provenance in a JSON file beside it.

    An image that is there already and unchanged is not fetched again.

    Parameters
    ----------
    source : mapping
        Where the image comes from; see `zeroshot_em.data.sources.registry`.
    destination : path-like
        The folder for the image; it keeps its published name.
    name : str or None
        The source's name in the configuration or the catalogue, for messages and the pinned
        entry.
    data_folder : path-like or None
        A folder of files fetched by hand.
    patience : Patience
        Time-outs and attempts of a download.
    size_limit : int
        Largest size in bytes of an image taken out of an archive.

    Returns
    -------
    dict
        The provenance: ``file``, ``source``, ``origin``, ``checks``, ``date``, ``size`` in
        bytes, ``sha256``, ``image`` (height, width, dtype and the file's own pixel size in nm),
        ``archive_sha256`` where the archive is kept, and ``pin``, the line to put under ``sources``
        to get these very bytes again.

    Raises
    ------
    InputError
        If no place yields the image, or the folder cannot be written; the message says what was
        tried, where a file fetched by hand may be put, and how to do without.
    """
    folder = Path(destination)
    image = folder / file_name(source)
    name = name or image.stem
    with _writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".fetch.lock"):
            provenance = _already_there(image, source)
            if provenance is None:
                provenance = _fetch(source, image, name, data_folder, patience, size_limit)
    logger.info(f"to get these very bytes again, put this under sources: {provenance['pin']}")
    return provenance


def _fetch(
    source: Source,
    image: Path,
    name: str,
    data_folder: str | os.PathLike[str] | None,
    patience: Patience,
    size_limit: int,
) -> dict[str, Any]:
    failures: list[str] = []
    for place in _places(source, image.parent, name, data_folder, patience):
        try:
            arrival = place.get()
            return _accept(arrival, source, image, name, size_limit)
        except (_Unusable, ArchiveError, DownloadError) as error:
            failures.append(f"({len(failures) + 1}) {place.label}: {error}")
    raise InputError(
        f"{name}: {image.name} could not be had. Tried: {'; '.join(failures)}. "
        f"What to do: {_by_hand(source, name)}; or run the demo, which needs no download: make demo"
    )


def _by_hand(source: Source, name: str) -> str:
    address = f"https://doi.org/{source['doi']}" if source.get("doi") else source.get("url")
    names = archive_name(source)
    if source.get("member"):
        names += f" (or only {file_name(source)} out of it)"
    got = f"get {names} by hand from {address} and put it" if address else f"put {names}"
    corrected = f"correct sources.{name}.path; or " if source.get("path") else ""
    return (
        f"{corrected}{got} into a folder, and name that folder in the environment variable "
        "ZEROSHOT_EM_DATA or under data_folder in the configuration"
    )


# --- the places, in order ------------------------------------------------------------------


def _places(
    source: Source,
    folder: Path,
    name: str,
    data_folder: str | os.PathLike[str] | None,
    patience: Patience,
) -> Iterator[_Place]:
    names = list(dict.fromkeys([file_name(source), archive_name(source)]))
    if source.get("path"):
        yield _Place(f"path {source['path']}", partial(_local, [Path(source["path"]).expanduser()]))
    by_hand = {"ZEROSHOT_EM_DATA": os.environ.get("ZEROSHOT_EM_DATA"), "data_folder": data_folder}
    for label, where in by_hand.items():
        if where:
            base = Path(where).expanduser()
            candidates = [base / one for one in names] + [base / name / one for one in names]
            yield _Place(f"{label} {base}", partial(_local, candidates))
    if not any(by_hand.values()):
        yield _Place("a folder of files fetched by hand", partial(_local, []))
    archive, image = folder / archive_name(source), folder / file_name(source)
    if source.get("member") and archive.exists():
        yield _Place("the archive kept", partial(_kept, archive, provenance_path(image)))
    published: dict[str, str] = {}
    if source.get("doi"):
        get = partial(_from_doi, source, folder, published, patience)
        yield _Place(f"doi:{source['doi']}", get)
    for url in filter(None, [source.get("url"), *source.get("mirrors", [])]):
        yield _Place(url, partial(_from_url, url, source, folder, published, patience))


def _local(candidates: list[Path]) -> _Arrival:
    for path in candidates:
        if path.is_file():
            if not os.access(path, os.R_OK):
                raise _Unusable(f"{path} may not be read; check its permissions")
            return _Arrival(path, str(path), [], borrowed=True)
    if not candidates:
        raise _Unusable("none is set")
    raise _Unusable(f"no {' and no '.join(dict.fromkeys(path.name for path in candidates))} there")


def _kept(archive: Path, provenance: Path) -> _Arrival:
    """Take the archive that was kept if it is what it was then."""
    arrival = _local([archive])
    try:
        expected = json.loads(provenance.read_text())["archive_sha256"]
    except (OSError, ValueError, KeyError):
        return arrival
    if pooch.file_hash(str(archive)) != expected:
        raise _Unusable(f"{archive.name} is not what it was when it was kept")
    return replace(arrival, checks=["sha256 of the archive when it was kept"])


def _from_doi(
    source: Source, folder: Path, published: dict[str, str], patience: Patience
) -> _Arrival:
    """Download from a record, and keep the checksum that it publishes for the mirrors."""
    if not source.get("file"):
        raise _Unusable("a doi needs the name of a file in the record; set file")
    url, checksum = locate(source["doi"], source["file"], patience)
    if checksum:
        published[archive_name(source)] = checksum
    return _from_url(url, source, folder, published, patience)


def _from_url(
    url: str, source: Source, folder: Path, published: dict[str, str], patience: Patience
) -> _Arrival:
    output = folder / f".{archive_name(source)}"
    checksum = published.get(archive_name(source))
    pinned = None
    if source.get("sha256") and not source.get("member"):
        pinned = f"sha256:{source['sha256']}"
    download(url, output, checksum or pinned, patience)
    checks = [f"{checksum.split(':')[0]} of the record"] if checksum else []
    return _Arrival(output, url, checks, borrowed=False)


# --- what has arrived ----------------------------------------------------------------------


def _accept(
    arrival: _Arrival, source: Source, image: Path, name: str, size_limit: int
) -> dict[str, Any]:
    """Check what has arrived and give it its final name, provenance first."""
    candidate = image.with_name(f".{image.name}.unchecked")
    try:
        if source.get("member") and arrival.path.name != image.name:
            extract_member(arrival.path, source["member"], candidate, size_limit)
        elif arrival.borrowed:
            shutil.copyfile(arrival.path, candidate)
        else:
            os.replace(arrival.path, candidate)
        provenance = _examine(candidate, arrival, source, image, name)
        archive = image.with_name(archive_name(source))
        is_kept = source.get("keep_archive") and source.get("member") and not arrival.borrowed
        if is_kept or arrival.path == archive:
            provenance["archive_sha256"] = pooch.file_hash(str(arrival.path))
        with atomic_path(provenance_path(image)) as path:
            path.write_text(json.dumps(provenance, indent=2) + "\n")
        os.replace(candidate, image)
        if is_kept:
            os.replace(arrival.path, archive)
    finally:
        candidate.unlink(missing_ok=True)
        if not arrival.borrowed:
            arrival.path.unlink(missing_ok=True)
    return provenance


def _examine(
    candidate: Path, arrival: _Arrival, source: Source, image: Path, name: str
) -> dict[str, Any]:
    sha256 = pooch.file_hash(str(candidate))
    expected = source.get("sha256")
    if expected and sha256 != expected:
        raise _Unusable(
            f"{image.name} is not the pinned image: expected sha256 {expected}, got {sha256}"
            + ("" if arrival.borrowed else "; it has been deleted")
        )
    try:
        read = read_image(candidate)
    except InputError as error:
        reason = str(error).removeprefix(f"{candidate}: ")
        raise _Unusable(f"{image.name} came, but {reason}") from error
    checks = arrival.checks + (["sha256 of the configuration"] if expected else [])
    if not checks and not source.get("path"):
        logger.warning(
            f"{image.name} from {arrival.origin} was compared with no checksum; "
            "set sha256 to hold it to one"
        )
    entry = {key: value for key, value in source.items() if key != "tested"}
    return {
        "name": name,
        "file": image.name,
        "source": entry,
        "origin": arrival.origin,
        "checks": checks,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "size": candidate.stat().st_size,
        "sha256": sha256,
        "image": {
            "height": read.pixels.shape[0],
            "width": read.pixels.shape[1],
            "dtype": read.dtype,
            "pixel_size_nm": read.pixel_size_nm,
        },
        "pin": f"{name}: {json.dumps(entry | {'sha256': sha256})}",
    }


def _already_there(image: Path, source: Source) -> dict[str, Any] | None:
    """Return the provenance of an image that is what the source asks for, if it is there."""
    try:
        provenance = json.loads(provenance_path(image).read_text())
        unchanged = pooch.file_hash(str(image)) == provenance["sha256"]
    except (OSError, ValueError, KeyError):
        return None
    same_origin = origin(provenance.get("source", {})) == origin(source)
    same_pin = source.get("sha256") in (None, provenance["sha256"])
    followed = bool(source.get("path"))
    return provenance if unchanged and same_origin and same_pin and not followed else None


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Turn the errors of a full disk or a folder that may not be written into one plain line."""
    try:
        yield
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT, EFBIG):
            reason = "the disk is full; free some space or choose a folder on another disk"
        else:
            reason = f"{error.strerror or error}; choose a folder that may be written"
        raise InputError(f"nothing can be written into {folder}: {reason}") from error
