import os

import numpy as np
import pytest

from zeroshot_em.core.models.gpmm import GPMM
from zeroshot_em.data.model_files import load_model, model_facts, save_model
from zeroshot_em.errors import InputError


@pytest.fixture
def model():
    return GPMM(2, max_iter=200).fit(np.random.default_rng(0).poisson(9, (200, 4)))


@pytest.mark.parametrize("read", [load_model, model_facts])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"text"])
def test_a_file_that_holds_no_model_is_named(read, content, tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"model\.npz is not a model file"):
        read(path)


def test_a_model_that_cannot_be_written_whole_leaves_the_old_one(model, tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    save_model(path, model, round=1)

    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk is full"):
        save_model(path, model, round=2)
    assert model_facts(path) == {"round": 1}
    assert list(tmp_path.iterdir()) == [path]
