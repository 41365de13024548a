"""Every fault ends with the right file or none, a message to act on and an honest exit status."""

import pytest
from faults import FAULTS, MEMBER, RECOVERED, Fault, ground


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "_"))
def test_fault(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZEROSHOT_EM_DATA", raising=False)
    with ground() as at:
        fault.make(at)
        assert at.outcome == fault.outcome
        assert at.status == (0 if fault.outcome == RECOVERED else 2), at.message
        assert "Traceback" not in at.message
        for word in fault.words:
            assert word in at.message
        if at.status:
            assert "\n" not in at.message.strip()
        left = {path.name for path in at.folder.rglob("*") if path.is_file()}
        rightful = (MEMBER, "image.tif", ".tif.json", ".part", ".part.json")
        assert not [name for name in left if not name.endswith(rightful)]
