"""What the plugin reads, writes and shows, as far as it goes without napari."""

from types import SimpleNamespace

import numpy as np
import pytest

from zeroshot_em.data.images import Scale, read_image, read_stack, write_image, write_stack
from zeroshot_em.errors import InputError
from zeroshot_em.napari.files import get_reader, write_layer
from zeroshot_em.napari.regions import box_around, corners_of_shapes
from zeroshot_em.napari.samples import simulated_scene

PIXELS = np.arange(12, dtype=np.uint16).reshape(3, 4)


@pytest.mark.parametrize("name", ["a.tif", "a.ome.tif", "a.mrc"])
def test_a_file_that_is_opened_and_saved_keeps_values_and_size(tmp_path, name):
    path, copy = str(tmp_path / name), str(tmp_path / f"copy_{name}")
    write_image(path, PIXELS, 0.54)
    ((data, options, kind),) = get_reader(path)(path)
    assert kind == "image"
    assert options["scale"] == pytest.approx((0.54, 0.54))
    assert options["units"] == ("nm", "nm")
    assert write_layer(copy, data, options) == [copy]
    again = read_image(copy)
    assert again.pixel_size_nm == pytest.approx(0.54)
    np.testing.assert_array_equal(again.pixels, PIXELS)


def test_a_series_keeps_its_axes_and_sizes(tmp_path):
    path, copy = str(tmp_path / "a.ome.tif"), str(tmp_path / "copy.ome.tif")
    planes = np.arange(120, dtype=np.uint8).reshape(2, 5, 3, 4)
    write_stack(path, planes, "TZYX", Scale(0.5, 20.0, 3.0))
    ((data, options, _),) = get_reader(path)(path)
    assert options["scale"] == pytest.approx((3.0, 20.0, 0.5, 0.5))
    assert options["units"] == ("s", "nm", "nm", "nm")
    write_layer(copy, data, options)
    again = read_stack(copy)
    assert again.axes == "TZYX"
    assert vars(again.scale) == pytest.approx(
        {"pixel_size_nm": 0.5, "spacing_nm": 20.0, "frame_interval_s": 3.0}
    )


@pytest.mark.parametrize(
    ("unit", "scale", "nm"),
    [
        ("nanometer", 2.0, 2.0),
        ("micrometer", 0.002, 2.0),
        ("angstrom", 20.0, 2.0),
        ("pixel", 2.0, None),
    ],
)
def test_the_units_of_a_layer_become_nm(tmp_path, unit, scale, nm):
    path = str(tmp_path / "a.tif")
    write_layer(path, PIXELS, {"scale": (scale, scale), "units": (unit, unit)})
    assert read_image(path).pixel_size_nm == (nm and pytest.approx(nm))


@pytest.mark.parametrize(
    ("data", "options"),
    [(np.zeros((3, 4, 3)), {"rgb": True}), (np.zeros((1,) * 6), {})],
    ids=["colours", "six axes"],
)
def test_what_cannot_be_saved_is_refused_in_a_line(tmp_path, data, options):
    with pytest.raises(InputError, match=r"^[^\n]+$"):
        write_layer(str(tmp_path / "a.tif"), data, {"scale": (1.0,) * data.ndim, **options})
    assert list(tmp_path.iterdir()) == []


def test_the_sample_has_a_truth_and_a_scale():
    (clean, hidden, _), (noisy, options, _) = simulated_scene()
    assert clean.shape == noisy.shape
    assert not hidden["visible"]
    assert options["units"] == ("nm", "nm")


def test_a_region_is_cut_at_the_edges_of_the_image():
    assert box_around([(-5.0, 2.2), (7.1, 90.0)], (10, 20)) == (slice(0, 8), slice(2, 20))
    with pytest.raises(InputError, match="outside"):
        box_around([(50.0, 50.0), (60.0, 60.0)], (10, 20))


def test_a_layer_without_shapes_is_no_region():
    empty = SimpleNamespace(name="Shapes", data=[], selected_data=set())
    with pytest.raises(InputError, match="nothing is drawn in Shapes"):
        corners_of_shapes(empty, None)
