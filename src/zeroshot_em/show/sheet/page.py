"""The contact sheet itself: a card for each image."""

import html
import os
from collections.abc import Mapping, Sequence
from typing import Any

from zeroshot_em.data.files import atomic_path
from zeroshot_em.show.page import assets_of, render

Summary = Mapping[str, Any]


def write_contact_sheet(
    destination: str | os.PathLike[str], summaries: Sequence[Summary], *, title: str
) -> None:
    """Write a page with a card for each enhanced image, linked to its page and its maps.

    Pictures, pages and maps are named by their places beside the page: ``thumbnails/<image>.jpg``,
    ``pages/<image>.html``, ``<image>_denoised.tif`` and so on.

    Parameters
    ----------
    destination : path-like
        The HTML file to write.
    summaries : sequence of mapping
        A summary of each image as of `summary_of`, with its name as ``image`` and its ``seconds``.
    title : str
        The page's heading.
    """
    page = render(
        __package__,
        title=title,
        images_from="'self' file: data:",
        script=assets_of(__package__).joinpath("filter.js").read_text(encoding="utf-8"),
        overview=html.escape(_overview(summaries)),
        cards="\n".join(_card(summary) for summary in summaries),
    )
    with atomic_path(destination) as path:
        path.write_text(page, encoding="utf-8")


def _overview(summaries: Sequence[Summary]) -> str:
    n_warned = sum(bool(summary["warnings"]) for summary in summaries)
    images = "1 image" if len(summaries) == 1 else f"{len(summaries)} images"
    warned = f"{n_warned} with a warning" if n_warned else "none with a warning"
    return f"{images}, {warned}"


def _card(summary: Summary) -> str:
    name = html.escape(summary["image"], quote=True)
    facts = "".join(f"<li>{html.escape(fact)}</li>" for fact in _facts(summary))
    warned = "".join(f'<p class="warning">{html.escape(w)}</p>' for w in summary["warnings"])
    links = "".join(
        f'<a href="{name}_{file}">{words}</a>'
        for file, words in (
            ("denoised.tif", "denoised"),
            ("variance.tif", "variance"),
            ("preview.png", "preview"),
        )
    )
    return (
        f'<article class="card"{" data-warned" if warned else ""}>'
        f'<a class="picture" href="pages/{name}.html"><img src="thumbnails/{name}.jpg" '
        f'loading="lazy" alt="{name}: denoised image, variance and their middle"></a>'
        f'<h2><a href="pages/{name}.html">{name}</a></h2><ul>{facts}</ul>{warned}'
        f'<p class="files">{links}</p></article>'
    )


def _facts(summary: Summary) -> list[str]:
    settings, size = summary["settings"], summary["pixel_size_nm"]
    scale = f" of {size:.4g} nm" if size else ""
    patches = f"{settings['patch_size']} × {settings['patch_size']} patches"
    return [
        f"{summary['width']} × {summary['height']} pixels{scale}",
        summary["noise_in_words"],
        f"{settings['model'].upper()}, {patches}, {settings['n_components']} components, "
        f"{summary['seconds']:g} s",
    ]
