"""The faults between a record and an image, as rows of the table; their tests lie beside them."""

import sys
from collections.abc import Callable
from pathlib import Path

from table import REFUSED, RIGHT, Ground, Row, Said

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sources"))

import faults


def _act(fault: faults.Fault) -> Callable[[Ground], None]:
    def act(_: Ground) -> None:
        with faults.ground() as at:
            fault.make(at)
            outcome, message = at.outcome, at.message
        if outcome == faults.REFUSED:
            raise Said(message)
        assert outcome == faults.RECOVERED, outcome

    return act


ROWS = [
    Row("fault", "transfer", fault.name, _act(fault),
        RIGHT if fault.outcome == faults.RECOVERED else REFUSED, fault.words)
    for fault in faults.FAULTS
]  # fmt: skip
