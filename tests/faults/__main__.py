"""Print the table of bad inputs and faults with what came of each; status 1 if one is not held."""

import sys
import textwrap
from collections import Counter

from rows import ROWS
from table import Row, run


def main() -> None:
    wanted = sys.argv[1:]
    rows = [row for row in ROWS if not wanted or any(word in row.identifier for word in wanted)]
    counts = Counter(_print(row) for row in rows)
    kinds = Counter(row.kind for row in rows)
    print(f"\n{kinds['input']} bad inputs and {kinds['fault']} faults: {counts[False]} not held")
    sys.exit(bool(counts[False]))


def _print(row: Row) -> bool:
    result = run(row)
    held = result.outcome == row.outcome and all(word in result.message for word in row.words)
    print(f"{row.place}: {row.name}\n    {result.outcome}{'' if held else '   <-- NOT HELD'}")
    for line in textwrap.wrap(result.message, 92, break_on_hyphens=False):
        print(f"    {line}")
    sys.stdout.flush()
    return held


if __name__ == "__main__":
    main()
