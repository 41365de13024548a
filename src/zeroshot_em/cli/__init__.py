"""The command line ``zeroshot-em``: one micrograph in, files out.

What a verb computes with is imported when the verb runs, so that ``--help`` answers at once.
"""

import argparse
import json
import logging
import math
import os
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from zeroshot_em import __version__
from zeroshot_em.errors import InputError
from zeroshot_em.run.reporting import exit_with, input_errors_end_program

MODEL_OPTIONS = {
    "sssc": ("n_components", "n_states", "max_iter"),
    "gpmm": ("n_components", "max_iter"),
}
DEFAULT_CONFIGURATION = Path("config/config.yaml")


def main(argv: Sequence[str] | None = None) -> None:
    """Run one verb; the program ends with status 2 and one line for a mistake of the user's."""
    arguments = _parser().parse_args(argv)
    _talk(arguments.verbose)
    # A job that runs out of its time ends like any other: what it began to write is removed.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with input_errors_end_program():
            arguments.run(arguments)
    except OSError as error:
        exit_with(f"{error.filename or 'a file'}: {error.strerror or error}")
    except MemoryError as error:
        exit_with(f"there is not enough memory for this: {error}; choose less")
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _enhance(arguments: argparse.Namespace) -> None:
    from zeroshot_em.core.enhancement import N_ROUNDS, enhance_with, fit_model
    from zeroshot_em.core.models.record import FitRecord
    from zeroshot_em.core.noise.photon_transfer import fit_photon_transfer, photon_transfer_facts
    from zeroshot_em.data.images import write_image
    from zeroshot_em.data.model_files import save_model
    from zeroshot_em.data.provenance import file_sha256, versions
    from zeroshot_em.show.preview import side_by_side, stretch_to_bytes

    options = _model_options(arguments)
    pixels, pixel_size = _read(arguments)
    camera = photon_transfer_facts(pixels)
    if arguments.counts:
        pixels = fit_photon_transfer(pixels).to_counts(pixels)
    stem = arguments.image.stem
    with _all_or_nothing(arguments.output) as folder:
        started = time.perf_counter()
        model = fit_model(
            pixels,
            arguments.model,
            arguments.patch_size,
            random_state=arguments.seed,
            n_threads=arguments.threads,
            **options,
        )
        result = enhance_with(model, pixels, merge=arguments.merge, n_threads=arguments.threads)
        seconds = round(time.perf_counter() - started, 1)
        how = {
            "image": arguments.image.name,
            "image_sha256": file_sha256(arguments.image),
            "crop": arguments.crop,
            "subsample": arguments.subsample,
            "photon_transfer": camera,
            "converted_to_counts": arguments.counts,
            "width": pixels.shape[1],
            "height": pixels.shape[0],
            "pixel_size_nm": pixel_size,
            "n_rounds": N_ROUNDS,
            "merge": arguments.merge,
            "versions": versions(),
        }
        border = arguments.patch_size - 1
        panels = [stretch_to_bytes(pixels)]
        panels += [stretch_to_bytes(shown, border) for shown in (result.denoised, result.variance)]
        write_image(folder / f"{stem}_denoised.tif", result.denoised, pixel_size)
        write_image(folder / f"{stem}_variance.tif", result.variance, pixel_size)
        save_model(folder / f"{stem}_model.npz", model, **how)
        side_by_side(panels).save(folder / f"{stem}_preview.png")
        _write_json(
            folder / f"{stem}_summary.json",
            {**FitRecord.of(model, **how).summary(), "seconds": seconds},
        )


def _bm3d(arguments: argparse.Namespace) -> None:
    from zeroshot_em.core.models.bm3d import denoise
    from zeroshot_em.data.images import write_image

    pixels, pixel_size = _read(arguments)
    with _all_or_nothing(arguments.output) as folder:
        for sigma in arguments.sigma:
            denoised = denoise(pixels, sigma, n_threads=arguments.threads)
            target = folder / f"{arguments.image.stem}_bm3d_s{sigma:g}.tif"
            write_image(target, denoised, pixel_size)


def _simulate(arguments: argparse.Namespace) -> None:
    from zeroshot_em.data.images import write_image
    from zeroshot_em.data.simulation import simulate_scene

    given = {"shape": arguments.shape, "dose": arguments.dose}
    options = {name: value for name, value in given.items() if value is not None}
    with _all_or_nothing(arguments.output) as folder:
        scene = simulate_scene(seed=arguments.seed, **options)
        for name in ("noisy", "clean", "cell_mask"):
            write_image(folder / f"{name}.tif", getattr(scene, name), scene.pixel_size_nm)
        _write_json(folder / "scene.json", scene.parameters)


