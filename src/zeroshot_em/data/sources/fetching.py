"""Bring an image from the first of its places that has it whole, and say where it came from."""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from errno import EDQUOT, EFBIG, ENOSPC
from functools import partial
from pathlib import Path
from typing import Any

import pooch

from zeroshot_em.data.files import read_json, write_json
from zeroshot_em.data.images import read_image
from zeroshot_em.data.secrets import without_secrets
from zeroshot_em.data.sources.answers import DownloadError
from zeroshot_em.data.sources.archive import MEMBER_SIZE_LIMIT, ArchiveError, extract_member
from zeroshot_em.data.sources.download import Patience, download, locate
from zeroshot_em.data.sources.locks import one_at_a_time
from zeroshot_em.data.sources.source import Source, provenance_path
from zeroshot_em.errors import InputError

logger = logging.getLogger(__name__)


class _Unusable(Exception):
    """Why a place has nothing to give, or what it gave cannot be used."""


@dataclass(frozen=True)
class _Arrival:
    """A file that a place has yielded: the image, or the archive that holds it."""

    path: Path
    origin: str
    checks: tuple[str, ...] = ()
    borrowed: bool = True


def fetch(
    source: Source,
    destination: str | os.PathLike[str],
    *,
    data_folder: str | os.PathLike[str] | None = None,
    patience: Patience = Patience(),  # noqa: B008
    size_limit: int = MEMBER_SIZE_LIMIT,
) -> dict[str, Any]:
    """Bring the image of a source into a folder, with its provenance in a JSON file beside it.

    An image that is there already and unchanged is not fetched again.

    Parameters
    ----------
    source : Source
        Where the image comes from.
    destination : path-like
        The folder for the image; it keeps its published name.
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
        to get these very bytes again. No address in it holds a secret.

    Raises
    ------
    InputError
        If no place yields the image, or the folder cannot be written; the message says what was
        tried, where a file fetched by hand may be put, and how to do without.
    """
    image = Path(destination) / source.file_name
    with _writable(image.parent):
        image.parent.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(image.parent / ".fetch.lock", f"another fetch into {image.parent}"):
            provenance = _already_there(image, source)
            if provenance is None:
                provenance = _Errand(source, image, data_folder, patience, size_limit).run()
    logger.info(f"to get these very bytes again, put this under sources: {provenance['pin']}")
    return provenance


