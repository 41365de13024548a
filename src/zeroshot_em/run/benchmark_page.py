"""Write the tables of a benchmark's run into the page of the manual that discusses them.

``python -m zeroshot_em.run.benchmark_page results/demo/benchmark/tables.md docs/benchmark.md``
"""

import sys
from pathlib import Path

from zeroshot_em.run.manual import fill_in


def main(tables: str, page: str) -> None:
    """Put the tables between the marks of the page."""
    text = Path(page).read_text(encoding="utf-8")
    held = Path(tables).read_text(encoding="utf-8").strip()
    Path(page).write_text(fill_in(text, "benchmark", held, "make benchmark"), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
