"""Stacks in, stacks of the same axes and sizes out."""

import json
from pathlib import Path

import mrcfile
import numpy as np
import pytest
import tifffile

from zeroshot_em.cli import main
from zeroshot_em.data.images import Scale, read_stack, write_stack

RANDOM = np.random.default_rng(3)
TRUTH = np.where(np.arange(40) < 20, 40.0, 120.0)
STACK = RANDOM.poisson(np.tile(TRUTH, (2, 3, 36, 1))).astype(np.uint16)
SCALE = Scale(0.54, 5.0, 0.25)
QUICK = ["--model", "sssc", "--n-components", "6", "--n-states", "4", "--patch-size", "4",
         "--max-iter", "3", "--noise", "9"]  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def enhanced(path: Path, output: Path, *options: str) -> dict:
    main(["enhance", str(path), "-o", str(output), *QUICK, *options])
    return json.loads((output / f"{path.name.split('.')[0]}_summary.json").read_text())


@pytest.mark.parametrize(
    ("name", "axes", "planes"),
    [
        ("a.tif", "ZYX", STACK[0]),
        ("a.ome.tif", "TZYX", STACK),
        ("a.mrc", "ZYX", STACK[0]),
        ("b.mrc", "IYX", STACK[0]),
        ("a.ome.tif", "YX", STACK[0, 0]),
    ],
)
def test_maps_have_the_axes_sizes_and_format_of_the_stack(tmp_path, name, axes, planes):
    write_stack(tmp_path / name, planes, axes, SCALE)
    summary = enhanced(tmp_path / name, tmp_path / "made")
    given = read_stack(tmp_path / name)
    stem, suffix = name.split(".", 1)
    for kind in ("denoised", "variance"):
        made = read_stack(tmp_path / "made" / f"{stem}_{kind}.{suffix}")
        assert (made.axes, made.format, made.scale) == (given.axes, given.format, given.scale)
        assert made.planes.shape == planes.shape
        assert made.dtype == "float32"
    denoised = read_stack(tmp_path / "made" / f"{stem}_denoised.{suffix}").planes
    assert np.abs(denoised - TRUTH).mean() < 0.6 * np.abs(planes - TRUTH).mean()
    assert (summary["planes"], summary["axes"]) == (planes[..., 0, 0].size, axes)
    assert (tmp_path / "made" / f"{stem}_model.npz").exists()


def test_one_model_of_all_planes_or_one_of_each(tmp_path):
    write_stack(tmp_path / "a.tif", STACK[0], "ZYX", SCALE)
    summary = enhanced(tmp_path / "a.tif", tmp_path / "each", "--per-plane")
    models = sorted(path.name for path in (tmp_path / "each").glob("*.npz"))
    assert models == ["a_model_1.npz", "a_model_2.npz", "a_model_3.npz"]
    assert len(summary["noise_of_planes"]) == 3
    for place in range(3):
        write_stack(tmp_path / "plane.tif", STACK[0, place], "YX", SCALE)
        enhanced(tmp_path / "plane.tif", tmp_path / "alone", "--overwrite")
        alone = tifffile.imread(tmp_path / "alone" / "plane_denoised.tif")
        np.testing.assert_array_equal(
            tifffile.imread(tmp_path / "each" / "a_denoised.tif")[place], alone
        )


def test_the_type_of_a_stack_is_kept_and_a_crop_is_of_every_plane(tmp_path):
    write_stack(tmp_path / "a.tif", STACK[0], "TYX", SCALE)
    summary = enhanced(
        tmp_path / "a.tif", tmp_path / "made", "--dtype", "keep", "--crop", "4,2,30,20"
    )
    made = read_stack(tmp_path / "made" / "a_denoised.tif")
    assert (made.dtype, made.axes, made.planes.shape) == ("uint16", "TYX", (3, 20, 30))
    assert made.scale.frame_interval_s == pytest.approx(0.25)
    assert summary["notes"] == [
        "denoised: rounded to uint16; 0 of 1800 values clipped to 0 to 65535"
    ]


def test_changed_values_are_told_in_the_summary(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif", 255 - STACK[0, 0].astype(np.uint8), photometric="miniswhite"
    )
    summary = enhanced(tmp_path / "a.tif", tmp_path / "made")
    assert any("white" in note for note in summary["notes"])
    assert "white" in (tmp_path / "made" / "summary.csv").read_text()


def test_a_truncated_stack_is_refused(tmp_path, capsys):
    tifffile.imwrite(tmp_path / "a.tif", STACK[0], imagej=True, metadata={"axes": "ZYX"})
    content = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(content[: len(content) - 2000])
    with pytest.raises(SystemExit) as ended:
        enhanced(tmp_path / "a.tif", tmp_path / "made")
    assert ended.value.code == 2
    assert "the file is truncated" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_an_mrc_stays_valid(tmp_path):
    write_stack(tmp_path / "a.mrc", STACK[0], "ZYX", SCALE)
    enhanced(tmp_path / "a.mrc", tmp_path / "made")
    assert mrcfile.validate(tmp_path / "made" / "a_denoised.mrc")