@dataclass(frozen=True)
class _Errand:
    """One image to be had from one of several places."""

    source: Source
    image: Path
    data_folder: str | os.PathLike[str] | None
    patience: Patience
    size_limit: int
    published: dict[str, str] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        failures: list[str] = []
        for label, get in self.places():
            try:
                return self.accept(get())
            except (_Unusable, ArchiveError, DownloadError) as error:
                failures.append(f"({len(failures) + 1}) {without_secrets(label)}: {error}")
        raise InputError(
            f"{self.source.name}: {self.image.name} could not be had. "
            f"Tried: {'; '.join(failures)}. What to do: {self.by_hand()}; "
            "or run the demo, which needs no download: make demo"
        )

    def by_hand(self) -> str:
        """Say how to do without a download."""
        source = self.source
        address = f"https://doi.org/{source.doi}" if source.doi else without_secrets(source.url)
        names = source.archive_name
        if source.member:
            names += f" (or only {source.file_name} out of it)"
        got = f"get {names} by hand from {address} and put it" if address else f"put {names}"
        corrected = f"correct sources.{source.name}.path; or " if source.path else ""
        return (
            f"{corrected}{got} into a folder, and name that folder in the environment variable "
            "ZEROSHOT_EM_DATA or under data_folder in the configuration"
        )

    def places(self) -> Iterator[tuple[str, Callable[[], _Arrival]]]:
        """Yield a name for people and what brings the file, for each place in order."""
        source = self.source
        if source.path:
            yield f"path {source.path}", partial(_local, [Path(source.path).expanduser()])
        yield from self._places_by_hand()
        archive = self.image.with_name(source.archive_name)
        if source.member and archive.exists():
            yield "the archive kept", partial(_kept, archive, provenance_path(self.image))
        if source.doi:
            yield f"doi:{source.doi}", partial(self._from_doi, source.doi)
        for url in (source.url, *source.mirrors):
            if url:
                yield url, partial(self._from_url, url)

    def _places_by_hand(self) -> Iterator[tuple[str, Callable[[], _Arrival]]]:
        names = list(dict.fromkeys([self.source.file_name, self.source.archive_name]))
        environment = os.environ.get("ZEROSHOT_EM_DATA")
        by_hand = {"ZEROSHOT_EM_DATA": environment, "data_folder": self.data_folder}
        for label, where in by_hand.items():
            if where:
                base = Path(where).expanduser()
                folders = (base, base / self.source.name)
                candidates = [folder / name for folder in folders for name in names]
                yield f"{label} {base}", partial(_local, candidates)
        if not any(by_hand.values()):
            yield "a folder of files fetched by hand", partial(_local, [])

    def _from_doi(self, doi: str) -> _Arrival:
        """Download from a record, and keep the checksum that it publishes for the mirrors."""
        if not self.source.file:
            raise _Unusable("a doi needs the name of a file in the record; set file")
        url, checksum = locate(doi, self.source.file, self.patience)
        if checksum:
            self.published[self.source.archive_name] = checksum
        return self._from_url(url)

    def _from_url(self, url: str) -> _Arrival:
        output = self.image.with_name(f".{self.source.archive_name}")
        checksum = self.published.get(self.source.archive_name)
        pinned = None
        if self.source.sha256 and not self.source.member:
            pinned = f"sha256:{self.source.sha256}"
        download(url, output, checksum or pinned, self.patience)
        checks = (f"{checksum.split(':')[0]} of the record",) if checksum else ()
        return _Arrival(output, without_secrets(url), checks, borrowed=False)

    def accept(self, arrival: _Arrival) -> dict[str, Any]:
        """Check what has arrived and give it its final name, provenance first."""
        candidate = self.image.with_name(f".{self.image.name}.unchecked")
        try:
            self._unpack(arrival, candidate)
            provenance = self._examine(candidate, arrival) | self._keep_archive(arrival)
            write_json(provenance_path(self.image), provenance)
            os.replace(candidate, self.image)
        finally:
            candidate.unlink(missing_ok=True)
            if not arrival.borrowed:
                arrival.path.unlink(missing_ok=True)
        return provenance

    def _unpack(self, arrival: _Arrival, candidate: Path) -> None:
        if self.source.member and arrival.path.name != self.image.name:
            extract_member(arrival.path, self.source.member, candidate, self.size_limit)
        elif arrival.borrowed:
            shutil.copyfile(arrival.path, candidate)
        else:
            os.replace(arrival.path, candidate)

    def _keep_archive(self, arrival: _Arrival) -> dict[str, str]:
        """Return the checksum of the archive that stays beside the image, if one does."""
        archive = self.image.with_name(self.source.archive_name)
        if self.source.keep_archive and self.source.member and not arrival.borrowed:
            os.replace(arrival.path, archive)
        elif arrival.path != archive:
            return {}
        return {"archive_sha256": pooch.file_hash(str(archive))}

    def _examine(self, candidate: Path, arrival: _Arrival) -> dict[str, Any]:
        checks = [*arrival.checks, *self._compare(candidate, arrival)]
        if not checks and not self.source.path:
            logger.warning(
                f"{self.image.name} from {arrival.origin} was compared with no checksum; "
                "set sha256 to hold it to one"
            )
        sha256 = pooch.file_hash(str(candidate))
        entry = self.source.to_mapping()
        return {
            "name": self.source.name,
            "file": self.image.name,
            "source": entry,
            "origin": arrival.origin,
            "checks": checks,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "size": candidate.stat().st_size,
            "sha256": sha256,
            "image": self._facts(candidate),
            "pin": f"{self.source.name}: {json.dumps(entry | {'sha256': sha256})}",
        }

    def _compare(self, candidate: Path, arrival: _Arrival) -> list[str]:
        expected, found = self.source.sha256, pooch.file_hash(str(candidate))
        if expected and found != expected:
            raise _Unusable(
                f"{self.image.name} is not the pinned image: expected sha256 {expected}, "
                f"got {found}" + ("" if arrival.borrowed else "; it has been deleted")
            )
        return ["sha256 of the configuration"] if expected else []

    def _facts(self, candidate: Path) -> dict[str, Any]:
        try:
            read = read_image(candidate)
        except InputError as error:
            reason = str(error).removeprefix(f"{candidate}: ")
            raise _Unusable(f"{self.image.name} came, but {reason}") from error
        height, width = read.pixels.shape
        size = read.pixel_size_nm
        return {"height": height, "width": width, "dtype": read.dtype, "pixel_size_nm": size}


def _local(candidates: list[Path]) -> _Arrival:
    for path in candidates:
        if path.is_file():
            if not os.access(path, os.R_OK):
                raise _Unusable(f"{path} may not be read; check its permissions")
            return _Arrival(path, str(path))
    if not candidates:
        raise _Unusable("none is set")
    raise _Unusable(f"no {' and no '.join(dict.fromkeys(path.name for path in candidates))} there")


def _kept(archive: Path, provenance: Path) -> _Arrival:
    """Take the archive that was kept if it is what it was then."""
    arrival = _local([archive])
    try:
        expected = read_json(provenance)["archive_sha256"]
    except (OSError, ValueError, KeyError):
        return arrival
    if pooch.file_hash(str(archive)) != expected:
        raise _Unusable(f"{archive.name} is not what it was when it was kept")
    return replace(arrival, checks=("sha256 of the archive when it was kept",))


def _already_there(image: Path, source: Source) -> dict[str, Any] | None:
    """Return the provenance of an image that is what the source asks for, if it is there."""
    try:
        provenance = read_json(provenance_path(image))
        unchanged = pooch.file_hash(str(image)) == provenance["sha256"]
        before = Source.from_mapping(source.name, provenance["source"])
    except (OSError, ValueError, KeyError):
        return None
    same_pin = source.sha256 in (None, provenance["sha256"])
    is_same = unchanged and same_pin and before.origin() == source.origin()
    return provenance if is_same and not source.path else None


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
