"""Hashes of the source code that a result depends on, so that a change of it makes it stale."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_SOURCE_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = __name__.split(".")[0]


def script_hash(script: Path, *modules: str) -> str:
    """Return a hash of all that a script imports from this package, directly or not.

    Parameters
    ----------
    script : Path
    *modules : str
        Further modules, such as those that the script imports by a name it is given.
    """
    return source_hash(*imported_modules(script), *modules)


def source_hash(*modules: str) -> str:
    """Return a hash of the source of modules and of all they import from this package.

    Data files beside an imported package's ``__init__.py`` count as source.

    Parameters
    ----------
    *modules : str
        Dotted names, such as ``zeroshot_em.core.enhancement``.

    Returns
    -------
    str
        The first 16 hexadecimal digits of a sha256.
    """
    digest = hashlib.sha256()
    for path in sorted(source_files(*modules)):
        digest.update(path.relative_to(_SOURCE_ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def source_files(*modules: str) -> set[Path]:
    """Return the files that `source_hash` looks at."""
    found: set[Path] = set()
    seen, waiting = set(modules), list(modules)
    while waiting:
        path = module_file(waiting.pop())
        if path is None or path in found:
            continue
        found.add(path)
        imported = set(imported_modules(path)) - seen
        seen |= imported
        waiting.extend(imported)
        if path.name == "__init__.py":
            found.update(data_files(path.parent))
    return found


@cache
def module_file(module: str) -> Path | None:
    """Return the source of a module of this package, None for any other name.

    The package's own ``__init__.py`` names everything and computes nothing: it is not followed.
    """
    if not module.startswith(f"{_PACKAGE}."):
        return None
    stem = _SOURCE_ROOT.joinpath(*module.split("."))
    candidates = (stem.with_name(f"{stem.name}.py"), stem / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


@cache
def imported_modules(path: Path) -> tuple[str, ...]:
    """Return the dotted names that a file imports, and those of what it takes from them."""
    tree = ast.parse(path.read_bytes())
    return tuple(name for node in _statements(tree) for name in _names(node))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements inside, at any depth; expressions import nothing."""
    for part in ("body", "orelse", "handlers", "finalbody", "cases"):
        for statement in getattr(node, part, ()):
            yield statement
            yield from _statements(statement)


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def data_files(folder: Path) -> tuple[Path, ...]:
    """Return what lies in a package beside its modules."""
    inside = (path for path in folder.rglob("*") if path.suffix != ".py" and path.is_file())
    return tuple(path for path in inside if path.parent.name != "__pycache__")
