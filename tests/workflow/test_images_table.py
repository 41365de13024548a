"""Images named by a table: a row an image, all checked before any job runs."""

import csv
import json
import re

import numpy as np
import pytest
import yaml

from zeroshot_em.data.images import read_image, shapes, write_image
from zeroshot_em.errors import InputError
from zeroshot_em.run.configuration import complete_configuration
from zeroshot_em.run.plan import enhance_options, enhanced_images, used_sources
from zeroshot_em.run.schema import load_schema

CROPPED = 'name,path,crop,subsample,pixel_size_nm,model,noise\nx,a.tif,"5,0,20,30",2,0.5,gpmm,25\n'


@pytest.fixture(scope="module")
def schema(root):
    return load_schema(root / "workflow/schemas/config.schema.yaml")


@pytest.fixture
def completed(schema, tmp_path, monkeypatch):
    """Return the complete configuration of a table of images of 50 x 40 pixels."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b", "grid 3-1"):
        write_image(f"{name}.tif", np.ones((40, 50)))

    def complete(table, **more):
        (tmp_path / "images.csv").write_text(table, encoding="utf-8")
        config = {"run": "trial", "images": "images.csv"} | more
        complete_configuration(config, schema)
        return config

    return complete


def test_a_row_says_what_an_entry_of_the_configuration_would(completed):
    config = completed(CROPPED, enhance={"effort": "low", "model": "sssc"})
    assert config["sources"] == {"x": {"path": "a.tif", "pixel_size_nm": 0.5}}
    assert config["images"]["x"] == {
        "source": "x",
        "crop": {"x": 5, "y": 0, "width": 20, "height": 30},
        "subsample": 2,
        "counts": False,
        "enhance": {"model": "gpmm", "noise": 25},
    }
    options = {"model": "gpmm", "patch_size": None, "effort": "low", "noise": 25}
    assert enhance_options(config, "x") == options


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_and_empty_lines(completed, mark):
    table = "\ufeffpath,crop\na.tif,0 0 9 8\n\ngrid 3-1.tif,\n".replace(",", mark)
    config = completed(table)
    assert enhanced_images(config) == ["a", "grid_3_1"]
    assert config["images"]["a"]["crop"] == {"x": 0, "y": 0, "width": 9, "height": 8}


def test_a_row_can_name_a_source_which_alone_has_to_be_fetched(completed):
    config = completed("source,name\nlaue2020_036,far\n,\n").copy()
    assert used_sources(config) == ["laue2020_036"]
    assert used_sources(completed("path\na.tif\n")) == []


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "found no row"),
        ("path\n", "found no row"),
        ("path,nam\na.tif,x\n", r"line 1: there is no column 'nam' \(did you mean name\?\)"),
        ("path,path\na.tif,a.tif\n", "line 1: the column path is there twice"),
        ("path\na.tif,3\n", "line 2: 2 cells, but the header has 1 columns"),
        ('path\n"a.tif\n', "cannot be read"),
        ("path\na.tif\n\nlost.tif\n", "line 4: lost.tif: there is no such file"),
        ("path\nimages.csv\n", "line 2: images.csv: expected an image"),
        ("path\na.tif\na.tif\n", "line 3: the name a is that of line 2 already"),
        ("path,name\na.tif,a b\n", "line 2: name: 'a b' must be"),
        ("path,source\na.tif,b\n", "line 2: expected a path or a source, found both"),
        ("path,name\n,b\n", "line 2: expected a path or a source, found neither"),
        ("source\nlaue2020_37\n", r"no entry 'laue2020_37' of sources \(did you mean laue2020_"),
        ("path,crop\na.tif,1 2 3\n", "line 2: crop must be x, y, width and height"),
        ("path,crop\na.tif,0 0 0 3\n", "line 2: crop.width must be at least 1"),
        ("path,crop\na.tif,40 0 11 9\n", "line 2: the crop of 11 x 9 .* has 50 x 40 pixels"),
        ("path,patch_size\na.tif,41\n", "line 2: a patch of 41 x 41 .* image of 50 x 40"),
        ("path,patch_size\na.tif,big\n", "line 2: patch_size must be of type integer"),
        ("path,noise\na.tif,lots\n", "line 2: noise must be one of auto, learned; found 'lots'"),
        ("path,subsample\na.tif,0\n", "line 2: subsample must be at least 1; found 0"),
        ("path,pixel_size_nm\na.tif,nan\n", "line 2: .*pixel_size_nm"),
    ],
)
def test_a_fault_is_named_with_its_line(completed, table, message):
    with pytest.raises(InputError, match=f"^images.csv: .*{message}") as error:
        completed(table)
    assert "\n" not in str(error.value)


def test_all_rows_are_checked_and_the_first_faults_named(completed):
    rows = "".join(f"lost{k}.tif\n" for k in range(9))
    with pytest.raises(InputError, match=r"line 3: .*line 7: .*; and 4 more lines with a fault"):
        completed(f"path\na.tif\n{rows}")


def test_the_table_itself_is_missing(schema):
    with pytest.raises(InputError, match=r"there is no table lost\.csv"):
        complete_configuration({"run": "x", "images": "lost.csv"}, schema)


def test_a_thousand_rows_open_each_file_once(completed, schema, monkeypatch):
    opened = []
    looked = shapes.image_shape
    monkeypatch.setattr(shapes, "image_shape", lambda path: (opened.append(path), looked(path))[1])
    rows = "".join(f"{'ab'[k % 2]}.tif,i{k},{k % 20} 0 30 {1 + k % 40}\n" for k in range(1000))
    config = completed(f"path,name,crop\n{rows}")
    assert len(enhanced_images(config)) == 1000
    assert sorted(opened) == ["a.tif", "b.tif"]
    blind = {"run": "trial", "images": "images.csv"}
    complete_configuration(blind, schema, looks_at_files=False)
    assert blind == config
    assert len(opened) == 2


def test_an_image_of_the_configuration_is_held_against_its_file_too(completed):
    crop = {"x": 0, "y": 0, "width": 51, "height": 2}
    image = {"source": "s", "crop": crop, "enhance": {}}
    with pytest.raises(InputError, match=r"images\.one: the crop of 51 x 2"):
        completed("", images={"one": image}, sources={"s": {"path": "a.tif"}}, figures={})


@pytest.fixture
def many(snakemake, tmp_path):
    """Run the workflow on a table of two parts of one simulated image."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:60, :90]
    noisy = random.normal(100 + 40 * np.sin(x / 9) * np.cos(y / 7), 12)
    write_image(tmp_path / "scene.tif", noisy, 1.5)
    (tmp_path / "many.yaml").write_text(
        yaml.safe_dump(
            {"run": "many", "images": "images.csv", "enhance": {"effort": "low", "patch_size": 5}}
        )
    )
    (tmp_path / "images.csv").write_text(
        "name,path,crop\nleft,scene.tif,0 0 48 40\nright,scene.tif,40 10 50 50\n"
    )
    return lambda *arguments: snakemake(tmp_path, "--configfile", "many.yaml", *arguments)


