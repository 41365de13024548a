"""The program: its verbs, and how it ends."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cyclopts import App, CycloptsError, Group, Parameter

from zeroshot_em import __version__
from zeroshot_em.cli.bm3d import bm3d
from zeroshot_em.cli.compare import compare
from zeroshot_em.cli.enhance import EXAMPLES, enhance
from zeroshot_em.cli.fetch import fetch
from zeroshot_em.cli.noise import noise
from zeroshot_em.cli.simulate import simulate
from zeroshot_em.cli.speaking import talk
from zeroshot_em.run.reporting import exit_with, input_errors_end_program, shortage


def _version() -> str:
    from zeroshot_em.data.provenance import versions

    found = versions()
    others = ", ".join(f"{name} {found[name]}" for name in ("python", "numpy", "numba", "scipy"))
    return f"zeroshot-em {__version__} ({others})"


app = App(
    name="zeroshot-em",
    help="Enhance noisy electron micrographs by models learned from each image alone.",
    help_epilogue="Exit status: 0 for success, 2 for anything you can mend.",
    help_format="plaintext",
    version=_version,
    default_parameter=Parameter(negative=()),
    group_parameters=Group("Options", sort_key=1),
)
app.command(enhance, help_epilogue=f"{EXAMPLES}\n\n{app.help_epilogue}")
for verb in (noise, bm3d, simulate, compare, fetch):
    app.command(verb)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one verb; the program ends with status 2 and one line for a mistake of the user's."""
    # A job that runs out of its time ends like any other: what it began to write is removed.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    talk()
    with _mistakes_end_program():
        app(
            sys.argv[1:] if arguments is None else list(arguments),
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    if arguments is not None and set(arguments) & {"--help", "-h", "--version"}:
        raise SystemExit(0)


@contextmanager
def _mistakes_end_program() -> Iterator[None]:
    try:
        with input_errors_end_program():
            yield
    except CycloptsError as error:
        exit_with(f"{' '.join(str(error).split())} See zeroshot-em --help")
    except (OSError, MemoryError) as error:
        exit_with(shortage(error))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
