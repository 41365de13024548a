"""The pages of the documentation: what they link, what they run, what they say of warnings."""

import doctest
import importlib
import re
import runpy
import warnings
from pathlib import Path

import pytest

from zeroshot_em.core.noise import estimate_noise

DOCS = Path(__file__).resolve().parents[2] / "docs"
DOCUMENTED = re.findall(r"^::: (\S+)$", (DOCS / "python.md").read_text("utf-8"), re.MULTILINE)
DEFECTS = runpy.run_path(str(DOCS / "pictures" / "make.py"))["DEFECTS"]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_examples_of_the_interface_give_what_they_say(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module, attribute = name.rsplit(".", 1)
    documented = getattr(importlib.import_module(module), attribute)
    for example in doctest.DocTestFinder().find(documented, name):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert doctest.DocTestRunner().run(example).failed == 0


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert [link for link in linked if not (DOCS / link).resolve().is_relative_to(DOCS)] == []
    assert [link for link in linked if not (DOCS / link).exists()] == []


@pytest.mark.parametrize("name", DEFECTS)
def test_the_picture_of_a_warning_is_of_an_image_that_brings_it_about(name):
    page = (DOCS / "image-looks-wrong.md").read_text("utf-8")
    heading, shown = re.search(rf'## "([^"]+)"\n\n!.*\(pictures/({name})\.png\)', page).groups()
    said = heading.removeprefix("... ").removesuffix(" ...")
    assert any(said in warning for warning in estimate_noise(DEFECTS[name]()).warnings)
    assert (DOCS / "pictures" / f"{shown}.png").stat().st_size < 200_000
