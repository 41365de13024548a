"""Every bad input and every fault comes out right, or is answered in one line with nothing left."""

import pytest
from rows import ROWS
from table import Row, run


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.identifier)
def test_row(row: Row) -> None:
    result = run(row)
    assert result.outcome == row.outcome, result.message
    for word in row.words:
        assert word in result.message


def test_rows_have_names_of_their_own() -> None:
    assert len({row.identifier for row in ROWS}) == len(ROWS)
