"""Keep what opens doors out of what is printed and written: names, passwords and tokens in URLs."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)


def without_secrets(value: Any) -> Any:
    """Return text, or what JSON can hold, with the secrets taken out of every URL in it.

    A user's name and password are left out. A query or fragment is replaced by a fingerprint, by
    which two addresses are still told apart.
    """
    if isinstance(value, str):
        return _URL.sub(lambda found: _shown(found[0]), value)
    if isinstance(value, Mapping):
        return {key: without_secrets(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(part) for part in value]
    return value


def _shown(url: str) -> str:
    address, *hidden = re.split(r"(?=[?#])", url, maxsplit=1)
    scheme, _, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    shown = f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
    if not hidden or hidden[0].startswith("?hidden-"):
        return shown + "".join(hidden)
    return f"{shown}?hidden-{hashlib.sha256(hidden[0].encode()).hexdigest()[:8]}"
