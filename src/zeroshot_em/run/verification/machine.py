"""What of a machine the last bits of a result depend on."""

import platform

from zeroshot_em.data.provenance import versions


def machine_kind() -> dict[str, str]:
    """Return what equal bytes need to be equal: platform, targets of compilers, versions.

    Returns
    -------
    dict of str to str
        ``platform``, ``numba`` (the processor that kernels are compiled for), ``blas`` (the kernels
        that matrix products run), and a version each for Python and the packages.
    """
    kind = {"platform": f"{platform.system()} {platform.machine()}"}
    return kind | {"numba": _numba_target(), "blas": _blas_kernels()} | versions()


def _numba_target() -> str:
    from llvmlite.binding import get_host_cpu_name
    from numba.core import config

    return config.CPU_NAME or get_host_cpu_name()  # type: ignore[attr-defined]


def _blas_kernels() -> str:
    import scipy.linalg  # noqa: F401 - it brings a BLAS of its own
    from threadpoolctl import threadpool_info

    libraries = [lib for lib in threadpool_info() if lib["user_api"] == "blas"]
    named = {
        f"{lib['internal_api']} {lib['version']} {lib.get('architecture') or ''}".strip()
        for lib in libraries
    }
    return ", ".join(sorted(named))