def _compare(arguments: argparse.Namespace) -> None:
    from zeroshot_em.data.images import read_image
    from zeroshot_em.data.metrics import compare, psnr_peak

    truth = read_image(arguments.truth)
    peak = arguments.peak
    if peak is None:
        peak = psnr_peak(truth.pixels, truth.dtype)
    if not 0 < peak < math.inf:
        raise InputError(f"the range of grey values must be positive, found {peak:g}; set --peak")
    images = {path: read_image(path).pixels for path in arguments.images}
    rows = compare(truth.pixels, images, data_range=peak)
    if arguments.json:
        print(json.dumps({"truth": str(arguments.truth), "peak": peak, "images": rows}, indent=2))
        return
    width = max(len(str(row["image"])) for row in rows)
    print(f"{'image':<{width}}  PSNR (dB)   SSIM   blur    (peak {peak:g})")
    for row in rows:
        print(f"{row['image']:<{width}}  {row['psnr']:9.2f}  {row['ssim']:.3f}  {row['blur']:.3f}")


def _fetch(arguments: argparse.Namespace) -> None:
    from zeroshot_em.data.sources import fetch, find

    config: dict[str, Any] = {}
    if arguments.configfile.is_file() or arguments.configfile != DEFAULT_CONFIGURATION:
        config = _read_configuration(arguments.configfile)
    provenance = fetch(
        find(arguments.name, config.get("sources")),
        arguments.output,
        data_folder=config.get("data_folder"),
    )
    print(arguments.output / provenance["file"])


def _read_configuration(path: Path) -> dict[str, Any]:
    import yaml

    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(config, dict):
        raise InputError(f"{path} must map names to settings, found {type(config).__name__}")
    sources = config.get("sources") or {}
    if not isinstance(sources, dict) or not all(
        isinstance(source, dict | None) for source in sources.values()
    ):
        raise InputError(f"sources in {path} must map names to settings, such as a path or a url")
    return config


def _read(arguments: argparse.Namespace) -> tuple[Any, float | None]:
    """Return the pixels to work on, cropped and subsampled, and their size in nm."""
    from zeroshot_em.core.preprocess import crop, subsample
    from zeroshot_em.data.images import read_image

    image = read_image(arguments.image)
    pixels = crop(image.pixels, *arguments.crop) if arguments.crop else image.pixels
    pixels = subsample(pixels, arguments.subsample)
    return pixels, image.pixel_size_nm and image.pixel_size_nm * arguments.subsample


