"""What must hold of any image, patch, model file, configuration and command line."""

import copy
import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from zeroshot_em.core.patches import extract_patches, merge_patches, patch_grid
from zeroshot_em.data.model_files import load_model, save_model
from zeroshot_em.errors import InputError
from zeroshot_em.images import read_image, write_image
from zeroshot_em.run.configuration import complete_configuration
from zeroshot_em.run.schema import load_schema

ROOT = Path(__file__).resolve().parents[2]
settings.register_profile("quick", deadline=None, derandomize=True, database=None, max_examples=40)
settings.load_profile("quick")

SHAPES = st.tuples(st.integers(1, 14), st.integers(1, 14))
GREY_VALUES = st.floats(-1e6, 1e6, width=32)
IMAGES = SHAPES.flatmap(lambda shape: arrays_of.arrays(np.float32, shape, elements=GREY_VALUES))


def answer(function, *arguments):
    """Return what a function returns and what it says when it refuses; nothing else may rise."""
    try:
        return function(*arguments), ""
    except InputError as error:
        return None, str(error)


@given(
    st.one_of(
        IMAGES,
        SHAPES.flatmap(lambda shape: arrays_of.arrays(np.uint8, shape)),
        SHAPES.flatmap(lambda shape: arrays_of.arrays(np.uint16, shape)),
    ),
    st.none() | st.floats(0.01, 500.0),
)
def test_an_image_is_read_as_it_was_written(image, pixel_size):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.tif"
        write_image(path, image, pixel_size)
        read = read_image(path)
    assert np.array_equal(read.pixels, image)
    assert read.dtype == image.dtype.name
    assert read.pixel_size_nm == (pixel_size and pytest.approx(pixel_size, rel=1e-5))


@given(IMAGES, st.integers(1, 14), st.sampled_from(["mean", "median"]), st.integers(1, 14))
def test_the_patches_of_an_image_merge_to_the_image(image, patch_size, merge, block_rows):
    patch_size = min(patch_size, *image.shape)
    n_rows, _ = patch_grid(image.shape, patch_size)
    blocks = []
    for start in range(0, n_rows, block_rows):
        patches = extract_patches(image, patch_size, slice(start, start + block_rows))
        blocks.append((patches, np.full_like(patches, 2.5)))
    maps = merge_patches(iter(blocks), image.shape, patch_size, merge, n_threads=1)
    size = max(1.0, float(np.abs(image).max()))
    np.testing.assert_allclose(maps.denoised, image, atol=1e-9 * size)
    np.testing.assert_allclose(maps.variance, 0, atol=1e-12 * size**2)
    np.testing.assert_allclose(maps.within_variance, 2.5)


@given(IMAGES, st.integers(1, 5), st.floats(-100, 100))
def test_merging_follows_a_shift_of_the_estimates(image, patch_size, shift):
    patch_size = min(patch_size, *image.shape)
    patches = extract_patches(image.astype(float), patch_size)
    noisy = patches + np.random.default_rng(0).normal(size=patches.shape)
    plain, shifted = (
        merge_patches([(p, np.zeros_like(p))], image.shape, patch_size, n_threads=1)
        for p in (noisy, noisy + shift)
    )
    size = max(1.0, float(np.abs(image).max()), abs(shift))
    np.testing.assert_allclose(shifted.denoised, plain.denoised + shift, atol=1e-9 * size)
    np.testing.assert_allclose(shifted.variance, plain.variance, atol=1e-9 * size)


@pytest.fixture(scope="module", params=["sssc", "gpmm"])
def model_file(request, tmp_path_factory):
    from zeroshot_em import GPMM, SSSC

    patches = np.random.default_rng(0).poisson(30.0, (60, 4)).astype(float)
    model = SSSC(3, 2, max_iter=2) if request.param == "sssc" else GPMM(3, max_iter=2)
    path = tmp_path_factory.mktemp("models") / f"{request.param}.npz"
    with pytest.warns(UserWarning, match="converged"):
        save_model(path, model.fit(patches))
    return path


@given(data=st.data())
def test_a_changed_model_file_is_refused_or_the_same_model(model_file, data):
    content = model_file.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + bytes([data.draw(st.integers(0, 255))]) + content[at + 1 :]
    path = model_file.with_name("changed.npz")
    path.write_bytes(changed)
    model, message = answer(load_model, path)
    assert "\n" not in message
    if model is None:
        return
    arrays = model.to_arrays()
    for name, array in load_model(model_file).to_arrays().items():
        assert np.array_equal(arrays[name], array)


SCHEMA = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
DEMO = yaml.safe_load((ROOT / "config/demo.yaml").read_text())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def _paths(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _paths(part, (*path, key))


@given(st.sampled_from([path for path in _paths(DEMO) if path]), VALUES)
def test_any_value_in_a_configuration_is_taken_or_named_in_one_line(path, value):
    config = copy.deepcopy(DEMO)
    place = config
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert "\n" not in answer(complete_configuration, config, SCHEMA)[1]


FLAGS = [
    "--output", "-o", "--model", "--patch-size", "--n-components", "--n-states", "--max-iter",
    "--merge", "--noise", "--crop", "--subsample", "--pixel-size", "--seed", "--threads",
    "--sigma", "--peak", "--json", "--counts", "--configfile", "--nonsense",
]  # fmt: skip
WORDS = st.sampled_from(FLAGS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="*?["), max_size=6
)
VERBS = st.sampled_from(["enhance", "bm3d", "compare", "fetch", "denoise", ""])


@given(VERBS, st.lists(WORDS, max_size=6))
def test_any_command_line_without_an_image_is_answered_in_one_line(verb, words):
    from contextlib import chdir, redirect_stderr, redirect_stdout

    from zeroshot_em.cli import main

    told = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        with redirect_stderr(told), redirect_stdout(io.StringIO()):
            try:
                main([verb, *words, "no-such-image.tif"])
                status = 0
            except SystemExit as ended:
                status = ended.code
        left = list(Path(folder).rglob("*"))
    assert status in (0, 2), told.getvalue()
    assert not left
    if status:
        assert told.getvalue().startswith("zeroshot-em: ")
        assert told.getvalue().count("\n") == 1, told.getvalue()
