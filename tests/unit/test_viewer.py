"""The builder of the viewer page."""

import base64
import dataclasses
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile

from zeroshot_em.core.models.gpmm import GPMM
from zeroshot_em.core.patches import extract_patches
from zeroshot_em.data.images import write_image
from zeroshot_em.data.model_files import save_model
from zeroshot_em.errors import InputError
from zeroshot_em.show.viewer import ViewerImage, ViewerMap, build_viewer, read_viewer_image
from zeroshot_em.show.viewer.encode import EncodedPlane, choose_step, encode_planes, shown_limits
from zeroshot_em.show.viewer.scripts import join_modules


def a_map(pixels: np.ndarray, title: str = "Input") -> ViewerMap:
    return ViewerMap(title, "Group", "What it is.", pixels)


def decode(plane: EncodedPlane, shape: tuple[int, int]) -> np.ndarray:
    """The encoding undone pixel by pixel, as its description says."""
    planes = np.frombuffer(zlib.decompress(base64.b64decode(plane.text)), np.uint8)
    unsigned = sum(p.astype(int) << 8 * k for k, p in enumerate(planes.reshape(plane.n_bytes, -1)))
    residuals = np.where(unsigned % 2, -(unsigned + 1) // 2, unsigned // 2).reshape(shape)
    levels = np.zeros(shape, int)
    for y, x in np.ndindex(shape):
        left = levels[y, x - 1] if x else 0
        above = levels[y - 1, x] if y else 0
        predicted = left if y == 0 else above
        if x and y:
            corner = levels[y - 1, x - 1]
            predicted = sorted((left, above, left + above - corner))[1]
        levels[y, x] = predicted + residuals[y, x]
    return levels


@pytest.mark.parametrize("scale", [0.01, 1.0, 300.0, 1e6])
def test_encoding_keeps_values_to_half_a_step(scale: float) -> None:
    pixels = scale * np.random.default_rng(0).standard_cauchy((23, 31))
    step, exact = choose_step(pixels, shown_limits(pixels, 0), 1000)
    (plane,) = encode_planes(pixels, step)
    assert not exact
    assert np.abs(decode(plane, pixels.shape) * step - pixels).max() <= step * (0.5 + 1e-6)


def test_whole_numbers_are_kept_exactly() -> None:
    pixels = np.random.default_rng(0).integers(-500, 70_000, (17, 9)).astype(float)
    step, exact = choose_step(pixels, shown_limits(pixels, 0), 16)
    (plane,) = encode_planes(pixels, step)
    assert exact
    np.testing.assert_array_equal(decode(plane, pixels.shape), pixels)


def test_step_is_round_and_fine_enough() -> None:
    pixels = np.random.default_rng(1).normal(100.0, 20.0, (50, 50))
    for n_levels in (256, 1000, 4096):
        step, _ = choose_step(pixels, (0.0, 100.0), n_levels)
        assert 0.4 * 100 / n_levels <= step <= 100 / n_levels
        assert f"{step:e}"[0] in "125"


def test_border_takes_no_part_in_the_stretch() -> None:
    pixels = np.random.default_rng(0).normal(size=(40, 40))
    spoiled = pixels.copy()
    spoiled[:5] = spoiled[-5:] = spoiled[:, :5] = spoiled[:, -5:] = 1e6
    assert shown_limits(spoiled, 5) == shown_limits(pixels, 5)
    low, high = shown_limits(np.full((8, 8), 3.0), 0)
    assert low < 3.0 < high


def test_equal_maps_give_equal_bytes_and_nothing_else_is_left(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).normal(size=(20, 30))
    pages = [tmp_path / name for name in ("a.html", "b.html")]
    for page in pages:
        size = build_viewer([ViewerImage("infection", [a_map(pixels)], pixel_size_nm=0.54)], page)
        assert page.stat().st_size == size
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert sorted(tmp_path.iterdir()) == pages


def test_page_names_no_address_and_escapes_what_it_is_given(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    shown = a_map(np.zeros((4, 4)), title="</script><b>")
    build_viewer([ViewerImage("x", [shown])], page, title="<i>Maps</i> {{style}}")
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"https?://|src=|@import|<b>|<i>", text)
    assert "&lt;i&gt;Maps&lt;/i&gt; {{style}}" in text


def test_modules_run_after_those_they_import_and_share_no_names() -> None:
    joined = join_modules(
        {
            "main": 'import { twice } from "./maths.js";\nconst UNIT = 1;\ntwice(UNIT);',
            "maths": "const UNIT = 2;\nexport function twice(x) {\n  return UNIT * x;\n}",
        }
    )
    assert joined.index("modules.maths = ") < joined.index("modules.main = ")
    assert "const { twice } = modules.maths;" in joined
    assert "return { twice };" in joined
    assert not re.search(r"^(import|export)", joined, re.MULTILINE)


def test_coarser_steps_make_the_page_fit(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).normal(size=(200, 200))
    image = [ViewerImage("infection", [a_map(pixels)])]
    full = build_viewer(image, tmp_path / "full.html")
    fitted = build_viewer(image, tmp_path / "fitted.html", max_bytes=full - 10_000)
    assert fitted <= full - 10_000
    spare = dataclasses.replace(a_map(pixels, "Total variance"), is_spare=True)
    more = [dataclasses.replace(image[0], maps=[a_map(pixels), spare])]
    assert build_viewer(more, tmp_path / "spared.html", max_bytes=full - 10_000) < full
    assert "page small: Total variance" in (tmp_path / "spared.html").read_text(encoding="utf-8")
    with pytest.raises(InputError, match=r"would take 0\.\d MB and may take 0\.0 MB; .* fewer"):
        build_viewer(image, tmp_path / "none.html", max_bytes=10_000)
    assert not (tmp_path / "none.html").exists()


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        ([], "at least one map, got none"),
        ([a_map(np.zeros((4, 4))), a_map(np.zeros((4, 5)), "Mean")], r"Mean has shape \(4, 5\)"),
        ([a_map(np.full((4, 4), np.nan))], "Input has values that are not finite"),
        ([a_map(np.zeros((4, 4, 2)))], r"shape \(4, 4, 2\)"),
    ],
)
def test_maps_that_cannot_be_compared(tmp_path: Path, maps: list, message: str) -> None:
    with pytest.raises(InputError, match=message):
        build_viewer([ViewerImage("infection", maps)], tmp_path / "index.html")
    with pytest.raises(InputError, match="at least one image"):
        build_viewer([], tmp_path / "index.html")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An input, maps of a mixture model and of BM3D, the model, and a colour picture."""
    pixels = np.random.default_rng(0).poisson(50.0, (30, 40)).astype(np.float32)
    for name in (
        "input",
        "gpmm_p5_denoised",
        "gpmm_p5_within_variance",
        "bm3d_s25",
        "infection_variance",
        "infection_clean",
    ):
        write_image(tmp_path / f"{name}.tif", pixels, 1.08)
    model = GPMM(n_components=3, max_iter=50, random_state=4).fit(extract_patches(pixels, 5))
    save_model(tmp_path / "gpmm_p5.npz", model, patch_size=5, random_state=4)
    colours = np.dstack([pixels * 257] * 3).astype(np.uint16)
    tifffile.imwrite(tmp_path / "colours.tif", colours, photometric="rgb")
    return tmp_path


def test_maps_are_described_by_their_names_and_by_what_was_run(folder: Path) -> None:
    fitted = ("gpmm_p5_denoised", "gpmm_p5_within_variance")
    names = (*fitted, "bm3d_s25", "infection_variance", "infection_clean")
    image = read_viewer_image(
        "four_viruses",
        input_path=folder / "input.tif",
        map_paths=[folder / f"{name}.tif" for name in names],
        model_paths=[folder / "gpmm_p5.npz"],
        colorized_path=folder / "colours.tif",
        image_entry={"subsample": 2},
        source_entry={"simulate": {"seed": 7, "dose": 10}},
    )
    assert [shown.title for shown in image.maps] == [
        "Input",
        "GPMM denoised, 5 × 5",
        "GPMM within variance, 5 × 5",
        "BM3D, σ = 25",
        "enhance, variance",
        "Truth",
        "Colourised variance",
    ]
    assert [shown.key for shown in image.maps[2:4]] == ["gpmm-within-variance-5-5", "bm3d-s-25"]
    assert (image.title, image.simulated) == ("Four viruses", True)
    assert "seed 7" in image.description
    assert "one in 2 pixels" in image.description
    assert "Simulated data" in image.description
    assert "Gamma-Poisson" in image.maps[1].description
    assert "C = 3" in image.maps[1].description
    assert (image.maps[2].border, image.maps[2].unit) == (4, "grey value²")
    assert (image.maps[4].group, image.maps[4].unit) == ("Chosen by enhance", "grey value²")
    np.testing.assert_array_equal(image.maps[6].pixels[:, :, 0], image.maps[0].pixels)
    assert image.pixel_size_nm == pytest.approx(1.08)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"map_paths": ["input.tif"]}, r"input\.tif: expected a map named"),
        ({"map_paths": ["gpmm_p5_denoised.tif"]}, r"gpmm_p5_denoised\.tif: the file of the model"),
        ({"colorized_path": "input.tif"}, r"input\.tif: expected red, green and blue"),
        ({"colorized_path": "gpmm_p5.npz"}, r"gpmm_p5\.npz: expected a colour TIFF"),
    ],
)
def test_files_that_do_not_say_what_they_show(folder: Path, files: dict, message: str) -> None:
    named = {"map_paths": [], **files}
    paths = {
        key: [folder / name for name in names] if isinstance(names, list) else folder / names
        for key, names in named.items()
    }
    with pytest.raises(InputError, match=message):
        read_viewer_image(
            "infection",
            input_path=folder / "input.tif",
            image_entry={},
            source_entry={"path": "x.tif"},
            **paths,
        )


def test_counts_and_medians_are_called_so(folder: Path) -> None:
    image = read_viewer_image(
        "scene",
        input_path=folder / "input.tif",
        map_paths=[folder / "gpmm_p5_denoised.tif", folder / "bm3d_s25.tif"],
        model_paths=[folder / "gpmm_p5.npz"],
        merges=["median"],
        image_entry={"counts": True},
        source_entry={"path": "x.tif"},
    )
    said = " ".join(shown.description for shown in image.maps)
    assert "The median of the estimates" in said
    assert "deviation of 25 counts" in said
    assert "never rescaled" not in said
    assert [shown.unit for shown in image.maps] == ["count"] * 3
