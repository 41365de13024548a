"""A slice of the ten thousand damaged files of ``make fuzz``."""

import pytest
from fuzz import damaged, originals, stop_hangs, try_one


@pytest.mark.parametrize("slice_number", range(5))
def test_a_damaged_file_is_an_image_or_one_line(slice_number: int, tmp_path) -> None:
    stop_hangs()
    for number in range(slice_number * 30, slice_number * 30 + 30):
        told = try_one(number, tmp_path)
        assert told["outcome"] in ("right", "one line"), told


def test_a_number_names_a_damage() -> None:
    assert damaged(17) == damaged(17)
    assert len({damaged(number)[1] for number in range(60)}) > 50
    assert damaged(17)[1] not in originals().values()
