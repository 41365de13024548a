import json
import re

import pytest

import zeroshot_em
from zeroshot_em.data import provenance


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package in place of this one: a imports b inside a function, c stands alone."""
    folder = tmp_path / "zeroshot_em"
    (folder / "page").mkdir(parents=True)
    (folder / "__init__.py").write_text("from zeroshot_em.c import x\n")
    (folder / "a.py").write_text("def f():\n    from zeroshot_em import b\n")
    (folder / "b.py").write_text("import zeroshot_em.page.maker\n")
    (folder / "c.py").write_text("x = 1\n")
    (folder / "page" / "__init__.py").write_text("from zeroshot_em.page import maker\n")
    (folder / "page" / "maker.py").write_text("")
    (folder / "page" / "page.js").write_text("1")
    monkeypatch.setattr(provenance, "_SOURCE_ROOT", tmp_path)
    provenance.source_hash.cache_clear()
    yield folder
    provenance.source_hash.cache_clear()


def hash_after(package, name, text):
    (package / name).write_text(text)
    provenance.source_hash.cache_clear()
    return provenance.source_hash("zeroshot_em.a")


@pytest.mark.parametrize("name", ["a.py", "b.py", "page/maker.py"])
def test_the_hash_follows_imports(package, name):
    before = provenance.source_hash("zeroshot_em.a")
    text = (package / name).read_text()
    assert hash_after(package, name, text + "# changed\n") != before
    assert hash_after(package, name, text) == before


@pytest.mark.parametrize("name", ["c.py", "__init__.py"])
def test_the_hash_ignores_what_is_not_imported(package, name):
    before = provenance.source_hash("zeroshot_em.a")
    assert hash_after(package, name, "x = 2\n") == before


def test_data_files_of_an_imported_package_count(package):
    before = provenance.source_hash("zeroshot_em.page")
    (package / "page" / "page.js").write_text("2")
    provenance.source_hash.cache_clear()
    assert provenance.source_hash("zeroshot_em.page") != before


def test_the_models_hash_covers_kernels_but_not_figures():
    names = {path.name for path in provenance._source_files("zeroshot_em.core.enhancement")}
    assert {"enhancement.py", "model.py", "_kernels.py", "patches.py", "parallel.py"} <= names
    assert not {"colorize.py", "metrics.py", "captions.py"} & names


RECORDS_ONLY = {"reporting.py", "provenance.py"}


def rules_with_a_script(root):
    """Yield the name of each rule with a hash of its own, the modules hashed and its script."""
    for path in sorted((root / "workflow/rules").glob("*.smk")):
        for block in re.split(r"^(?:use )?rule ", path.read_text(), flags=re.M)[1:]:
            script = re.search(r'"\.\./scripts/(\w+\.py)"', block)
            hashed = re.search(r"code=source_hash\((.*?)\)", block, re.S)
            if script and hashed:
                modules = re.findall(r'"([\w.]+)"', hashed[1])
                yield block.split(":")[0], modules, root / "workflow/scripts" / script[1]


def test_the_hash_of_a_rule_covers_all_that_its_script_imports(root):
    names = set()
    for name, modules, script in rules_with_a_script(root):
        names.add(name)
        used = provenance._source_files(*provenance._imported_modules(script))
        records = {path for path in used if path.name in RECORDS_ONLY}
        assert used - records <= provenance._source_files(*modules), name
    assert {"simulate", "preprocess", "fit", "reconstruct", "bm3d", "cell_mask"} <= names


def test_a_manifest_names_outputs_with_checksums(tmp_path):
    output, source = tmp_path / "map.tif", tmp_path / "source.json"
    output.write_bytes(b"abc")
    source.write_text('{"doi": "10.1/2"}')
    target = tmp_path / "manifest.json"
    provenance.write_manifest(
        target, outputs=[str(output)], provenance={"scene": str(source)}, config={"seed": 3}
    )
    manifest = json.loads(target.read_text())
    assert manifest["outputs"][str(output)] == {
        "bytes": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    }
    assert manifest["sources"] == {"scene": {"doi": "10.1/2"}}
    assert manifest["config"] == {"seed": 3}
    assert manifest["versions"]["numpy"]
    assert manifest["versions"]["zeroshot-em"] == zeroshot_em.__version__
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "manifest.json", "map.tif", "source.json",
    ]  # fmt: skip
