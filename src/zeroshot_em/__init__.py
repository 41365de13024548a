"""Zero-shot enhancement of single noisy electron micrographs."""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zeroshot_em.enhance import Enhancement, enhance
    from zeroshot_em.gpmm import GPMM
    from zeroshot_em.sssc import SSSC

__all__ = ["GPMM", "SSSC", "Enhancement", "enhance"]
__version__ = "0.1.0"

_HOMES = {"GPMM": "gpmm", "SSSC": "sssc", "Enhancement": "enhance", "enhance": "enhance"}


def __getattr__(name: str) -> Any:
    """Import the models when they are asked for, so that the command line starts quickly."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


class _Package(ModuleType):
    """Keeps the name `enhance` for the function when the module of that name is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _HOMES and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
