import json
import os
import re
import subprocess
import sys
import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from PIL import Image
from sklearn.exceptions import ConvergenceWarning

from zeroshot_em.core.models.gpmm import GPMM
from zeroshot_em.core.models.sssc import SSSC
from zeroshot_em.core.patches import extract_patches
from zeroshot_em.data.images import read_image, write_image
from zeroshot_em.data.model_files import save_model
from zeroshot_em.errors import InputError
from zeroshot_em.show.display import display_limits, stretch
from zeroshot_em.show.figures import FIGURES
from zeroshot_em.show.figures.export import export_colorized, export_map
from zeroshot_em.show.figures.figS3 import mosaic
from zeroshot_em.show.figures.figS4 import monotony
from zeroshot_em.show.figures.making import Materials, make_figure
from zeroshot_em.show.figures.scale_bar import scale_bar_length
from zeroshot_em.show.figures.style import (
    DOTS_PER_INCH,
    TWO_COLUMNS_MM,
    Page,
    Panel,
    house_style,
    image_page,
)

PATCH_SIZE = 4
PIXEL_NM = 2.0
HEIGHT, WIDTH = 60, 72
SUMMARY = {
    "settings": {"patch_size": 5, "effort": "low"},
    "settings_in_words": "Gamma-Poisson mixture on counts, 5 x 5 patches",
    "noise_in_words": "noise of 19 grey values.",
}
SIMULATED = {"simulate": {"seed": 1, "dose": 10}}
RECORDED = {"doi": "10.5281/zenodo.1", "file": "a.zip", "member": "infected_cell.tif"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files that figures are made from; maps are random, models are fitted."""
    folder = tmp_path_factory.mktemp("figures")
    random = np.random.default_rng(0)
    clean = 100 + 40 * np.sin(np.indices((HEIGHT, WIDTH)).sum(axis=0) / 6)
    arrays = {
        "image": clean + random.normal(0, 20, clean.shape),
        "truth": clean,
        "denoised": clean + random.normal(0, 5, clean.shape),
        "variance": random.gamma(2, 10, clean.shape),
        "within_variance": random.gamma(3, 10, clean.shape),
        "total_variance": random.gamma(5, 10, clean.shape),
        "mask": np.where(np.indices(clean.shape).sum(axis=0) > 80, 255, 0).astype(np.uint8),
    }
    paths = {name: str(folder / f"{name}.tif") for name in arrays}
    for name, pixels in arrays.items():
        write_image(paths[name], pixels, PIXEL_NM)
    patches = extract_patches(np.round(np.maximum(arrays["image"], 0)), PATCH_SIZE)
    models = {
        "sssc": SSSC(n_components=12, n_states=6, max_iter=3, random_state=0, n_threads=1),
        "gpmm": GPMM(n_components=10, max_iter=3, random_state=0, n_threads=1),
    }
    for name, model in models.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(patches)
        paths[name] = str(folder / f"{name}.npz")
        save_model(paths[name], model, versions={"zeroshot-em": "9.8.7"})
    paths["summary"] = str(folder / "summary.json")
    (folder / "summary.json").write_text(json.dumps(SUMMARY))
    paths["mask_report"] = str(folder / "mask.json")
    (folder / "mask.json").write_text(
        json.dumps({"origin": "seeds", "intersection_over_union": 0.9512})
    )
    return paths


def materials(name, files, source=SIMULATED, **settings):
    model = "gpmm" if name in ("fig3", "fig5") else "sssc"
    several = {key: [files[key]] * 2 for key in ("denoised", "variance")}
    both = {"model": [files["sssc"], files["gpmm"]]}
    given = files | {"model": files[model]}
    if name in ("fig4", "figS3", "figS4"):
        given |= both | several
    if name == "fig6":
        given |= {"bm3d": [files["denoised"]] * 3}
        settings |= {"sigmas": [5, 25, 500]}
    if name == "figS5":
        given |= {"baselines": [files["image"], files["denoised"]]}
        given |= {"enhanced": [files[kind] for kind in ("denoised", "variance", "summary")]}
        settings = {"sigmas": [5, 22]} | settings
    entry = {"image": "infection", "patch_size": PATCH_SIZE, "model": model}
    return Materials(given, entry | settings, {"subsample": 2}, source)


def make(name, files, folder, **more):
    folder.mkdir(exist_ok=True)
    outputs = {kind: folder / f"{name}.{kind}" for kind in ("png", "pdf")}
    outputs["caption"] = folder / f"{name}.txt"
    make_figure(name, materials(name, files, **more), **outputs)
    return outputs


@pytest.fixture(scope="module")
def made(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return {name: make(name, files, folder) for name in FIGURES}


@pytest.mark.parametrize("name", FIGURES)
def test_png_is_two_columns_wide_at_300_dots_per_inch(made, name):
    with Image.open(made[name]["png"]) as picture:
        assert picture.width / DOTS_PER_INCH * 25.4 == pytest.approx(TWO_COLUMNS_MM, abs=0.1)
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert np.asarray(picture.convert("L")).std() > 5


@pytest.mark.parametrize("name", FIGURES)
def test_pdf_has_the_same_size_and_editable_text(made, name):
    pdf = made[name]["pdf"].read_bytes()
    left, bottom, right, top = map(float, re.search(rb"/MediaBox \[([^\]]*)\]", pdf)[1].split())
    assert (left, bottom) == (0, 0)
    assert right / 72 * 25.4 == pytest.approx(TWO_COLUMNS_MM, abs=0.1)
    with Image.open(made[name]["png"]) as picture:
        assert top / right == pytest.approx(picture.height / picture.width, rel=1e-3)
    assert b"/Subtype /Type42" in pdf or b"/CIDFontType2" in pdf
    assert b"/Type3" not in pdf


@pytest.mark.parametrize("name", FIGURES)
def test_captions_say_what_was_run_and_are_in_the_files(made, name):
    words = " ".join(made[name]["caption"].read_text().split())
    assert words.startswith(f"Figure {name.removeprefix('fig')}. ")
    assert "72 × 60 pixels of 2 nm" in words
    assert "Simulated data" in words
    if name != "fig6":
        assert "zeroshot-em 9.8.7" in words
        assert re.search(r"(H = 12, S = 6|C = 10), 3 iterations, seed 0", words)
        assert " s (" not in words
    with Image.open(made[name]["png"]) as picture:
        assert words.startswith(picture.text["Description"])
        assert picture.text["Source"] == "simulated data"
    pdf = made[name]["pdf"].read_bytes()
    assert b"/Subject" in pdf
    assert b"/Keywords (simulated data)" in pdf
    assert b"/CreationDate" not in pdf


def test_recorded_data_are_not_called_simulated(files, tmp_path):
    outputs = make("fig3", files, tmp_path, source=RECORDED)
    words = outputs["caption"].read_text()
    assert "imulated" not in words
    assert "infected_cell.tif of doi 10.5281/zenodo.1" in " ".join(words.split())
    with Image.open(outputs["png"]) as picture:
        assert picture.text["Source"] == "recorded data"


@pytest.mark.parametrize(
    "name", ["fig1", "fig2", "fig4", "fig6", "figS2", "figS3", "figS4", "figS5"]
)
def test_counts_are_called_counts_and_not_compared_with_grey_levels(files, tmp_path, name):
    given = materials(name, files)
    given = replace(given, image_entry={"counts": True})
    outputs = {kind: tmp_path / kind for kind in ("png", "pdf", "caption")}
    words = make_figure(name, given, **outputs).text
    assert "turned into counts" in words
    assert "grey levels" not in words
    assert "dB" not in words


def test_what_was_chosen_is_said_and_stands_beside_the_best_baseline(made):
    words = " ".join(made["figS5"]["caption"].read_text().split())
    assert "BM3D told a noise of 22 grey levels, the best of 2 tried" in words
    assert "`enhance --effort low`: Gamma-Poisson mixture on counts, 5 x 5 patches" in words
    assert "noise of 19 grey values. (e) Variance of the same estimates. (f) The scene" in words


def test_without_truth_the_baseline_is_told_what_enhance_takes_away(files, tmp_path):
    words = made_without_truth(files, tmp_path)
    assert "BM3D told a noise of 20 grey levels, the nearest" in words
    assert "dB" not in words


def test_where_there_is_no_baseline_the_rest_is_shown(files, tmp_path):
    words = made_without_truth(files, tmp_path, baselines=[])
    assert "BM3D" not in words
    assert "(c) Mean by `enhance" in words


def made_without_truth(files, folder, **more):
    given = materials("figS5", files, sigmas=[20, 900])
    given = replace(given, files=given.files | {"truth": [], **more})
    outputs = {kind: folder / kind for kind in ("png", "pdf", "caption")}
    return make_figure("figS5", given, **outputs).text


def test_a_figure_without_a_model_names_the_software_here(made):
    words = " ".join(made["fig6"]["caption"].read_text().split())
    assert f"numpy {np.__version__}" in words


@pytest.mark.parametrize("name", ["fig1", "fig2", "figS4"])
def test_equal_input_gives_equal_bytes(files, made, tmp_path, name):
    again = make(name, files, tmp_path)
    for kind, path in again.items():
        assert path.read_bytes() == made[name][kind].read_bytes(), kind


def test_another_process_writes_the_same_bytes_whatever_its_settings(files, made, tmp_path):
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nsavefig.dpi: 50\nimage.cmap: jet\n")
    script = (
        "from zeroshot_em.show.figures.making import Materials, make_figure\n"
        f"make_figure('fig3', Materials(**{vars(materials('fig3', files))!r}),"
        " png='a.png', pdf='a.pdf', caption='a.txt')"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True)
    for kind, path in {"png": "a.png", "pdf": "a.pdf", "caption": "a.txt"}.items():
        assert (tmp_path / path).read_bytes() == made["fig3"][kind].read_bytes()


def test_pdf_holds_images_at_full_resolution(made):
    pdf = made["fig3"]["pdf"].read_bytes()
    sizes = re.findall(rb"/Subtype /Image /Width (\d+) /Height (\d+)", b" ".join(pdf.split()))
    assert sizes == [(str(WIDTH).encode(), str(HEIGHT).encode())] * 2


def test_png_shows_an_image_that_fits_the_dots_as_it_is(tmp_path):
    picture = np.random.default_rng(0).random((300, 300))
    page = image_page([[Panel("", picture)]], width_mm=25.4)
    about = {"title": "t", "caption": "c", "keywords": "k"}
    page.save(tmp_path / "a.png", tmp_path / "a.pdf", **about)
    with Image.open(tmp_path / "a.png") as drawn:
        dots = np.asarray(drawn.convert("L"))[-300:]
    inner = (slice(5, -5), slice(5, -5))
    np.testing.assert_array_equal(dots[inner], np.rint(255 * picture).astype(np.uint8)[inner])


def test_png_shows_the_mean_over_each_dot_of_a_larger_image(tmp_path):
    picture = np.random.default_rng(0).random((600, 600))
    page = image_page([[Panel("", picture)]], width_mm=25.4)
    page.save(tmp_path / "a.png", tmp_path / "a.pdf", title="t", caption="c", keywords="k")
    with Image.open(tmp_path / "a.png") as drawn:
        dots = np.asarray(drawn.convert("L"))[-300:]
    means = 255 * picture.reshape(300, 2, 300, 2).mean(axis=(1, 3))
    inner = (slice(5, -5), slice(5, -5))
    np.testing.assert_allclose(dots[inner], means[inner], atol=1.6)


def test_a_page_is_as_wide_as_asked():
    page = image_page([[Panel("", np.zeros((10, 20)))]], width_mm=89)
    assert page.width / DOTS_PER_INCH * 25.4 == pytest.approx(89, abs=0.1)


@pytest.mark.parametrize("pixel_nm", [0.54, 1.08, 2.16])
def test_scale_bar_is_as_long_as_it_says(pixel_nm):
    with house_style():
        page = Page(60, 70)
        axes = page.axes(0, 5, 60, 60)
        page.show(axes, Panel("Input", np.zeros((500, 500)), pixel_size_nm=pixel_nm))
    [bar] = [patch for patch in axes.patches if patch.get_gid() == "scale bar"]
    [label] = [text.get_text() for text in axes.texts if text.get_text().endswith(" nm")]
    assert bar.get_width() * pixel_nm == pytest.approx(float(label.removesuffix(" nm")))
    assert bar.get_width() <= 125


def test_scale_bar_lengths_are_round():
    widths = {549: 100, 400: 100, 399: 50, 85: 20, 1000: 200, 9000: 2000, 3: 0.5}
    for width, length in widths.items():
        assert scale_bar_length(width) == pytest.approx(length)


def test_without_a_pixel_size_there_is_no_scale_bar(files, tmp_path):
    bare = tmp_path / "bare.tif"
    write_image(bare, read_image(files["image"]).pixels)
    outputs = make("fig3", files | {"image": str(bare)}, tmp_path)
    assert "no scale bar" in " ".join(outputs["caption"].read_text().split())


def test_the_border_takes_no_part_in_the_stretch():
    image = np.random.default_rng(0).normal(50, 5, (40, 50))
    spoiled = image.copy()
    spoiled[:3] = spoiled[-3:] = spoiled[:, :3] = spoiled[:, -3:] = 1e6
    assert display_limits([spoiled], 3) == display_limits([image[3:-3, 3:-3]])
    assert display_limits([spoiled], 2)[1] > 1e5


def test_compared_panels_share_their_limits_and_the_caption_states_them(files, made):
    arrays = [read_image(files[name]).pixels for name in ("image", "denoised")]
    low, high = display_limits(arrays, PATCH_SIZE - 1)
    words = " ".join(made["fig2"]["caption"].read_text().split())
    assert f"{low:.4g} to {high:.4g} grey levels (common to input and mean)" in words
    assert "The outer 3 pixels" in words


def test_limits_of_a_constant_image_are_distinct():
    low, high = display_limits([np.full((5, 5), 7.0)])
    assert low < 7 < high
    np.testing.assert_allclose(stretch(np.array([low, 7.0, high]), (low, high)), [0, 0.5, 1])


def test_a_simulated_image_is_judged_by_its_truth(files, made):
    truth = read_image(files["truth"]).pixels
    error = read_image(files["denoised"]).pixels - truth
    expected = 10 * np.log10(np.ptp(truth) ** 2 / (error**2).mean())
    assert f"{expected:.2f} dB (b)" in " ".join(made["fig2"]["caption"].read_text().split())
    assert "(IoU) is 0.951" in " ".join(made["fig1"]["caption"].read_text().split())


def test_a_section_outside_the_image_is_refused_and_leaves_nothing(files, tmp_path):
    outside = {"x": 60, "y": 0, "width": 20, "height": 20}
    with pytest.raises(InputError, match="crop of 20 x 20 pixels at x = 60"):
        make("figS1", files, tmp_path / "out", section=outside)
    assert list((tmp_path / "out").iterdir()) == []


def test_mosaic_keeps_every_tile_whole():
    tiles = np.linspace(0, 0.9, 7 * 9).reshape(7, 3, 3)
    picture = mosaic(tiles)
    assert picture.shape == (13, 13)
    np.testing.assert_array_equal(picture[1:4, 5:8], tiles[1])
    np.testing.assert_array_equal(picture[9:12, 1:4], tiles[6])
    assert picture[:, 4].min() == 1


def test_exported_map_is_16_bit_and_gives_the_values_back(tmp_path):
    pixels = np.random.default_rng(0).normal(200, 30, (50, 60))
    export_map(pixels, 1.08, 3, tiff=tmp_path / "map.tif", png=tmp_path / "map.png")
    with tifffile.TiffFile(tmp_path / "map.tif") as tiff:
        grey = tiff.asarray()
        text = tiff.imagej_metadata["Info"]
    low, step = map(float, re.fullmatch(r"value = (\S+) \+ grey \* (\S+)", text.strip()).groups())
    inner = (slice(3, -3), slice(3, -3))
    assert grey.dtype == np.uint16
    assert grey[inner].min() == 0
    assert grey[inner].max() == 65535
    np.testing.assert_allclose(low + step * grey[inner], pixels[inner], atol=step)
    assert read_image(tmp_path / "map.tif").pixel_size_nm == pytest.approx(1.08)
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.size == (60, 50)


def test_exported_colours_are_16_bit_rgb_with_pixel_size(tmp_path):
    variance = np.random.default_rng(0).gamma(2, 10, (50, 60))
    mask = np.zeros(variance.shape)
    mask[:, 30:] = 255
    paths = {"tiff": tmp_path / "a.tif", "png": tmp_path / "a.png"}
    export_colorized(variance, mask, 1.08, 3, **paths)
    colored = tifffile.imread(paths["tiff"])
    assert colored.dtype == np.uint16
    assert colored.shape == (50, 60, 3)
    assert colored[:, :20, 0].mean() > colored[:, :20, 2].mean()
    assert colored[:, 40:, 2].mean() > colored[:, 40:, 0].mean()
    assert read_image(paths["tiff"]).pixel_size_nm == pytest.approx(1.08)
    first = paths["tiff"].read_bytes()
    export_colorized(variance, mask, 1.08, 3, **paths)
    assert paths["tiff"].read_bytes() == first


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("fig4", "gpmm", "enhanced by GPMM with patches of 4 × 4"),
        ("figS4", "sssc", "(b) Standard deviation of the noise"),
        ("figS4", "gpmm", "(a) Log-likelihood of GPMM"),
    ],
)
def test_a_figure_of_both_models_can_show_one(files, tmp_path, name, kind, said):
    paths = {"denoised": files["denoised"], "variance": files["variance"], "model": files[kind]}
    given = files | {key: [path] for key, path in paths.items()}
    outputs = {key: tmp_path / f"{name}.{key}" for key in ("png", "pdf", "caption")}
    make_figure(name, Materials(given, {}, {"subsample": 2}, SIMULATED), **outputs)
    caption = " ".join(outputs["caption"].read_text().split())
    assert said in caption
    assert ("SSSC" in caption, "GPMM" in caption) == (kind == "sssc", kind == "gpmm")


FIGURE2 = {"image": "infection", "model": "sssc", "patch_size": PATCH_SIZE}


@pytest.mark.parametrize(
    ("name", "figure2", "said", "unsaid"),
    [
        ("fig3", FIGURE2, "The micrograph of Figure 2 enhanced", "A micrograph enhanced"),
        ("fig3", FIGURE2 | {"image": "other"}, "A micrograph enhanced", "of Figure 2"),
        ("fig3", {}, "A micrograph enhanced", "Figure 2"),
        ("fig6", {}, "A micrograph denoised by BM3D", "Figure 2"),
        ("fig4", FIGURE2 | {"patch_size": 12}, "at other patch sizes", "with patches of"),
        ("fig4", FIGURE2, "with patches of 4 × 4 pixels", "other patch sizes"),
        ("fig4", {}, "with patches of 4 × 4 pixels", "Figure 2"),
        ("figS1", FIGURE2, "of the image in Figure 2, with the stretch of Figure 2.", "?"),
        ("figS1", FIGURE2 | {"patch_size": 9}, "of the image in Figure 2.", "stretch of Figure 2"),
        ("figS1", {}, "of the image.", "Figure 2"),
        ("fig7", {}, "Infection: a micrograph enhanced", "four viruses"),
    ],
)
def test_captions_refer_to_figure_2_where_it_is_alike(files, tmp_path, name, figure2, said, unsaid):
    given = replace(materials(name, files), figure2=figure2)
    text = make_figure(name, given, **{k: tmp_path / k for k in ("png", "pdf", "caption")}).text
    assert said in text
    assert unsaid not in text


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"crop": {"width": 72, "height": 60}}, "An unscaled part of the micrograph"),
        ({"crop": {"width": 72, "height": 60}, "subsample": 3}, "A part of the micrograph"),
        ({"crop": None, "subsample": 1}, "The unscaled micrograph"),
        ({"subsample": 3}, "The micrograph"),
    ],
)
def test_figure_5_says_what_part_it_shows(files, tmp_path, entry, said):
    given = replace(materials("fig5", files), image_entry=entry)
    outputs = {kind: tmp_path / kind for kind in ("png", "pdf", "caption")}
    assert make_figure("fig5", given, **outputs).title.startswith(f"Figure 5. {said} enhanced by")


def test_a_median_is_called_so(files, tmp_path):
    given = materials("fig2", files, merges=["median"])
    text = make_figure("fig2", given, **{k: tmp_path / k for k in ("png", "pdf", "caption")}).text
    assert "(b) Median and (c) variance" in text
    assert "common to input and median" in text
    assert "mean" not in text.lower()


def test_figure_s4_says_when_a_bound_falls():
    steady = SimpleNamespace(title="SSSC 4 × 4", bound=np.array([-900.0, -899.0, -899.0 - 1e-11]))
    falling = SimpleNamespace(title="SSSC 9 × 9", bound=np.array([-900.0, -899.9, -899.9005]))
    assert monotony([steady]) == "No bound falls from one iteration to the next."
    assert monotony([steady, falling]) == (
        "A bound falls from one iteration to the next: that of SSSC 9 × 9 by 0.0005 nats."
    )
