"""Fetch images whole and verified, or not at all.

A source (`Source`) is looked for in this order, and the first place
that yields a verified, readable image wins:

1. the source's own ``path``;
2. a folder of files fetched by hand: the environment variable ``ZEROSHOT_EM_DATA``, then the
   configuration's ``data_folder``; the image or the archive that holds it, in the folder itself
   or in a folder in it that is named after the source;
3. the archive kept beside the image by ``keep_archive``;
4. the record behind the ``doi``;
5. the ``url``;
6. the ``mirrors``, in turn.

The catalogue of images that can be fetched by name is data of this package
(``catalogue.toml``), so that it is at hand without a checkout; an entry of the
configuration's ``sources`` with the same name replaces the catalogue's.
"""

import importlib
from typing import Any

from zeroshot_em.data.sources.registry import catalogue, find, registry
from zeroshot_em.data.sources.source import Source, provenance_path

__all__ = ["Patience", "Source", "catalogue", "fetch", "find", "provenance_path", "registry"]

_HOMES = {
    "fetch": "zeroshot_em.data.sources.fetching",
    "Patience": "zeroshot_em.data.sources.download",
}


def __getattr__(name: str) -> Any:
    """Import what downloads only when it is used: the workflow needs the names alone."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
