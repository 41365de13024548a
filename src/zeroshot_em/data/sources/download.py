"""Bring one file over HTTP: patiently, resuming what broke off, one at a time from each host."""

import hashlib
import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from errno import ENOSPC
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import pooch
import requests
from pooch.downloaders import doi_to_repository
from tqdm import tqdm

from zeroshot_em import __version__
from zeroshot_em.data.files import read_json, write_json
from zeroshot_em.data.sources.answers import DownloadError, host_of, plain_errors
from zeroshot_em.data.sources.locks import one_at_a_time, own_folder

logger = logging.getLogger(__name__)

USER_AGENT = f"zeroshot-em/{__version__} (+https://doi.org/10.1101/2021.02.25.432265)"
CHUNK = 2**16

Result = TypeVar("Result")


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Attributes
    ----------
    timeout : float
        Seconds without a sign of life after which a connection counts as lost.
    answer : float
        Seconds within which an answer has to begin, and a record to be there as a whole.
    transfer : float
        Seconds within which one attempt has to bring a file.
    attempts : int
        How often a request is made before the server is given up.
    first_wait : float
        Seconds before the second attempt; doubled before each further one.
    longest_wait : float
        Longest wait in seconds, also when the server asks for more.
    """

    timeout: float = 30.0
    answer: float = 300.0
    transfer: float = 4 * 3600.0
    attempts: int = 4
    first_wait: float = 1.0
    longest_wait: float = 120.0


def locate(doi: str, file: str, patience: Patience) -> tuple[str, str | None]:
    """Ask the record behind a DOI for a file's address and checksum.

    Parameters
    ----------
    doi : str
        Digital object identifier of a record at Zenodo, Figshare or a Dataverse.
    file : str
        Name of the file in the record.
    patience : Patience
        How long to wait.

    Returns
    -------
    url : str
    checksum : str or None
        As ``algorithm:digest``.

    Raises
    ------
    DownloadError
        If the record does not answer, or does not hold the file.
    """

    def ask() -> tuple[str, str | None]:
        repository = doi_to_repository(
            doi,
            headers={"User-Agent": USER_AGENT},
            timeout=patience.timeout,
            hooks={"response": _refuse_bad_status},
        )
        record = SimpleNamespace(registry={})
        try:
            repository.populate_registry(record)
            return repository.download_url(file), record.registry.get(file)
        except (KeyError, TypeError) as error:
            raise DownloadError(f"the record of {doi} has a form that is not known") from error

    return _persist(patience, partial(_answer, f"https://doi.org/{doi}", patience, ask))


def _refuse_bad_status(response: requests.Response, **_: object) -> None:
    if not response.ok:
        response.close()
    response.raise_for_status()


def download(url: str, output: Path, checksum: str | None, patience: Patience) -> None:
    """Download a file; only a whole and verified one gets the final name.

    Parameters
    ----------
    url : str
        Address of the file.
    output : Path
        The file to write; what has arrived so far lies beside it, with ``.part`` added to the
        name, for a later attempt to go on from.
    checksum : str or None
        As ``algorithm:digest``.
    patience : Patience
        How long to wait.

    Raises
    ------
    DownloadError
        If the file does not arrive whole; a file with a wrong checksum is deleted.
    OSError
        If it cannot be written.
    """
    part = _Part(output, url)
    with _turn(host_of(url)):
        try:
            _persist(patience, partial(_receive, url, part, checksum, patience))
        except BaseException as error:
            if isinstance(error, OSError) or not part.version():
                part.discard()
            raise
        part.finish(output)


class _Part:
    """The bytes that have arrived, and which version of the remote file they belong to."""

    def __init__(self, output: Path, url: str):
        self.name = output.name.removeprefix(".")
        self.path = output.with_name(f"{output.name}.part")
        self._label = output.with_name(f"{output.name}.part.json")
        self._address = hashlib.sha256(url.encode()).hexdigest()

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def version(self) -> str | None:
        """Say which version the bytes are of; None if another attempt cannot go on from them."""
        try:
            label = read_json(self._label)
        except (OSError, ValueError):
            return None
        return label["version"] if label["address"] == self._address and self.size() else None

    def begin(self, version: str | None) -> None:
        self.discard()
        if version:
            write_json(self._label, {"address": self._address, "version": version})

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._label.unlink(missing_ok=True)

    def finish(self, output: Path) -> None:
        os.replace(self.path, output)
        self._label.unlink(missing_ok=True)


def _receive(url: str, part: _Part, checksum: str | None, patience: Patience) -> None:
    """Make one attempt, going on where the last one broke off if the file is still the same."""
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    if version := part.version():
        headers |= {"Range": f"bytes={part.size()}-", "If-Range": version}
    get = partial(requests.get, url, headers=headers, stream=True, timeout=patience.timeout)
    with _answer(url, patience, get) as response, plain_errors(url):
        if response.status_code == 416:
            part.discard()
            raise DownloadError("the server could not go on from where it stopped", transient=True)
        response.raise_for_status()
        resumed = _resumes(response, part)
        if not resumed:
            _refuse_web_page(response)
            part.begin(_version(response))
        _store(response, part, patience)
    _verify(part, checksum, resumed)


def _resumes(response: requests.Response, part: _Part) -> bool:
    """Say whether what comes is the rest of the file, not the whole of it."""
    if response.status_code != 206:
        return False
    goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {part.size()}-")
    if goes_on and _version(response) in (None, part.version()):
        return True
    part.discard()
    raise DownloadError("the server sent a part of another file", transient=True)


def _version(response: requests.Response) -> str | None:
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")


def _refuse_web_page(response: requests.Response) -> None:
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise DownloadError(
            f"{host_of(response.url)} sent a web page instead of the file; open the address in "
            "a browser to see what it says"
        )


def _store(response: requests.Response, part: _Part, patience: Patience) -> None:
    start, length = part.size(), _announced_length(response)
    total = None if length is None else start + length
    if length and shutil.disk_usage(part.path.parent).free < length:
        raise OSError(ENOSPC, os.strerror(ENOSPC), str(part.path))
    with part.path.open("ab") as file, _progress(part.name, start, total) as bar:
        for chunk in _chunks(response, patience.transfer):
            file.write(chunk)
            bar.update(len(chunk))
    if total is not None and part.size() != total:
        raise DownloadError(
            f"the connection ended after {part.size()} of {total} bytes", transient=True
        )


def _announced_length(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length")
    if length is not None and not length.isdecimal():
        host = host_of(response.url)
        raise DownloadError(f"{host} says that the file has {length!r} bytes, which no file has")
    return None if length is None else int(length)


def _chunks(response: requests.Response, seconds: float) -> Iterator[bytes]:
    """Yield bytes as they arrive, up to a limit on the time for all of them."""
    end = time.monotonic() + seconds
    while chunk := response.raw.read1(CHUNK):
        yield chunk
        if time.monotonic() > end:
            host = host_of(response.url)
            raise DownloadError(f"{host} did not send the whole file within {seconds:g} s")


def _progress(name: str, start: int, total: int | None) -> tqdm:
    terminal = sys.__stderr__  # also where standard error goes to a log
    return tqdm(
        desc=name,
        total=total,
        initial=start,
        unit="B",
        unit_scale=True,
        file=terminal,
        disable=None,
    )


def _verify(part: _Part, checksum: str | None, resumed: bool) -> None:
    if checksum is None:
        return
    algorithm, expected = checksum.split(":")
    found = pooch.file_hash(part.path, alg=algorithm)
    if found != expected.lower():
        part.discard()
        raise DownloadError(
            f"the file that came is not the published one: expected {algorithm} {expected}, "
            f"got {found}; it has been deleted",
            transient=resumed,
        )


def _answer(url: str, patience: Patience, ask: Callable[[], Result]) -> Result:
    """Wait for an answer, however slowly its bytes come, for a limited time.

    The limit of requests is on the time between two bytes alone.
    """
    answer: Future[Result] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        with plain_errors(url):
            return answer.result(patience.answer)
    except TimeoutError as error:
        reason = f"{host_of(url)} did not answer within {patience.answer:g} s"
        raise DownloadError(reason, transient=True) from error


def _persist(patience: Patience, attempt: Callable[[], Result]) -> Result:
    """Make attempts, with ever longer pauses, until one succeeds or no other is worth it."""
    for number in range(1, patience.attempts + 1):
        try:
            return attempt()
        except DownloadError as error:
            if not error.transient or error.retry_after > patience.longest_wait:
                raise
            if number == patience.attempts:
                raise DownloadError(f"{error}, {number} times in a row") from error
            _pause(patience, number, error)
    raise AssertionError("a request is made at least once")


def _pause(patience: Patience, number: int, error: DownloadError) -> None:
    backed_off = min(patience.first_wait * 2 ** (number - 1), patience.longest_wait)
    pause = max(backed_off, error.retry_after)
    logger.warning(
        f"{error}; trying again in {pause:.3g} s (attempt {number} of {patience.attempts} failed)"
    )
    time.sleep(pause)


@contextmanager
def _turn(host: str) -> Iterator[None]:
    """Wait until no other process of this user downloads from the host."""
    try:
        lock = own_folder() / f"{host.replace(':', '_')}.lock"
    except OSError as error:
        raise DownloadError(
            f"no lock can be made in {error.filename} ({error.strerror or error}); "
            "set TMPDIR to a folder that may be written"
        ) from error
    with one_at_a_time(lock, f"another download from {host}", keep=True):
        yield
