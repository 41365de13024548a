"""The directions in which the patches of an image vary least, cross-fitted between its halves.

The smallest eigenvalue of a sample covariance lies below the noise variance, since the direction
was chosen for being small. Directions are therefore found in one half of the image and their
variance is measured in the other (a checkerboard of tiles).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from skimage.util import view_as_windows

from zeroshot_em.errors import InputError

PATCH_SIZE = 7
SMALLEST_EDGE = 32
_TILE_EDGE = 32
_MOST_TILES = 128
# Overlapping patches tell more than disjoint ones: seen on white noise, factor 0.6 in the error.
_OVERLAP = 0.6


@dataclass
class PatchHalf:
    """The patches of every second tile, and the half of the tiles whose directions they use.

    Attributes
    ----------
    patches : ndarray of shape (n_patches, PATCH_SIZE ** 2)
        Their means taken off.
    means : ndarray of shape (n_patches,)
    chosen : ndarray of bool, shape (n_patches,)
        Which patches have had the weakest texture so far.
    """

    patches: np.ndarray
    means: np.ndarray
    chosen: np.ndarray

    def directions(self) -> np.ndarray:
        """Return the eigenvectors of the chosen patches' covariance, weakest first, no mean."""
        chosen = self.patches[self.chosen]
        return eigh(chosen.T @ chosen)[1][:, 1:]


def split_patches(
    image: np.ndarray, excluded: np.ndarray | None = None
) -> tuple[PatchHalf, PatchHalf]:
    """Return the patches of the black and of the white tiles of a checkerboard.

    Raises
    ------
    InputError
    """
    if min(image.shape) < SMALLEST_EDGE:
        raise InputError(
            f"estimating noise needs an image of at least {SMALLEST_EDGE} x {SMALLEST_EDGE} "
            f"pixels, got {image.shape[1]} x {image.shape[0]}"
        )
    black, white = (_half(image, excluded, colour) for colour in (0, 1))
    if min(len(black.patches), len(white.patches)) < PATCH_SIZE**2:
        raise InputError("too few pixels are free of clipping to estimate their noise")
    return black, white


def weakest(halves: tuple[PatchHalf, PatchHalf], share: float) -> list[np.ndarray]:
    """Choose the weakest textures, and return all coefficients, weakest direction first.

    A half's patches are chosen and measured along the same directions, those of the other half, so
    that one is independent of the other. The choice is kept in the halves: a smaller share then
    finds its directions in patches of weaker texture.
    """
    coefficients = cross_coefficients(halves)
    for half, values in zip(halves, coefficients, strict=True):
        strength = strength_of(values)
        half.chosen = strength <= np.quantile(strength, share)
    return coefficients


def cross_coefficients(halves: tuple[PatchHalf, PatchHalf]) -> list[np.ndarray]:
    """Return each half's coefficients along the other half's directions, weakest first."""
    directions = [half.directions() for half in halves[::-1]]
    return [half.patches @ d for half, d in zip(halves, directions, strict=True)]


def strength_of(coefficients: np.ndarray) -> np.ndarray:
    """Return the energy of each patch in the stronger half of the directions."""
    return (coefficients[:, coefficients.shape[1] // 2 :] ** 2).sum(axis=1)


def relative_error(n_patches: int, n_directions: int) -> float:
    """Return the standard error of sigma, relative to it, of overlapping patches."""
    return float(_OVERLAP / np.sqrt(2 * n_patches * n_directions / PATCH_SIZE**2))


def _half(image: np.ndarray, excluded: np.ndarray | None, colour: int) -> PatchHalf:
    corners = _tile_corners(image.shape, colour)
    patches = _patches(image, corners)
    if excluded is not None and excluded.any():
        patches = patches[~_patches(excluded, corners).any(axis=1)]
    means = patches.mean(axis=1)
    return PatchHalf(patches - means[:, None], means, np.ones(len(patches), dtype=bool))


def _tile_edge(shape: tuple[int, ...]) -> int:
    return int(np.clip(min(shape) // 4, 2 * PATCH_SIZE, _TILE_EDGE))


def _tile_corners(shape: tuple[int, ...], colour: int) -> np.ndarray:
    """Return the corners of the tiles of one colour, evenly thinned if there are many."""
    edge = _tile_edge(shape)
    rows, columns = np.indices((shape[0] // edge, shape[1] // edge)).reshape(2, -1)
    corners = edge * np.column_stack([rows, columns])[(rows + columns) % 2 == colour]
    n_kept = min(len(corners), _MOST_TILES // 2)
    return corners[np.linspace(0, len(corners) - 1, n_kept).round().astype(int)]


def _patches(image: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return all patches that lie within the tiles."""
    edge = _tile_edge(image.shape)
    tiles = (image[row : row + edge, column : column + edge] for row, column in corners)
    windows = [view_as_windows(tile, (PATCH_SIZE, PATCH_SIZE)) for tile in tiles]
    return np.concatenate([w.reshape(-1, PATCH_SIZE**2) for w in windows])
