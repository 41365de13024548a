"""What the command says before, while and after it works."""

import io
import json
import logging
import signal
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import numpy as np
import pytest

from zeroshot_em.cli import main
from zeroshot_em.cli.batch import shares
from zeroshot_em.cli.naming import plan
from zeroshot_em.data.images import Scale, write_image, write_stack

IMAGE = np.random.default_rng(5).normal(100, 9, (40, 44))
QUICK = ["--model", "sssc", "--n-components", "6", "--n-states", "4", "--patch-size", "4",
         "--max-iter", "2"]  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """Take back what the command sets for the whole process."""
    root, ours = logging.getLogger(), logging.getLogger("zeroshot_em")
    handlers, level, ended = list(root.handlers), ours.level, signal.getsignal(signal.SIGTERM)
    yield
    root.handlers[:] = handlers
    ours.setLevel(level)
    signal.signal(signal.SIGTERM, ended)


def on_a_terminal(*arguments: object) -> list[str]:
    """Run the command and return what it leaves on a terminal."""
    terminal = Terminal()
    logging.getLogger().handlers.clear()
    with redirect_stderr(terminal):
        main([str(argument) for argument in arguments])
    lines = terminal.getvalue().replace("\r", "\n").splitlines()
    return [line.rstrip() for line in lines if line.strip()]


def test_a_sentence_comes_before_the_work_and_one_after(tmp_path: Path) -> None:
    write_image(tmp_path / "scene.tif", IMAGE.astype(np.uint8), 0.54)
    output = tmp_path / "out"
    said = on_a_terminal("enhance", tmp_path / "scene.tif", "-o", output, *QUICK, "--noise", "9")
    lines = [line.removeprefix("zeroshot-em: ") for line in said if "zeroshot-em:" in line]
    assert lines[0].startswith(
        f"{tmp_path / 'scene.tif'}: 8 bit, 44 x 40, 0.54 nm; noise as given: spike-and-slab sparse"
    )
    assert lines[0].count("about") == 1
    assert "4 x 4 patches, 6 components" in lines[0]
    assert f"scene_variance.tif to {output}" in lines[1]
    assert "estimating" not in "".join(lines)
    bars = [line for line in said if line.count("|") == 2]
    assert any(line.startswith("rebuilding the image") for line in bars)
    assert max(map(len, bars)) < 80


def test_advice_is_given_once_and_in_options_of_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_image(tmp_path / "scene.tif", IMAGE, 0.54)
    options = [*QUICK, "--noise", "9", "--n-rounds", "2"]
    main(["enhance", str(tmp_path / "scene.tif"), "-o", str(tmp_path / "out"), *options])
    said = capsys.readouterr().err
    assert said.count("--max-iter 4 lets it go on") == 1
    assert "converged" not in said
    summary = json.loads((tmp_path / "out/scene_summary.json").read_text())
    assert len(summary["warnings"]) == 1


def test_a_stack_is_described_by_its_planes(tmp_path: Path) -> None:
    write_stack(tmp_path / "a.tif", np.stack([IMAGE] * 3), "ZYX", Scale(1.5))
    options = [*QUICK, "--noise", "9"]
    said = on_a_terminal("enhance", tmp_path / "a.tif", "-o", tmp_path / "out", *options)
    assert sum("3 planes (ZYX), 32 bit floats, 44 x 40, 1.5 nm;" in line for line in said) == 1


def test_images_share_the_bar_by_their_sizes_and_kept_ones_have_none(tmp_path: Path) -> None:
    for name, size in {"a": 100, "b": 300, "c": 50}.items():
        (tmp_path / f"{name}.tif").write_bytes(bytes(size))
    tasks = plan([tmp_path])
    assert shares(tasks, [False, False, True]) == [(0, 0.25), (0.25, 1), (1, 1)]
    assert shares(tasks, [True, True, True]) == [(0, 0)] * 3


def test_an_interruption_leaves_whole_images_and_their_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zeroshot_em.cli import batch

    for name in "ab":
        write_image(tmp_path / f"{name}.tif", IMAGE, 0.54)
    write = batch.write_planes

    def interrupted(folder: Path, stem: str, *rest: object) -> object:
        if stem == "b":
            (folder / "b_denoised.tif").write_bytes(b"begun")
            raise KeyboardInterrupt
        return write(folder, stem, *rest)

    monkeypatch.setattr(batch, "write_planes", interrupted)
    output = tmp_path / "out"
    paths = [str(tmp_path / f"{name}.tif") for name in "ab"]
    with pytest.raises(SystemExit) as ended:
        main(["enhance", *paths, "-o", str(output), *QUICK, "--noise", "9"])
    assert ended.value.code == 130
    assert sorted(path.name for path in output.iterdir()) == [
        "a_denoised.tif", "a_model.npz", "a_preview.png", "a_summary.json", "a_variance.tif",
        "summary.csv",
    ]  # fmt: skip
    assert (output / "summary.csv").read_text().count("\n") == 2
