"""Draw a figure and write its files."""

import importlib
import os

from zeroshot_em.show.captions import Caption
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.style import Page, house_style

__all__ = ["Materials", "make_figure", "write_figure"]


def make_figure(
    name: str,
    materials: Materials,
    *,
    png: str | os.PathLike[str],
    pdf: str | os.PathLike[str],
    caption: str | os.PathLike[str],
) -> Caption:
    """Make one figure: PNG, PDF and the text of its caption, which both contain.

    Parameters
    ----------
    name : str
        One of `zeroshot_em.show.figures.FIGURES`.
    materials : Materials
        What it is made from; the table says which files it needs.
    png, pdf, caption : path-like
        Files to write.

    Returns
    -------
    Caption
    """
    module = importlib.import_module(f"zeroshot_em.show.figures.{name}")
    with house_style():
        page, words = module.draw(materials)
    write_figure(page, words, png=png, pdf=pdf, caption=caption)
    return words


def write_figure(
    page: Page,
    words: Caption,
    *,
    png: str | os.PathLike[str],
    pdf: str | os.PathLike[str],
    caption: str | os.PathLike[str],
) -> None:
    """Write a page as PNG and PDF, its caption within them and beside them."""
    page.save(png, pdf, title=words.title, caption=words.text, keywords=words.keywords)
    words.write(caption)
