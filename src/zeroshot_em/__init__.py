"""Zero-shot enhancement of single noisy electron micrographs."""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "core.enhancement": ["Enhancement", "enhance"],
        "core.models.gpmm": ["GPMM"],
        "core.models.sssc": ["SSSC"],
    },
)
