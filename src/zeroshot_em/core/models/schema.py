"""What the arrays of a fitted model must be before anything is computed from them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from zeroshot_em.errors import InputError


@dataclass(frozen=True)
class ArraySpec:
    """Axes by name (one size each in all arrays of a model) and the range of the values."""

    axes: tuple[str, ...] = ()
    above: float = -np.inf
    most: float = np.inf
    may_be_infinite: bool = False

    def check(self, name: str, array: np.ndarray, sizes: dict[str, int]) -> None:
        """Refuse an array that is not like this; `sizes` holds those of the axes seen so far.

        Raises
        ------
        InputError
        """
        if array.dtype != np.dtype("<f8") or array.ndim != len(self.axes) or 0 in array.shape:
            raise InputError(
                f"{name} is {array.dtype.str} of shape {array.shape}, "
                f"not float64 of {len(self.axes)} axes"
            )
        for axis, size in zip(self.axes, array.shape, strict=True):
            if sizes.setdefault(axis, size) != size:
                raise InputError(f"{name} is of {size} {axis}, not {sizes[axis]}")
        if not self._holds(array):
            raise InputError(f"{name} has values that it cannot have")

    def _holds(self, array: np.ndarray) -> bool:
        finite = np.isfinite(array).all() or (self.may_be_infinite and not np.isnan(array).any())
        return bool(finite and (array > self.above).all() and (array <= self.most).all())


_OF_FIELDS = ("n_components",)
_PER_PASS = ("n_iter",)

SCHEMAS: Mapping[str, Mapping[str, ArraySpec]] = {
    "sssc": {
        "components": ArraySpec(("n_components", "n_pixels")),
        "priors": ArraySpec(_OF_FIELDS, above=0, most=1),
        "latent_means": ArraySpec(_OF_FIELDS),
        "latent_variances": ArraySpec(_OF_FIELDS, above=0),
        "noise_variance": ArraySpec(above=0),
        "offset": ArraySpec(),
        "bounds": ArraySpec(_PER_PASS),
        "noise_deviations": ArraySpec(_PER_PASS, above=0),
        "activities": ArraySpec(_PER_PASS),
        "converged": ArraySpec(above=-1, most=1),
    },
    "gpmm": {
        "components": ArraySpec(("n_components", "n_pixels"), above=0),
        "weights": ArraySpec(_OF_FIELDS, above=0, most=1 + 1e-9),
        "alpha": ArraySpec(above=0, may_be_infinite=True),
        "bounds": ArraySpec(_PER_PASS),
        "converged": ArraySpec(above=-1, most=1),
    },
}


def history_names(model: str) -> list[str]:
    """Return the names of the arrays that hold one value a pass."""
    return [name for name, spec in SCHEMAS[model].items() if spec.axes == _PER_PASS]


def check_arrays(model: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Refuse arrays that are not those of a fitted model of square patches.

    Raises
    ------
    InputError
    """
    schema = SCHEMAS[model]
    if set(arrays) != set(schema):
        odd = ", ".join(sorted(set(arrays) ^ set(schema)))
        raise InputError(f"its arrays are not those of {model}: {odd}")
    sizes: dict[str, int] = {}
    for name, spec in schema.items():
        spec.check(name, arrays[name], sizes)
    edge_of_patch(sizes["n_pixels"])


def edge_of_patch(n_pixels: int) -> int:
    """Return the edge of a square patch of so many pixels.

    Raises
    ------
    InputError
        If there is no such square.
    """
    edge = round(n_pixels**0.5)
    if edge**2 != n_pixels:
        raise InputError(f"patches of {n_pixels} pixels are not square")
    return edge
