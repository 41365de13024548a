"""Every bad input and every fault comes out right, or is answered in one line with nothing left."""

import pytest
from rows import ROWS
from table import Row, run

HERE = [row for row in ROWS if row.place != "transfer"]
"""Faults of a transfer are tests in ``tests/sources``."""


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.identifier)
def test_row(row: Row) -> None:
    result = run(row)
    assert result.outcome == row.outcome, result.message
    for word in row.words:
        assert word in result.message


def test_the_table_is_as_long_as_promised() -> None:
    assert sum(row.kind == "input" for row in ROWS) >= 150
    assert sum(row.kind == "fault" for row in ROWS) >= 40
    assert len({row.identifier for row in ROWS}) == len(ROWS)
