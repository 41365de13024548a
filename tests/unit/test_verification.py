"""A run compared with the table of an earlier one."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from zeroshot_em.data.images import write_image
from zeroshot_em.errors import InputError
from zeroshot_em.run import checkout
from zeroshot_em.run.verification.comparison import STAGES, differences
from zeroshot_em.run.verification.machine import machine_kind
from zeroshot_em.run.verification.report import SCRIPTS, faults, report, verify
from zeroshot_em.run.verification.table import read_table, tabulate, write_table

PIXELS = np.random.default_rng(0).normal(100, 20, (30, 40))


@pytest.fixture
def run(tmp_path):
    """A function that writes two maps and a figure, one map with something added."""
    folder = tmp_path / "results"

    def make(added=0.0):
        write_image(folder / "maps/a/sssc_p4_denoised.tif", PIXELS + added)
        write_image(folder / "maps/a/bm3d_s9.tif", PIXELS)
        (folder / "figures").mkdir(exist_ok=True)
        Image.fromarray(PIXELS.astype("uint8")).save(folder / "figures/fig1.png")
        return tabulate(folder, [path for path in folder.rglob("*") if path.is_file()])

    return make


def elsewhere(table):
    """The same table as another kind of machine would have made it."""
    return dataclasses.replace(table, machine=table.machine | {"numba": "i486"})


def test_a_table_is_read_as_it_was_written(run, tmp_path):
    table = run()
    write_table(tmp_path / "table.json", table)
    assert read_table(tmp_path / "table.json") == table
    assert set(table.files) == {
        "maps/a/sssc_p4_denoised.tif", "maps/a/bm3d_s9.tif", "figures/fig1.png",
    }  # fmt: skip


def test_an_equal_run_differs_in_nothing(run, tmp_path):
    table = run()
    assert differences(table, run()) == []
    said = report(tmp_path / "table.json", table, run())
    assert said[0].endswith("files must have the same bytes.")
    assert said[1:] == [
        "maps     2 of 2 have the same bytes",
        "figures  1 of 1 have the same bytes",
    ]


def test_a_difference_is_measured_in_standard_deviations(run):
    (difference,) = differences(run(), run(added=0.2))
    assert difference.file == "maps/a/sssc_p4_denoised.tif"
    assert difference.largest == pytest.approx(0.2 / PIXELS.std(), rel=0.01)
    assert "by up to 1 % of its standard deviation (typically 1 %; mean +0.2 of " in (
        difference.words
    )


@pytest.mark.parametrize(("added", "n_faults"), [(0.2, 0), (20, 1)])
def test_another_kind_of_machine_is_forgiven_what_is_small(run, added, n_faults):
    table = elsewhere(run())
    assert len(faults(table, run(added))) == n_faults
    assert len(faults(run(), run(added))) == 1


def test_a_report_names_what_of_the_machine_differs(run, tmp_path):
    said = report(tmp_path / "table.json", elsewhere(run()), run(added=0.2))
    assert said[1] == f"  numba: {machine_kind()['numba']} here, i486 there"
    assert "maps     1 of 2 have the same bytes" in said


def test_files_that_are_missing_or_new_are_faults_everywhere(run):
    whole = run()
    part = dataclasses.replace(
        whole, files={"maps/a/bm3d_s9.tif": whole.files["maps/a/bm3d_s9.tif"]}
    )
    assert {d.words for d in faults(elsewhere(whole), part)} == {"not made"}
    assert {d.words for d in faults(elsewhere(part), whole)} == {"not in the table"}


def test_the_commits_since_the_table_are_named(run, monkeypatch, tmp_path):
    table, found = run(), run(added=5)
    monkeypatch.setattr(checkout, "commit_that_brought", lambda text, file: "1a2b3c4")
    monkeypatch.setattr(
        checkout, "commits_since", lambda commit, files: ["5d6e7f8 Merge by median"]
    )
    said = report(tmp_path / "table.json", table, found)
    assert said[-3:] == [
        "Since 1a2b3c4, 1 commits changed what reconstruct.py runs:",
        "  5d6e7f8 Merge by median",
        "To find the one: git bisect start HEAD 1a2b3c4 && git bisect run make verify",
    ]
    assert any(line.endswith(", in the table since 1a2b3c4") for line in said)


def test_a_difference_ends_in_one_line_after_the_report(run, tmp_path, capsys):
    write_table(tmp_path / "table.json", run())
    run(added=5)
    folder = tmp_path / "results"
    files = [path for path in folder.rglob("*") if path.is_file()]
    with pytest.raises(InputError, match=r"1 of 3 files differ from .*table\.json"):
        verify(tmp_path / "table.json", folder, files)
    assert "sssc_p4_denoised.tif: by up to" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, "", "{}", '{"machine": {}, "files": {"a": 3}}'])
def test_a_table_that_is_none_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "table.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"table\.json") as error:
        read_table(path)
    assert "\n" not in str(error.value)


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps/a.tif").write_bytes(b"II*\0")
    with pytest.raises(InputError, match=r"maps/a\.tif"):
        tabulate(tmp_path, [tmp_path / "maps/a.tif"])


def test_each_stage_of_the_tables_is_known_and_has_a_script(root):
    tables = [read_table(path) for path in (root / "config/reference").glob("*.json")]
    assert {file.partition("/")[0] for table in tables for file in table.files} <= set(STAGES)
    assert set(SCRIPTS) == set(STAGES)
    assert all((root / "workflow/scripts" / script).is_file() for script in SCRIPTS.values())


def test_git_is_asked_and_not_needed(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert checkout.commit() == ""
    assert not checkout.is_clean()
    assert checkout.commits_since("HEAD", []) == []
