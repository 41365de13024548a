"""Options of the command line."""

from collections.abc import Callable

from samples import GRAY, tiff_bytes
from table import Ground, Row

ENHANCE: list[tuple[str, list[str]]] = [
    ("no such option", ["--nonsense"]),
    ("digits of another script", ["--patch-size", "٣"]),
    ("patch size of 0", ["--patch-size", "0"]),
    ("patch size of 1e3", ["--patch-size", "1e3"]),
    ("patch size of 10^30", ["--patch-size", "1" + "0" * 30]),
    ("patch larger than the image", ["--patch-size", "25"]),
    ("crop of three numbers", ["--crop", "1,2,3"]),
    ("crop outside the image", ["--crop", "0,0,900,9"]),
    ("crop below 0", ["--crop=-1,0,9,9"]),
    ("seed below 0", ["--seed=-1"]),
    ("seed of 2^40", ["--seed", str(2**40)]),
    ("no threads", ["--threads", "0"]),
    ("noise of NaN", ["--noise", "nan"]),
    ("noise of infinity", ["--noise", "inf"]),
    ("noise below 0", ["--noise=-3"]),
    ("noise of words", ["--noise", "loud"]),
    ("pixel size of 0", ["--pixel-size", "0"]),
    ("every 0th pixel", ["--subsample", "0"]),
    ("merge by maximum", ["--merge", "max"]),
    ("model of no name", ["--model", "vae"]),
    ("states for the mixture", ["--model", "gpmm", "--n-states", "4"]),
    ("10^9 components", ["--n-components", "1000000000", "--model", "sssc", "--patch-size", "2"]),
    ("model file that is none", ["--model-from", "scene.tif"]),
    ("model file that is not there", ["--model-from", "lost.npz"]),
]
OTHERS: list[tuple[str, list[str]]] = [
    ("no image", ["enhance", "-o", "outputs"]),
    ("no such verb", ["denoise"]),
    ("bm3d without a sigma", ["bm3d", "scene.tif", "-o", "outputs"]),
    ("bm3d of sigma 0", ["bm3d", "scene.tif", "-o", "outputs", "--sigma", "0"]),
    ("compare by a peak of NaN", ["compare", "scene.tif", "scene.tif", "--peak", "nan"]),
    ("compare by a peak below 0", ["compare", "scene.tif", "scene.tif", "--peak=-1"]),
    ("compare with nothing", ["compare", "scene.tif"]),
    ("simulate a shape of one number", ["simulate", "-o", "outputs", "--shape", "64"]),
    ("simulate 10^9 x 10^9 pixels", ["simulate", "-o", "outputs", "--shape", f"{10**9},{10**9}"]),
    ("simulate a dose of NaN", ["simulate", "-o", "outputs", "--dose", "nan"]),
    ("simulate a dose below 0", ["simulate", "-o", "outputs", "--dose=-1"]),
    ("fetch a name of no source", ["fetch", "lost", "-o", "outputs"]),
    ("fetch by no configuration", ["fetch", "lost", "-o", "outputs", "--configfile", "lost.yaml"]),
]


def _run(arguments: list[str]) -> Callable[[Ground], object]:
    def act(at: Ground) -> object:
        at.file("scene.tif", tiff_bytes(GRAY))
        at.enter()
        return at.cli(*arguments)

    return act


ROWS = [
    *(
        Row(
            "input", "command line", name, _run(["enhance", "scene.tif", "-o", "outputs", *options])
        )
        for name, options in ENHANCE
    ),
    *(Row("input", "command line", name, _run(arguments)) for name, arguments in OTHERS),
]
