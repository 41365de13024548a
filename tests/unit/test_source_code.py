"""A change of code that a result depends on changes its hash."""

import pytest

from zeroshot_em.run import source_code


def forget():
    """Let files that have changed be looked at again."""
    for look in (source_code.imported_modules, source_code.module_file, source_code.data_files):
        look.cache_clear()


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
    monkeypatch.setattr(source_code, "_SOURCE_ROOT", tmp_path)
    forget()
    yield folder
    forget()


def hash_after(package, name, text):
    (package / name).write_text(text)
    forget()
    return source_code.source_hash("zeroshot_em.a")


@pytest.mark.parametrize("name", ["a.py", "b.py", "page/maker.py"])
def test_the_hash_follows_imports(package, name):
    before = source_code.source_hash("zeroshot_em.a")
    text = (package / name).read_text()
    assert hash_after(package, name, text + "# changed\n") != before
    assert hash_after(package, name, text) == before


@pytest.mark.parametrize(
    "head",
    [
        "if x:\n    pass\nelse:\n    ",
        "try:\n    pass\nexcept E:\n    ",
        "try:\n    pass\nfinally:\n    ",
        "match x:\n    case 1:\n        ",
        "class A:\n    async def f():\n        with x:\n            ",
    ],
)
def test_an_import_is_found_wherever_it_stands(head, tmp_path):
    file = tmp_path / "file.py"
    file.write_text(f"{head}from zeroshot_em import (\n        b,\n        c as d,\n    )\n")
    assert source_code.imported_modules(file) == (
        "zeroshot_em", "zeroshot_em.b", "zeroshot_em.c",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["c.py", "__init__.py"])
def test_the_hash_ignores_what_is_not_imported(package, name):
    before = source_code.source_hash("zeroshot_em.a")
    assert hash_after(package, name, "x = 2\n") == before


def test_data_files_of_an_imported_package_count(package):
    before = source_code.source_hash("zeroshot_em.page")
    (package / "page" / "page.js").write_text("2")
    forget()
    assert source_code.source_hash("zeroshot_em.page") != before


def test_the_models_hash_covers_kernels_but_not_figures():
    names = {path.name for path in source_code.source_files("zeroshot_em.core.enhancement")}
    assert {"enhancement.py", "model.py", "_kernels.py", "patches.py", "parallel.py"} <= names
    assert not {"colorize.py", "metrics.py", "captions.py"} & names


@pytest.mark.parametrize("name", ["a.py", "b.py", "c.py"])
def test_the_hash_of_a_script_follows_its_imports_and_the_modules_it_is_given(
    package, tmp_path, name
):
    script = tmp_path / "script.py"
    script.write_text("with log():\n    from zeroshot_em.a import f\n")
    before = source_code.script_hash(script), source_code.script_hash(script, "zeroshot_em.c")
    (package / name).write_text((package / name).read_text() + "# changed\n")
    forget()
    after = source_code.script_hash(script), source_code.script_hash(script, "zeroshot_em.c")
    assert (before[0] != after[0]) == (name != "c.py")
    assert before[1] != after[1]
