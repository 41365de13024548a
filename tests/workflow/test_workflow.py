import hashlib
import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml
from PIL import Image

from zeroshot_em.data.images import read_image, write_image
from zeroshot_em.run.verification.comparison import differences
from zeroshot_em.run.verification.table import read_table, tabulate

FIGURES = ["fig1", "fig2", "fig3", "fig4", "fig5", "fig6", "fig7", "figS1"]
REFERENCE = "config/reference/tiny.json"
NO_NETWORK = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTPS_PROXY")}


@pytest.fixture(scope="module")
def tiny(root, tmp_path_factory, snakemake):
    """The folder of a finished run of the whole graph on tiny images."""
    folder = tmp_path_factory.mktemp("tiny")
    done = snakemake(folder, "--configfile", str(root / "tests/workflow/tiny.yaml"))
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture
def dry_run(root, tiny, snakemake):
    """Return the jobs that the finished run would do again, with their number."""

    def jobs(*arguments):
        tiny_configuration = str(root / "tests/workflow/tiny.yaml")
        done = snakemake(tiny, "-n", "--configfile", tiny_configuration, *arguments)
        assert done.returncode == 0, done.stdout
        return {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", done.stdout, re.M)}

    return jobs


@pytest.fixture
def paper(root, tmp_path):
    """A folder with the paper's configuration and nothing else."""
    shutil.copytree(root / "config", tmp_path / "config")
    return tmp_path


def configure(folder, **changes):
    """Write a configuration with one SSSC figure and return its path."""
    config = {
        "run": "trial",
        "sources": {"scene": {"path": "scene.tif"}},
        "images": {"infection": {"source": "scene"}},
        "models": {"gpmm": {"n_components": 4, "max_iter": 2}},
        "figures": {"fig3": {"image": "infection", "model": "gpmm", "patch_size": 4}},
    }
    path = folder / "trial.yaml"
    path.write_text(yaml.safe_dump(config | changes))
    return str(path)


def complaints(text):
    return [line for line in text.splitlines() if line.startswith("zeroshot-em: ")]


@pytest.mark.slow
def test_every_figure_is_made(tiny):
    for name in FIGURES:
        with Image.open(tiny / f"results/tiny/figures/{name}.png") as figure:
            assert figure.info["dpi"] == pytest.approx((300, 300), abs=0.5)
        assert (tiny / f"results/tiny/figures/{name}.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_maps_fit_their_image_and_keep_its_pixel_size(tiny):
    image = read_image(tiny / "results/tiny/images/infection.tif")
    assert image.pixels.shape == (76, 72)
    assert image.pixel_size_nm == pytest.approx(4.32)
    maps = {
        kind: read_image(tiny / f"results/tiny/maps/infection/sssc_p6_{kind}.tif")
        for kind in ("denoised", "variance", "within_variance", "total_variance")
    }
    for result in maps.values():
        assert result.pixels.shape == image.pixels.shape
        assert result.pixel_size_nm == pytest.approx(4.32)
    np.testing.assert_allclose(
        maps["total_variance"].pixels,
        maps["variance"].pixels + maps["within_variance"].pixels,
        rtol=1e-4,
    )


@pytest.mark.slow
def test_the_crate_holds_each_file_with_its_checksum_and_job(tiny):
    folder = tiny / "results/tiny"
    crate = json.loads((folder / "ro-crate-metadata.json").read_text())
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    for made in entities["#run"]["result"]:
        path = folder / made["@id"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entities[made["@id"]]["sha256"]
    fit = entities["#fit/infection/sssc_p6"]
    assert fit["instrument"] == {"@id": "workflow/scripts/fit.py"}
    assert fit["result"] == [{"@id": "models/infection/sssc_p6.npz"}]
    assert fit["startTime"] < fit["endTime"]
    config = json.loads((folder / "configuration.json").read_text())
    assert config["models"]["sssc"]["merge"] == "mean"
    assert entities["#numba"]["softwareVersion"]


@pytest.mark.slow
def test_the_tiny_run_makes_what_it_made_before(root, tiny):
    """To the tolerances of other machines, where `snakemake verify` may ask for the same bytes.

    Where a change of results is meant, `make reference` writes the table anew.
    """
    table, folder = read_table(root / REFERENCE), tiny / "results/tiny"
    found = tabulate(folder, [folder / file for file in table.files])
    assert [one for one in differences(table, found) if not one.is_tolerable] == []


@pytest.mark.slow
def test_a_second_run_has_nothing_to_do(dry_run):
    assert dry_run() == {}


@pytest.mark.slow
def test_another_seed_fits_again_but_keeps_the_scene(dry_run):
    jobs = dry_run("--config", "seed=1")
    assert jobs["fit"] == 6
    assert not {"simulate", "preprocess", "bm3d"} & set(jobs)


@pytest.mark.slow
def test_another_sigma_leaves_the_models_alone(dry_run, tmp_path):
    (tmp_path / "more.yaml").write_text("bm3d: {sigmas: [25, 50]}")
    jobs = dry_run(str(tmp_path / "more.yaml"))
    assert jobs["bm3d"] == 1
    assert "fit" not in jobs


def test_one_figure_needs_only_its_own_maps(root, tmp_path, snakemake):
    demo = str(root / "config/demo.yaml")
    done = snakemake(tmp_path, "-n", "--configfile", demo, "--", "fig3")
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.M))
    assert jobs["fit"] == "1"
    assert jobs["preprocess"] == "1"
    assert "bm3d" not in jobs


def test_a_very_large_sigma_has_a_file_of_its_own(root, tmp_path, snakemake):
    (tmp_path / "more.yaml").write_text("bm3d: {sigmas: [0.00001, 1000000]}")
    demo = str(root / "config/demo.yaml")
    done = snakemake(tmp_path, "-n", "--configfile", demo, "more.yaml", "--", "fig6")
    assert re.search(r"^bm3d +2$", done.stdout, re.M), done.stdout


def test_an_address_without_a_file_name_is_one_line(tmp_path, snakemake):
    nameless = configure(tmp_path, sources={"scene": {"url": "https://example.org/"}})
    done = snakemake(tmp_path, "-n", "--configfile", nameless)
    assert done.returncode == 2
    assert len(complaints(done.stdout)) == 1
    assert "Traceback" not in done.stdout


def test_the_paper_without_the_gelderblom_image_leaves_out_one_figure(paper, snakemake):
    done = snakemake(paper, "-n")
    assert done.returncode == 0, done.stdout
    assert "fig7 is left out" in done.stdout
    assert "set sources.gelderblom" in done.stdout
    assert re.search(r"^fetch +1$", done.stdout, re.M)
    assert not re.search(r"^fig7 +1$", done.stdout, re.M)


def test_a_figure_that_is_left_out_says_why_when_asked_for(paper, snakemake):
    done = snakemake(paper, "-n", "--", "fig7")
    assert done.returncode == 2
    (line,) = complaints(done.stdout)
    assert "gelderblom has no address; set sources.gelderblom" in line
    assert "Traceback" not in done.stdout


@pytest.mark.slow
def test_without_a_network_the_paper_stops_in_the_download_alone(paper, snakemake):
    done = snakemake(paper, **NO_NETWORK)
    assert done.returncode != 0
    assert re.findall(r'^\w+ in file ".*/(\w+)\.smk"', done.stdout, re.M) == ["fetch"]
    (line,) = complaints(done.stdout)
    for part in ("Tried: ", "ZEROSHOT_EM_DATA", "make demo"):
        assert part in line
    assert "Traceback" not in done.stdout


def test_a_wrong_key_stops_before_any_job(paper, snakemake):
    done = snakemake(paper, "--config", 'bm3d={"sigma": 5}')
    assert done.returncode == 2
    (line,) = complaints(done.stdout)
    assert "bm3d has no key sigma; allowed are enabled, sigmas" in line
    assert "Traceback" not in done.stdout
    assert not (paper / "results").exists()


@pytest.mark.parametrize(
    ("image", "changes", "message"),
    [
        (None, {}, "scene.tif"),
        (b"no image", {}, "scene.tif"),
        (
            np.ones((20, 30)),
            {"images": {"infection": {"source": "scene", "crop": {"width": 40, "height": 9}}}},
            "scene.tif: the crop of 40 x 9 pixels at x = 0, y = 0 is not inside the image, "
            "which has 30 x 20 pixels",
        ),
        (
            np.ones((20, 30)),
            {"figures": {"fig3": {"image": "infection", "model": "gpmm", "patch_size": 21}}},
            "a patch of 21 x 21 pixels is larger than the image infection of 30 x 20",
        ),
        (np.linspace(-1, 1, 600).reshape(20, 30), {}, "infection.tif: "),
    ],
    ids=["missing", "unreadable", "crop outside", "patch too large", "negative counts"],
)
def test_a_bad_image_is_one_line_that_names_the_file(tmp_path, snakemake, image, changes, message):
    if isinstance(image, bytes):
        (tmp_path / "scene.tif").write_bytes(image)
    elif image is not None:
        write_image(tmp_path / "scene.tif", image)
    size = changes.get("figures", {}).get("fig3", {}).get("patch_size", 4)
    target = f"results/trial/maps/infection/gpmm_p{size}_denoised.tif"
    done = snakemake(tmp_path, "--configfile", configure(tmp_path, **changes), "--", target)
    assert done.returncode != 0
    (line,) = complaints(done.stdout)
    assert message in line
    assert "Traceback" not in done.stdout
    assert not (tmp_path / target).exists()


def test_the_rules_look_at_the_package_of_their_own_checkout(root, tmp_path):
    checkout = tmp_path / "checkout"
    for part in ("workflow", "config", "src"):
        shutil.copytree(root / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "src/zeroshot_em/run/configuration.py").write_text("raise SystemExit('its own')\n")
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-n"],
        cwd=checkout, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode != 0
    assert "its own" in done.stdout