def _model_options(arguments: argparse.Namespace) -> dict[str, int]:
    """Return the options given for the model; the others keep the model's own defaults."""
    names = {name for options in MODEL_OPTIONS.values() for name in options}
    given = {name: getattr(arguments, name) for name in sorted(names)}
    given = {name: value for name, value in given.items() if value is not None}
    for name in given:
        if name not in MODEL_OPTIONS[arguments.model]:
            flag = name.replace("_", "-")
            raise InputError(f"--{flag} is not an option of the model {arguments.model}")
    return given


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[Path]:
    """Give a temporary folder whose files move into `folder` when all of them are written.

    It is made first, so that a folder that cannot be written to is known before the work begins.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".zeroshot-em-") as staging:
            yield Path(staging)
            for path in sorted(Path(staging).iterdir()):
                os.replace(path, folder / path.name)
    finally:
        if is_new and not any(folder.iterdir()):
            folder.rmdir()


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _talk(verbose: bool) -> None:
    """Show progress on a terminal or where it is asked for, and warnings as one line each."""
    level = logging.INFO if verbose or sys.stderr.isatty() else logging.WARNING
    logging.basicConfig(format="zeroshot-em: %(message)s")
    logging.getLogger("zeroshot_em").setLevel(level)
    warnings.showwarning = lambda message, *_: print(
        f"zeroshot-em: warning: {' '.join(str(message).split())}", file=sys.stderr
    )


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        exit_with(f"{message}; see {self.prog} --help")


def _integers(names: str) -> Any:
    """Return a converter of so many whole numbers with commas between them, such as X,Y,W,H."""

    def convert(text: str) -> tuple[int, ...]:
        try:
            numbers = tuple(int(part) for part in text.split(","))
        except ValueError:
            numbers = ()
        if len(numbers) != len(names.split(",")):
            raise argparse.ArgumentTypeError(f"expected whole numbers {names}, found {text!r}")
        return numbers

    return convert


def _at_least(least: int) -> Any:
    def convert(text: str) -> int:
        if not text.lstrip("-").isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {least}, found {text!r}"
            )
        return int(text)

    return convert


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="zeroshot-em",
        description="Enhance a noisy electron micrograph by models learned from that image alone.",
        epilog="Exit status: 0 for success, 2 for anything you can mend.",
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"zeroshot-em {__version__}",
        help="print the version and exit",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    _add_enhance(verbs)
    _add_bm3d(verbs)
    _add_simulate(verbs)
    _add_compare(verbs)
    _add_fetch(verbs)
    return parser


def _add_verb(verbs: Any, name: str, run: Any, summary: str, details: str = "") -> Any:
    verb = verbs.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}. {details}".strip(),
    )
    verb.set_defaults(run=run)
    verb.add_argument("-v", "--verbose", action="store_true", help="one line per iteration")
    return verb


def _add_output(verb: Any) -> None:
    verb.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder to write to"
    )


def _add_input(verb: Any) -> None:
    verb.add_argument(
        "image", type=Path, metavar="IMAGE", help="micrograph: TIFF, PNG, JPEG, MRC, DM"
    )
    _add_output(verb)
    verb.add_argument(
        "--crop",
        type=_integers("X,Y,W,H"),
        metavar="X,Y,W,H",
        help="part of the image to use, in pixels",
    )
    verb.add_argument(
        "--subsample",
        type=_at_least(1),
        default=1,
        metavar="K",
        help="keep every K-th pixel (default: %(default)s)",
    )


def _add_threads(verb: Any, default: int | None, meaning: str) -> None:
    verb.add_argument(
        "--threads",
        type=_at_least(1),
        default=default,
        metavar="N",
        help=f"threads to use (default: {meaning})",
    )


def _add_enhance(verbs: Any) -> None:
    verb = _add_verb(
        verbs,
        "enhance",
        _enhance,
        "learn a model from an image and write the image's mean and variance maps",
        "Writes DIR/<stem>_denoised.tif, <stem>_variance.tif, <stem>_model.npz, <stem>_preview.png "
        "and <stem>_summary.json. Grey values are used as they are, unless --counts is given, and "
        "the pixel size is kept.",
    )
    _add_input(verb)
    _add_threads(verb, None, "all cores")
    verb.add_argument(
        "--counts",
        action="store_true",
        help="turn grey values into counts first, by the gain and offset estimated from the image",
    )
    verb.add_argument(
        "--model",
        choices=tuple(MODEL_OPTIONS),
        default="sssc",
        help="the patch model (default: %(default)s)",
    )
    verb.add_argument(
        "--patch-size",
        type=_at_least(1),
        default=6,
        metavar="P",
        help="edge of a patch in pixels (default: %(default)s)",
    )
    verb.add_argument(
        "--n-components", type=_at_least(1), metavar="N",
        help="generative fields of sssc, components of gpmm (default: the model's)",
    )  # fmt: skip
    verb.add_argument(
        "--n-states", type=_at_least(1), metavar="S",
        help="states kept per patch, sssc only (default: the model's)",
    )  # fmt: skip
    verb.add_argument(
        "--max-iter", type=_at_least(1), metavar="N", help="most iterations (default: the model's)"
    )
    verb.add_argument(
        "--merge",
        choices=("mean", "median"),
        default="mean",
        help="how overlapping estimates merge (default: %(default)s)",
    )
    verb.add_argument(
        "--seed",
        type=_at_least(0),
        default=0,
        help="seed of every random choice (default: %(default)s)",
    )


def _add_bm3d(verbs: Any) -> None:
    verb = _add_verb(
        verbs,
        "bm3d",
        _bm3d,
        "denoise an image by BM3D (package licensed for non-commercial use only)",
        "Writes DIR/<stem>_bm3d_s<sigma>.tif for every sigma.",
    )
    _add_input(verb)
    _add_threads(verb, 1, "1")
    verb.add_argument(
        "--sigma", type=float, nargs="+", required=True, metavar="SIGMA",
        help="assumed standard deviation of the noise, in grey values",
    )  # fmt: skip


def _add_simulate(verbs: Any) -> None:
    verb = _add_verb(
        verbs,
        "simulate",
        _simulate,
        "simulate a micrograph of an infection scene whose truth is known",
        "Writes noisy.tif, clean.tif, cell_mask.tif and scene.json.",
    )
    _add_output(verb)
    verb.add_argument(
        "--seed",
        type=_at_least(0),
        default=0,
        help="seed of the scene and its noise (default: %(default)s)",
    )
    verb.add_argument("--dose", type=float, metavar="E", help="electrons per pixel")
    verb.add_argument(
        "--shape", type=_integers("H,W"), metavar="H,W", help="height and width in pixels"
    )


def _add_compare(verbs: Any) -> None:
    verb = _add_verb(
        verbs, "compare", _compare, "print PSNR, SSIM and blur of images whose truth is known"
    )
    verb.add_argument("truth", type=Path, metavar="TRUTH", help="the noise-free image")
    verb.add_argument(
        "images", type=Path, nargs="+", metavar="IMAGE", help="images of the same size"
    )
    verb.add_argument(
        "--peak",
        type=float,
        help="range behind PSNR and SSIM (default: 255 for 8 bit, else TRUTH's)",
    )
    verb.add_argument("--json", action="store_true", help="print JSON instead of a table")


def _add_fetch(verbs: Any) -> None:
    verb = _add_verb(
        verbs,
        "fetch",
        _fetch,
        "bring one image by its name, downloaded and verified, and print where it is",
        "Names are those of the sources in the configuration and of the catalogue.",
    )
    verb.add_argument("name", metavar="NAME", help="name of a source, such as laue2020_077")
    _add_output(verb)
    verb.add_argument(
        "--configfile",
        type=Path,
        default=DEFAULT_CONFIGURATION,
        metavar="FILE",
        help="where to look for sources (default: %(default)s if there is one)",
    )
