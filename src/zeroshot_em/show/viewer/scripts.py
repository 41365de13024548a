"""ES modules as one script: a page opened from a folder cannot import others.

Every module becomes a function that returns what it exports, called after those it imports.
"""

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter

_IMPORT = re.compile(r'^import \{ (?P<names>.*) \} from "\./(?P<module>\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?P<kind>(?:async )?function|class|const) (?P<name>\w+)", re.M)


def join_modules(sources: Mapping[str, str]) -> str:
    """Return one script that runs all modules.

    Parameters
    ----------
    sources : mapping of str to str
        The text of each module by its name. Imports and exports are of names, one statement a
        line, and no circle.
    """
    imported = {
        name: {match["module"] for match in _IMPORT.finditer(source)}
        for name, source in sources.items()
    }
    order = TopologicalSorter(imported).static_order()
    return "\n".join(
        ["const modules = {};", *(_as_function(name, sources[name]) for name in order)]
    )


def _as_function(name: str, source: str) -> str:
    exported = ", ".join(match["name"] for match in _EXPORT.finditer(source))
    body = _IMPORT.sub(r"const { \g<names> } = modules.\g<module>;", source)
    body = _EXPORT.sub(r"\g<kind> \g<name>", body)
    return f"modules.{name} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"
