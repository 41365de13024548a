"""A page as one file of HTML: what all pages share, and what a kind of page adds to it."""

import html
import re
from importlib.resources import files
from importlib.resources.abc import Traversable


def assets_of(package: str) -> Traversable:
    """Return the folder of a package's templates, styles and scripts."""
    return files(package).joinpath("assets")


def render(package: str, *, title: str, images_from: str, **parts: str) -> str:
    """Return a page of the kind that a package describes.

    Parameters
    ----------
    package : str
        Its assets hold ``body.html``, with a place ``{{name}}`` for each part and for the title,
        and ``style.css``.
    title : str
        Of the page, as text.
    images_from : str
        Where pictures may come from, as a content security policy names it.
    **parts : str
        HTML.
    """
    heading = html.escape(title)
    style = "\n".join(_read(one, "style.css") for one in (__package__, package))
    body = _fill(_read(package, "body.html"), title=heading, **parts)
    page = _read(__package__, "page.html")
    return _fill(page, title=heading, images_from=images_from, style=style, body=body)


def _fill(template: str, **parts: str) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def _read(package: str, name: str) -> str:
    return assets_of(package).joinpath(name).read_text(encoding="utf-8").rstrip()
