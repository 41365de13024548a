"""What servers answer, and what goes wrong on the way, in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
import urllib3

from zeroshot_em.data.secrets import without_secrets

WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}
ADVICE = {
    403: "; it may refuse this network for a while: try later or with a browser",
    404: "; the file may have been moved",
    410: "; the file has been withdrawn",
    429: "; it has had too many requests: try later",
}


class DownloadError(Exception):
    """Why a file did not arrive, with no secret in it.

    Attributes
    ----------
    transient : bool
        Whether another attempt may succeed.
    retry_after : float
        Seconds that the server asks to wait before it.
    """

    def __init__(self, reason: str, *, transient: bool = False, retry_after: float = 0.0):
        super().__init__(without_secrets(" ".join(reason.split()).rstrip(".")))
        self.transient = transient
        self.retry_after = retry_after


def host_of(url: str) -> str:
    """Name the host of an address, with its port, without a user's name and password."""
    return urlsplit(url).netloc.rpartition("@")[2]


@contextmanager
def plain_errors(url: str) -> Iterator[None]:
    """Turn what requests and pooch raise about an address into a DownloadError in plain words."""
    try:
        yield
    except requests.HTTPError as error:
        raise _refusal(error) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        about = str(getattr(getattr(error, "request", None), "url", "") or url)
        raise _failure(error, host_of(about)) from error
    except ValueError as error:
        raise DownloadError(str(error)) from error


def _refusal(error: requests.HTTPError) -> DownloadError:
    response = error.response
    assert response is not None
    status, host, wait = response.status_code, host_of(response.url), _retry_after(response)
    advice = ADVICE.get(status, "") + (f" (in {wait:.0f} s, it says)" if wait else "")
    return DownloadError(
        f"{host} answered {status} {response.reason}{advice}",
        transient=status in WORTH_RETRYING,
        retry_after=wait,
    )


def _retry_after(response: requests.Response) -> float:
    retry = urllib3.Retry(retry_after_max=10**9)
    try:
        return retry.parse_retry_after(response.headers.get("Retry-After", "0"))
    except urllib3.exceptions.InvalidHeader:
        return 0.0


def _failure(error: Exception, host: str) -> DownloadError:
    match error:
        case requests.TooManyRedirects():
            return DownloadError(f"{host} sends round in circles (redirect loop)")
        case requests.exceptions.SSLError() | urllib3.exceptions.SSLError():
            return DownloadError(f"the certificate of {host} cannot be trusted")
        case requests.exceptions.InvalidJSONError():
            return DownloadError("its record cannot be read (the answer is not JSON); try later")
        case requests.Timeout() | urllib3.exceptions.TimeoutError():
            return DownloadError(f"{host} gave no sign of life in time", transient=True)
        case requests.ConnectionError() | urllib3.exceptions.HTTPError():
            reason = f"the connection to {host} failed ({_root_cause(error)})"
            return DownloadError(reason, transient=True)
    return DownloadError(str(error))


def _root_cause(error: BaseException | None) -> str:
    """Find the operating system's word for what happened beneath the layers of an error."""
    while error is not None:
        if isinstance(error, urllib3.exceptions.NameResolutionError):
            return "its name cannot be looked up: is there a network?"
        if isinstance(error, TimeoutError):
            return "no sign of life in time"
        if isinstance(error, OSError) and error.strerror:
            return error.strerror.lower()
        error = error.__cause__ or error.__context__
    return "it ended too soon"
