"""Why a file cannot be used."""

import numpy as np


class Unreadable(Exception):
    """Why a file cannot be used, in words that follow its name."""


def extra_needed(kind: str) -> str:
    """Say what to install to read a kind of file."""
    return f"found {kind}, which needs one more package: pip install 'zeroshot-em[microscopy]'"


def only_plane(samples: np.ndarray) -> np.ndarray:
    """Refuse samples that are not one plane."""
    if samples.ndim != 2:
        raise Unreadable(
            f"expected one image, found a stack of shape {samples.shape}; "
            "save the plane to use as a file of its own"
        )
    return samples
