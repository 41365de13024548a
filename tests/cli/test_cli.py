import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from zeroshot_em.cli import main
from zeroshot_em.cli.enhance import EXAMPLES
from zeroshot_em.cli.staging import all_or_nothing
from zeroshot_em.data.images import read_image, write_image
from zeroshot_em.data.model_files import load_model

VERBS = ["enhance", "noise", "bm3d", "simulate", "compare", "fetch"]


@pytest.fixture
def scene(tmp_path):
    """A noisy image of 30 x 24 pixels of 0.54 nm."""
    path = tmp_path / "scene.tif"
    truth = np.where(np.arange(30) < 15, 40.0, 120.0)
    write_image(path, np.random.default_rng(0).poisson(np.tile(truth, (24, 1))), 0.54)
    return path


@pytest.fixture
def output(tmp_path):
    return tmp_path / "made"


def one_line(capsys):
    """Return the only line on standard error, of a program that has printed nothing else."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("zeroshot-em: ")
    assert err.count("\n") == 1
    return err


def test_help_lists_the_verbs(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(verb in text for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_its_options(verb, capsys):
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    assert "None" not in capsys.readouterr().out


def test_help_has_examples_that_fit_a_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["enhance", "--help"])
    text = capsys.readouterr().out
    assert all(f"\n{line}\n" in text for line in EXAMPLES.splitlines())
    assert max(map(len, text.splitlines())) <= 80


def test_help_needs_no_numpy():
    code = (
        "import sys; from zeroshot_em.cli import main\n"
        "try: main(['enhance', '--help'])\n"
        "except SystemExit: sys.exit('numpy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_the_module_can_be_run():
    version = subprocess.run(
        [sys.executable, "-m", "zeroshot_em", "--version"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert version.stdout.startswith("zeroshot-em ")


@pytest.mark.parametrize(
    ("model", "options"),
    [("sssc", ["--n-components", "6", "--n-states", "4"]), ("gpmm", ["--n-components", "5"])],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_enhance_writes_maps_model_preview_and_summary(model, options, scene, output, capsys):
    arguments = ["--model", model, "--patch-size", "4", "--max-iter", "3", "--threads", "1"]
    main(["enhance", str(scene), "-o", str(output), *arguments, *options, "--subsample", "2"])
    assert sorted(path.name for path in output.iterdir()) == [
        "scene_denoised.tif", "scene_model.npz", "scene_preview.png", "scene_summary.json",
        "scene_variance.tif", "summary.csv",
    ]  # fmt: skip
    noisy = read_image(scene).pixels[::2, ::2]
    mean = read_image(output / "scene_denoised.tif")
    assert mean.pixels.shape == (12, 15)
    assert mean.pixel_size_nm == pytest.approx(1.08)
    assert np.abs(mean.pixels - noisy).mean() < 15
    assert read_image(output / "scene_variance.tif").pixels.min() >= 0
    assert load_model(output / "scene_model.npz").components_.shape[1] == 16
    summary = json.loads((output / "scene_summary.json").read_text())
    assert summary["settings"]["model"] == model
    assert summary["settings"]["options"]["max_iter"] == 3
    assert summary["pixel_size_nm"] == pytest.approx(1.08)
    assert capsys.readouterr().out == f"{output / 'summary.csv'}\n"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_same_seed_gives_the_same_maps(scene, tmp_path):
    options = ["--n-components", "5", "--max-iter", "2", "--patch-size", "3", "--seed", "4"]
    for folder in ("first", "second"):
        main(["enhance", str(scene), "-o", str(tmp_path / folder), "--model", "gpmm", *options])
    for name in ("scene_denoised.tif", "scene_variance.tif", "scene_preview.png"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


@pytest.mark.parametrize(
    ("noise", "said"), [("learned", "learned by the model"), ("9", "as given")]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_table_says_where_the_noise_comes_from(noise, said, scene, output):
    options = ["--noise", noise, "--effort", "low", "--patch-size", "3", "--n-components", "5"]
    main(["enhance", str(scene), "-o", str(output), "--max-iter", "1", *options])
    with (output / "summary.csv").open() as table:
        assert [row["noise"] for row in csv.DictReader(table)] == [said]


def test_simulate_then_bm3d_then_compare(tmp_path, capsys):
    pytest.importorskip("bm3d")
    made = tmp_path / "made"
    main(["simulate", "-o", str(made), "--seed", "2", "--dose", "20", "--shape", "400,420"])
    assert {path.name for path in made.iterdir()} == {
        "noisy.tif", "clean.tif", "cell_mask.tif", "virion_mask.tif", "boundary_mask.tif",
        "spike_mask.tif", "depth.tif", "scene.json",
    }  # fmt: skip
    main(["bm3d", str(made / "noisy.tif"), "-o", str(made), "--sigma", "25", "2.5"])
    denoised = [str(made / f"noisy_bm3d_s{sigma}.tif") for sigma in ("25", "2.5")]
    main(["compare", str(made / "clean.tif"), str(made / "noisy.tif"), *denoised, "--json"])
    result = json.loads(capsys.readouterr().out)
    noisy, strong, weak = (row["psnr"] for row in result["images"])
    assert noisy < strong
    assert noisy <= weak < strong
    main(["compare", str(made / "clean.tif"), str(made / "noisy.tif")])
    header, row = capsys.readouterr().out.splitlines()
    assert "PSNR" in header
    assert f"{noisy:.2f}" in row


def test_fetch_takes_a_configured_local_file(scene, tmp_path, capsys):
    configuration = tmp_path / "mine.yaml"
    configuration.write_text(f"sources:\n  mine: {{path: {scene}}}\n")
    main(["fetch", "mine", "-o", str(tmp_path / "made"), "--configfile", str(configuration)])
    fetched = tmp_path / "made" / "scene.tif"
    assert capsys.readouterr().out == f"{fetched}\n"
    assert fetched.read_bytes() == scene.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--crop", "20,0,20,10"], "not inside the image, which has 30 x 24 pixels"),
        (["--crop", "1,2,3"], "expected whole numbers X,Y,W,H, found '1,2,3'"),
        (["--patch-size", "25"], "patch of 25 x 25 pixels is larger than the image"),
        (["--patch-size", "0"], "expected a whole number from 1, found '0'"),
        (["--threads", "many"], "expected a whole number from 1, found 'many'"),
        (["--threads", "٣"], "expected a whole number from 1, found '٣'"),
        (["--noise", "0"], "standard deviation greater than 0, found '0'"),
        (["--noise", "nan"], "standard deviation greater than 0, found 'nan'"),
        (["--pixel-size", "-1"], "expected a number greater than 0, found '-1'"),
        (["--model", "bm4d"], 'Choose from: "auto", "sssc", "gpmm"'),
        (["--modle", "sssc"], "Did you mean --model?"),
        (["--model", "gpmm", "--n-states", "9"], "n_states is not an option of the model gpmm"),
        (["--model", "gpmm", "--n-components", "100000"], "100000"),
    ],
)
def test_a_mistake_in_enhance_is_one_line(arguments, message, scene, output, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["enhance", str(scene), "-o", str(output), *arguments])
    assert ended.value.code == 2
    assert message in one_line(capsys)
    assert not output.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        (b"", "empty"),
        (b"not an image at all", "expected an image"),
    ],
)
def test_an_unusable_file_is_named(content, message, tmp_path, output, capsys):
    path = tmp_path / "broken.tif"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main(["enhance", str(path), "-o", str(output)])
    assert ended.value.code == 2
    line = one_line(capsys)
    assert str(path) in line
    assert message in line
    assert not output.exists()


def test_negative_counts_are_refused_by_the_mixture(tmp_path, output, capsys):
    path = tmp_path / "negative.tif"
    write_image(path, np.linspace(-3, 40, 400).reshape(20, 20))
    with pytest.raises(SystemExit) as ended:
        main(["enhance", str(path), "-o", str(output), "--model", "gpmm", "--n-components", "3"])
    assert ended.value.code == 2
    assert "negative" in one_line(capsys)


def test_images_of_other_sizes_cannot_be_compared(scene, tmp_path, capsys):
    write_image(tmp_path / "small.tif", np.ones((10, 10)))
    with pytest.raises(SystemExit) as ended:
        main(["compare", str(scene), str(tmp_path / "small.tif")])
    assert ended.value.code == 2
    assert "30 x 24" in one_line(capsys)


@pytest.mark.parametrize("options", [[], ["--peak", "0"], ["--peak", "nan"]])
def test_grey_values_without_a_range_cannot_be_compared(options, tmp_path, capsys):
    flat = tmp_path / "flat.tif"
    write_image(flat, np.ones((24, 30)))
    with pytest.raises(SystemExit) as ended:
        main(["compare", str(flat), str(flat), *options])
    assert ended.value.code == 2
    assert "must be positive" in one_line(capsys)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sources: [", "is not valid YAML"),
        ("- a\n- b\n", "must map names to settings, found list"),
        ("sources: [a]\n", "sources in"),
        ("sources: {a: b}\n", "sources in"),
    ],
)
def test_a_configuration_that_is_none_is_named(text, message, tmp_path, capsys):
    configuration = tmp_path / "mine.yaml"
    configuration.write_text(text)
    with pytest.raises(SystemExit) as ended:
        main(["fetch", "a", "-o", str(tmp_path), "--configfile", str(configuration)])
    assert ended.value.code == 2
    line = one_line(capsys)
    assert str(configuration) in line
    assert message in line


@pytest.mark.parametrize(
    ("verb", "threads"), [("enhance", " (default: all cores)"), ("bm3d", "; the last digits")]
)
def test_help_states_the_number_of_threads(verb, threads, capsys):
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    words = " ".join(capsys.readouterr().out.split())
    assert f"Threads to use{threads}" in words


def test_an_unknown_image_name_lists_the_known_ones(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["fetch", "laue2020_7", "-o", str(tmp_path)])
    assert ended.value.code == 2
    line = one_line(capsys)
    assert "laue2020_077" in line
    assert line.endswith("(did you mean laue2020_077?)\n")


def test_a_folder_that_cannot_be_made_is_named(scene, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "-o", str(scene / "inside"), "--shape", "400,420"])
    assert ended.value.code == 2
    assert str(scene) in one_line(capsys)


def test_a_failure_half_way_leaves_nothing(scene, output, monkeypatch, capsys):
    pytest.importorskip("bm3d")
    from zeroshot_em.data import images

    write, calls = images.write_image, []

    def fail_the_second_time(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError(28, "No space left on device", "second.tif")
        write(*arguments, **options)

    monkeypatch.setattr(images, "write_image", fail_the_second_time)
    with pytest.raises(SystemExit) as ended:
        main(["bm3d", str(scene), "-o", str(output), "--sigma", "5", "25"])
    assert ended.value.code == 2
    assert "No space left on device" in one_line(capsys)
    assert not output.exists()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_gain_is_reported_and_grey_values_turned_into_counts_on_demand(tmp_path):
    counts = np.linspace(10, 60, 240) * np.ones((240, 1))
    image = 4.0 * np.random.default_rng(0).poisson(counts)
    write_image(tmp_path / "ramp.tif", image)
    options = ["--model", "gpmm", "--n-components", "5", "--max-iter", "2", "--patch-size", "3"]
    means = []
    for name, flags in (("raw", []), ("counts", ["--counts"])):
        main(["enhance", str(tmp_path / "ramp.tif"), "-o", str(tmp_path / name), *options, *flags])
        summary = json.loads((tmp_path / name / "ramp_summary.json").read_text())
        gain = 1 if flags else 4
        assert summary["noise"]["gain"] == pytest.approx(gain, rel=0.2)
        assert summary["settings"]["domain"] == "counts"
        means.append(read_image(tmp_path / name / "ramp_denoised.tif").pixels.mean())
    assert means[0] == pytest.approx(image.mean(), rel=0.02)
    assert means[1] == pytest.approx(counts.mean(), rel=0.2)


QUICK = ["--model", "gpmm", "--n-components", "5", "--max-iter", "2", "--patch-size", "3"]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_one_bad_image_does_not_stop_the_others(scene, tmp_path, output, capsys):
    broken = tmp_path / "a_broken.tif"
    broken.write_bytes(b"no image")
    with pytest.raises(SystemExit) as ended:
        main(["enhance", str(broken), str(scene), "-o", str(output), *QUICK])
    assert ended.value.code == 2
    assert "1 of 2 images failed" in capsys.readouterr().err
    with (output / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["failed", "done"]
    assert "a_broken.tif" in rows[0]["message"]
    assert (output / "scene_denoised.tif").exists()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_results_are_kept_until_they_may_be_written_over(scene, output, capsys):
    def enhance(*more):
        main(["enhance", str(scene), "-o", str(output), *QUICK, *more])
        said = capsys.readouterr().err
        return (output / "scene_summary.json").stat().st_mtime_ns, said

    first, _ = enhance()
    second, said = enhance("--seed", "5")
    assert second == first
    assert "--overwrite replaces them" in said
    assert enhance("--resume")[0] == first
    resumed, _ = enhance("--resume", "--seed", "5")
    assert resumed > first
    assert enhance("--overwrite", "--seed", "5")[0] > resumed


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_results_of_another_image_are_neither_kept_for_this_one_nor_replaced(
    scene, output, tmp_path, capsys
):
    main(["enhance", str(scene), "-o", str(output), *QUICK])
    other = tmp_path / "other" / scene.name
    write_image(other, np.random.default_rng(9).normal(100, 10, (40, 40)))
    before = (output / "scene_denoised.tif").read_bytes()
    with pytest.raises(SystemExit, match="2"):
        main(["enhance", str(other), "-o", str(output), *QUICK])
    assert "has results of another image by this name" in capsys.readouterr().err
    assert (output / "scene_denoised.tif").read_bytes() == before


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_a_damaged_summary_is_one_line(scene, output, capsys, content):
    output.mkdir()
    (output / "scene_summary.json").write_text(content)
    with pytest.raises(SystemExit, match="2"):
        main(["enhance", str(scene), "-o", str(output), *QUICK])
    assert "damaged; --overwrite" in capsys.readouterr().err


def test_a_set_of_files_is_never_sealed_before_it_is_whole(tmp_path, monkeypatch):
    def write(content):
        with all_or_nothing(tmp_path, last="b") as folder:
            for name in "abc":
                (folder / name).write_text(content)

    write("old")
    replace = os.replace

    def interrupted(source, target):
        if Path(target).name == "c":
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write("new")
    assert not (tmp_path / "b").exists()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_model_is_applied_to_another_image_and_the_type_is_kept(scene, tmp_path, output):
    main(["enhance", str(scene), "-o", str(output), *QUICK])
    model = output / "scene_model.npz"
    other = tmp_path / "other.tif"
    write_image(other, np.random.default_rng(1).poisson(70, (24, 30)).astype(np.uint8))
    again = tmp_path / "again"
    options = ["--model-from", str(model), "--dtype", "keep", "--pixel-size", "2.5"]
    main(["enhance", str(other), "-o", str(again), *options])
    denoised = read_image(again / "other_denoised.tif")
    assert denoised.dtype == "uint8"
    assert denoised.pixel_size_nm == pytest.approx(2.5)
    found = load_model(again / "other_model.npz")
    np.testing.assert_array_equal(found.components_, load_model(model).components_)


def test_noise_is_said_in_a_sentence_and_in_numbers(tmp_path, capsys):
    path = tmp_path / "flat.tif"
    write_image(path, np.random.default_rng(0).normal(500, 12, (96, 96)))
    main(["noise", str(path)])
    assert "noise of 1" in capsys.readouterr().out
    main(["noise", str(path), "--json"])
    found = json.loads(capsys.readouterr().out)[str(path)]
    assert found["sigma"] == pytest.approx(12, rel=0.05)
    assert not found["is_signal_dependent"]


def test_noise_of_a_constant_image_is_refused(tmp_path, capsys):
    path = tmp_path / "constant.tif"
    write_image(path, np.full((64, 64), 7.0))
    with pytest.raises(SystemExit) as ended:
        main(["noise", str(path)])
    assert ended.value.code == 2
    line = one_line(capsys)
    assert str(path) in line
    assert "constant" in line
