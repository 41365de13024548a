"""Bring one file over HTTP: patiently, resuming what broke off, one at a time from each host."""

import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from errno import ENOSPC
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar
from urllib.parse import urlsplit

import pooch
import requests
import tenacity
from filelock import BaseFileLock, FileLock, Timeout
from pooch.downloaders import doi_to_repository
from tqdm import tqdm

from zeroshot_em import __version__

logger = logging.getLogger(__name__)

USER_AGENT = f"zeroshot-em/{__version__} (+https://doi.org/10.1101/2021.02.25.432265)"
WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}
CHUNK = 2**16

Result = TypeVar("Result")


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Attributes
    ----------
    timeout : float
        Seconds without a sign of life after which a connection counts as lost.
    attempts : int
        How often a request is made before the server is given up.
    first_wait : float
        Seconds before the second attempt; doubled before each further one.
    longest_wait : float
        Longest wait in seconds, also when the server asks for more.
    """

    timeout: float = 30.0
    attempts: int = 4
    first_wait: float = 1.0
    longest_wait: float = 120.0


class DownloadError(Exception):
    """Why a file did not arrive.

    Attributes
    ----------
    transient : bool
        Whether another attempt may succeed.
    retry_after : float
        Seconds that the server asks to wait before it.
    """

    def __init__(self, reason: str, *, transient: bool = False, retry_after: float = 0.0):
        super().__init__(reason)
        self.transient = transient
        self.retry_after = retry_after


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
        with _plain_errors(f"https://doi.org/{doi}"):
            repository = doi_to_repository(
                doi,
                headers={"User-Agent": USER_AGENT},
                timeout=patience.timeout,
                hooks={"response": lambda response, **_: response.raise_for_status()},
            )
            record = SimpleNamespace(registry={})
            try:
                repository.populate_registry(record)
                url = repository.download_url(file)
            except (KeyError, TypeError) as error:
                raise DownloadError(f"the record of {doi} has a form that is not known") from error
        return url, record.registry.get(file)

    return _persist(patience, ask)


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
    with _turn(urlsplit(url).netloc):
        try:
            _persist(patience, partial(_receive, url, part, checksum, patience))
        except DownloadError:
            if not part.validator():
                part.discard()
            raise
        except OSError:
            part.discard()
            raise
        part.finish(output)


class _Part:
    """The bytes that have arrived, and which version of the remote file they belong to."""

    def __init__(self, output: Path, url: str):
        self.name = output.name.removeprefix(".")
        self.path = output.with_name(f"{output.name}.part")
        self._label = output.with_name(f"{output.name}.part.json")
        self._url = url

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def validator(self) -> str | None:
        """Say which version the bytes are of; None if another attempt cannot go on from them."""
        try:
            label = json.loads(self._label.read_text())
        except (OSError, ValueError):
            return None
        return label["validator"] if label["url"] == self._url and self.size() else None

    def begin(self, validator: str | None) -> None:
        self.discard()
        if validator:
            self._label.write_text(json.dumps({"url": self._url, "validator": validator}))

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._label.unlink(missing_ok=True)

    def finish(self, output: Path) -> None:
        os.replace(self.path, output)
        self._label.unlink(missing_ok=True)


def _receive(url: str, part: _Part, checksum: str | None, patience: Patience) -> None:
    """Make one attempt, going on where the last one broke off if the file is still the same."""
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    validator = part.validator()
    if validator:
        headers |= {"Range": f"bytes={part.size()}-", "If-Range": validator}
    with (
        _plain_errors(url),
        requests.get(url, headers=headers, stream=True, timeout=patience.timeout) as response,
    ):
        if response.status_code == 416:
            part.discard()
            raise DownloadError("the server could not go on from where it stopped", transient=True)
        response.raise_for_status()
        resumed = _resumes(response, part)
        if not resumed:
            _refuse_web_page(response)
            part.begin(_validator(response))
        _store(response, part)
    _verify(part, checksum, resumed)


def _resumes(response: requests.Response, part: _Part) -> bool:
    """Say whether what comes is the rest of the file, not the whole of it."""
    if response.status_code != 206:
        return False
    goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {part.size()}-")
    if goes_on and _validator(response) in (None, part.validator()):
        return True
    part.discard()
    raise DownloadError("the server sent a part of another file", transient=True)


def _validator(response: requests.Response) -> str | None:
    tag = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return tag
    return response.headers.get("Last-Modified")


def _refuse_web_page(response: requests.Response) -> None:
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise DownloadError(
            f"{urlsplit(response.url).netloc} sent a web page instead of the file; open the "
            "address in a browser to see what it says"
        )


def _store(response: requests.Response, part: _Part) -> None:
    start = part.size()
    length = response.headers.get("Content-Length")
    total = start + int(length) if length else None
    if length and shutil.disk_usage(part.path.parent).free < int(length):
        raise OSError(ENOSPC, os.strerror(ENOSPC), str(part.path))
    with (
        part.path.open("ab") as file,
        tqdm(
            desc=part.name,
            total=total,
            initial=start,
            unit="B",
            unit_scale=True,
            file=sys.__stderr__,  # the terminal, also where standard error goes to a log
            disable=None,
        ) as bar,
    ):
        for chunk in response.iter_content(CHUNK):
            file.write(chunk)
            bar.update(len(chunk))
    if total is not None and part.size() != total:
        raise DownloadError(
            f"the connection ended after {part.size()} of {total} bytes", transient=True
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


def _persist(patience: Patience, attempt: Callable[[], Result]) -> Result:
    """Make attempts, with ever longer pauses, until one succeeds or no other is worth it."""
    retrying = _retrying(patience)
    try:
        return retrying(attempt)
    except DownloadError as error:
        n_attempts = retrying.statistics["attempt_number"]
        if n_attempts == 1:
            raise
        raise DownloadError(f"{error}, {n_attempts} times in a row") from error


def _retrying(patience: Patience) -> tenacity.Retrying:
    def wait(state: tenacity.RetryCallState) -> float:
        backed_off = patience.first_wait * 2 ** (state.attempt_number - 1)
        return max(min(backed_off, patience.longest_wait), _error(state).retry_after)

    def announce(state: tenacity.RetryCallState) -> None:
        pause = state.next_action.sleep if state.next_action else 0
        logger.warning(
            f"{_error(state)}; trying again in {pause:.3g} s "
            f"(attempt {state.attempt_number} of {patience.attempts} failed)"
        )

    def worth_it(error: BaseException) -> bool:
        return (
            isinstance(error, DownloadError)
            and error.transient
            and error.retry_after <= patience.longest_wait
        )

    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(patience.attempts),
        wait=wait,
        retry=tenacity.retry_if_exception(worth_it),
        before_sleep=announce,
        reraise=True,
    )


def _error(state: tenacity.RetryCallState) -> DownloadError:
    assert state.outcome is not None
    error = state.outcome.exception()
    assert isinstance(error, DownloadError)
    return error


@contextmanager
def _turn(host: str) -> Iterator[None]:
    """Wait until no other process of this user downloads from the host."""
    folder = Path(tempfile.gettempdir()) / f"zeroshot-em-{getattr(os, 'getuid', int)()}"
    lock = FileLock(folder / f"{host.replace(':', '_')}.lock")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _acquire(lock, host)
    except OSError as error:
        raise DownloadError(
            f"no lock can be made in {folder} ({error.strerror or error}); "
            "set TMPDIR to a folder that may be written"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, host: str) -> None:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        logger.warning(f"waiting for another download from {host} to end")
        lock.acquire()


@contextmanager
def _plain_errors(url: str) -> Iterator[None]:
    """Turn what requests and pooch raise about a URL into a DownloadError in plain words."""
    try:
        yield
    except requests.HTTPError as error:
        raise _refusal(error) from error
    except requests.RequestException as error:
        raise _failure(error, _host(error) or urlsplit(url).netloc) from error
    except ValueError as error:
        raise DownloadError(_one_line(error)) from error


def _failure(error: requests.RequestException, host: str) -> DownloadError:
    match error:
        case requests.TooManyRedirects():
            return DownloadError(f"{host} sends round in circles (redirect loop)")
        case requests.exceptions.SSLError():
            return DownloadError(f"the certificate of {host} cannot be trusted")
        case requests.exceptions.InvalidJSONError():
            return DownloadError("its record cannot be read (the answer is not JSON); try later")
        case requests.ConnectionError() | requests.exceptions.ChunkedEncodingError():
            reason = f"the connection to {host} failed ({_root_cause(error)})"
            return DownloadError(reason, transient=True)
        case requests.Timeout():
            return DownloadError(f"{host} gave no sign of life in time", transient=True)
        case _:
            return DownloadError(_one_line(error))


def _refusal(error: requests.HTTPError) -> DownloadError:
    response = error.response
    assert response is not None
    status, host = response.status_code, urlsplit(response.url).netloc
    advice = {
        403: "; it may refuse this network for a while: try later or with a browser",
        404: "; the file may have been moved",
        410: "; the file has been withdrawn",
        429: "; it has had too many requests: try later",
    }.get(status, "")
    wait = _retry_after(response)
    if wait:
        advice += f" (in {wait:.0f} s, it says)"
    return DownloadError(
        f"{host} answered {status} {response.reason}{advice}",
        transient=status in WORTH_RETRYING,
        retry_after=wait,
    )


def _retry_after(response: requests.Response) -> float:
    """Read how many seconds to wait, given as a number or as a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "0")
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return 0.0


def _host(error: requests.RequestException) -> str:
    """Name the host that an error is about; empty if it does not say."""
    return urlsplit(str(getattr(error.request, "url", ""))).netloc


def _root_cause(error: BaseException) -> str:
    """Find the operating system's word for what happened beneath the layers of an error."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ == "NameResolutionError":
            return "its name cannot be looked up: is there a network?"
        if isinstance(cause, TimeoutError):
            return "no sign of life in time"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
        cause = cause.__cause__ or cause.__context__
    return "it ended too soon"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