def test_a_fault_in_the_table_stops_before_any_job(many, tmp_path):
    (tmp_path / "images.csv").write_text("path,crop\nscene.tif,0 0 99 9\nlost.tif,\n")
    done = many()
    assert done.returncode == 2
    [line] = [line for line in done.stdout.splitlines() if line.startswith("zeroshot-em: ")]
    assert re.search(r"images\.csv: line 2: the crop of 99 x 9 .*; line 3: lost\.tif: ", line)
    assert "Traceback" not in done.stdout
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_every_row_is_enhanced_and_all_are_shown_on_one_page(many, tmp_path):
    done = many()
    assert done.returncode == 0, done.stdout
    home = tmp_path / "results/many/enhanced"
    assert read_image(home / "left_denoised.tif").pixels.shape == (40, 48)
    assert read_image(home / "right_variance.tif").pixel_size_nm == pytest.approx(1.5)
    with open(home / "summary.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["image"], row["patch_size"]) for row in rows] == [("left", "5"), ("right", "5")]
    assert all("grey values" in row["noise"] and float(row["seconds"]) > 0 for row in rows)
    page = (home / "index.html").read_text()
    linked = set(re.findall(r'(?:href|src)="([^":]+)"', page))
    assert "pages/left.html" in linked
    assert all((home / file).is_file() for file in linked)
    assert "://" not in page
    assert "Input" in (home / "pages/right.html").read_text()
    assert json.loads((home / "left_summary.json").read_text())["settings"]["effort"] == "low"
    crate = (tmp_path / "results/many/ro-crate-metadata.json").read_text()
    assert "enhanced/left_denoised.tif" in crate
    assert "Nothing to be done" in many("-n").stdout
    (tmp_path / "images.csv").write_text(
        "name,path,crop\nleft,scene.tif,0 0 48 40\nright,scene.tif,39 10 50 50\n"
    )
    again = dict(re.findall(r"^(\w+) +(\d+)$", many("-n").stdout, re.M))
    assert (again["enhance"], again["image_page"]) == ("1", "1")
