"""The shape of the package: floors, no circles, short functions, short files."""

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src/zeroshot_em"
FLOORS = {"errors": 0, "core": 1, "data": 2, "show": 3, "run": 4, "cli": 5, "napari": 5}
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)

FILES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
TREES = {name: ast.parse(path.read_bytes()) for name, path in FILES.items()}


def imported(name: str) -> set[str]:
    """The modules of the package that a module imports, at any depth of indentation."""
    found = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one if one in FILES else node.module for one in names}
    return found & set(FILES) - {name, "zeroshot_em"}


def floor(name: str) -> int:
    """The floor of a module; the faces at the top stand above all."""
    return FLOORS.get(f"{name}.".split(".")[1], max(FLOORS.values()))


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, FUNCTION):
                yield name, node


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def n_arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return len([argument for argument in named if argument.arg not in ("self", "cls")])


@pytest.mark.parametrize("name", FILES)
def test_no_module_imports_from_a_floor_above(name):
    if name.startswith("zeroshot_em."):
        assert not {other for other in imported(name) if floor(other) > floor(name)}


def test_no_imports_go_in_a_circle():
    left = {name: imported(name) for name in FILES if name != "zeroshot_em"}
    while free := {name for name, needs in left.items() if not needs & set(left)}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert not left


def test_no_file_is_over_400_lines():
    lengths = {name: len(path.read_text().splitlines()) for name, path in FILES.items()}
    assert {name for name, length in lengths.items() if length > 400} == set()


def test_no_function_takes_more_than_eight_arguments():
    assert {f"{name}.{f.name}" for name, f in functions() if n_arguments(f) > 8} == set()


def test_functions_are_short():
    lengths = [body_length(function) for _, function in functions()]
    assert np.median(lengths) <= 7
    assert np.percentile(lengths, 90) <= 20
