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

import lazy_loader

# What downloads is imported only when it is used: the workflow needs the names alone.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "download": ["Patience"],
        "fetching": ["fetch"],
        "registry": ["catalogue", "find"],
        "source": ["Source", "provenance_path"],
    },
)
