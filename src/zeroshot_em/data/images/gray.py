"""From the samples of a file to gray values."""

import numpy as np

from zeroshot_em.data.images.unreadable import Unreadable


def to_gray(samples: np.ndarray) -> np.ndarray:
    """Turn the samples of an image into gray values.

    Parameters
    ----------
    samples : ndarray of shape (height, width) or (height, width, n_channels)
        One channel is gray, two are gray and alpha, three are RGB, four are RGB and alpha.

    Returns
    -------
    ndarray of shape (height, width), float64
        The luma of ITU-R BT.601, ``0.299 R + 0.587 G + 0.114 B``, unrounded; equal R, G and B
        give exactly their common value.

    Raises
    ------
    Unreadable
        If they are complex, of which no part is the gray value.
    """
    refuse_complex(samples)
    values = samples.astype(np.float64)
    return values if values.ndim == 2 else luma(values)


def luma(values: np.ndarray) -> np.ndarray:
    """Return the gray values of colours along the last axis, of which the alpha is dropped."""
    if values.shape[-1] < 3:
        return values[..., 0]
    red, green, blue = values[..., 0], values[..., 1], values[..., 2]
    return green + 0.299 * (red - green) + 0.114 * (blue - green)


def refuse_complex(samples: np.ndarray) -> None:
    """Refuse complex numbers, of which no part is the gray value."""
    if np.iscomplexobj(samples):
        raise Unreadable("expected real gray values, found complex numbers")


def finite(gray: np.ndarray) -> np.ndarray:
    """Refuse gray values that are not finite numbers."""
    bad = gray.size - np.count_nonzero(np.isfinite(gray))
    if bad:
        raise Unreadable(
            f"{bad} of its {gray.size} pixels are not finite numbers (NaN or infinity); "
            "mend them before use"
        )
    return gray
