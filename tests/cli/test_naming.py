import pytest

from zeroshot_em.cli.naming import LONGEST_STEM, plan
from zeroshot_em.errors import InputError


def touch(folder, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def stems(*named):
    return [task.stem for task in plan(named)]


def test_a_folder_gives_its_images_alone(tmp_path):
    folder = touch(tmp_path / "day", "b.tif", "a.PNG", "notes.txt")
    assert [task.path.name for task in plan([folder])] == ["a.PNG", "b.tif"]


def test_a_pattern_gives_what_fits(tmp_path):
    folder = touch(tmp_path / "day", "b.tif", "a.tif", "a.png")
    assert stems(folder / "*.tif") == ["a", "b"]


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path):
    folder = touch(tmp_path / "day", "cell[1].tif")
    assert stems(folder / "cell[1].tif") == ["cell[1]"]


def test_an_image_named_twice_is_enhanced_once(tmp_path):
    folder = touch(tmp_path / "day", "a.tif")
    assert stems(folder, folder / "a.tif") == ["a"]


def test_namesakes_do_not_share_results(tmp_path):
    one = touch(tmp_path / "one", "a.tif", "a.png")
    two = touch(tmp_path / "two", "a.tif")
    found = stems(one, two)
    assert len(set(found)) == 3
    assert all(stem.startswith("a_") for stem in found)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("*.tif", "no file fits"),
        ("a\0b.tif", "NUL"),
        ("x" * (LONGEST_STEM + 1) + ".tif", "too long"),
    ],
)
def test_names_that_cannot_be_used_are_refused(named, message, tmp_path):
    with pytest.raises(InputError, match=message):
        plan([str(tmp_path / named)])


def test_a_folder_without_images_is_named(tmp_path):
    folder = touch(tmp_path / "day", "notes.txt")
    with pytest.raises(InputError, match="day holds no image"):
        plan([folder])
