"""Whether the scheduler of a cluster answers, asked before the first job is handed to it."""

import subprocess

from zeroshot_em.errors import InputError, reason_of

LONGEST_WAIT = 60.0


def check_slurm() -> None:
    """Ask Slurm for its partitions.

    Raises
    ------
    InputError
        If it is not installed, does not answer or is not set up here.
    """
    try:
        subprocess.run(
            ["sinfo", "--noheader"],
            check=True, timeout=LONGEST_WAIT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise _unreachable(said[-1] if said else f"sinfo ended with {error.returncode}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unreachable(reason_of(error)) from error


def _unreachable(reason: str) -> InputError:
    return InputError(
        f"Slurm cannot be reached ({reason}); run this on a machine of the cluster, or without "
        "--profile workflow/profiles/slurm"
    )
