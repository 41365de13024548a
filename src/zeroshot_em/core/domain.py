"""What an image is turned into before a model sees it, and how its maps come back.

A model that holds the noise fixed wants noise of deviation 1 everywhere; the Poisson mixture wants
counts. Each domain turns grey values into such values (`forward`), estimates of them back into
grey values (`inverse`), and says by how much an estimate's error grows on the way (`slope`).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from zeroshot_em.core.noise import Noise, NoiseModel
from zeroshot_em.core.noise.correlation import NoiseSpectrum, undo_whitening, whiten
from zeroshot_em.core.noise.scaled import Scaled
from zeroshot_em.errors import InputError


class Domain(Protocol):
    """A change of the grey values that can be undone."""

    def forward(self, image: np.ndarray) -> np.ndarray:
        """Return the image as the model sees it."""

    def inverse(self, estimate: np.ndarray) -> np.ndarray:
        """Return the grey values of an estimate."""

    def slope(self, grey_values: np.ndarray) -> np.ndarray | float:
        """Return how many grey values a unit of the domain is, at these grey values."""


@dataclass(frozen=True)
class AsRecorded:
    """Grey values as they are: the paper's."""

    def forward(self, image: np.ndarray) -> np.ndarray:
        """Return the image."""
        return image

    def inverse(self, estimate: np.ndarray) -> np.ndarray:
        """Return the estimate."""
        return estimate

    def slope(self, grey_values: np.ndarray) -> float:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class Chained:
    """One domain's image as another has it.

    Attributes
    ----------
    first, then : Domain
    """

    first: Domain
    then: Domain

    def forward(self, image: np.ndarray) -> np.ndarray:
        """Return the image as the second domain has it."""
        return self.then.forward(self.first.forward(image))

    def inverse(self, estimate: np.ndarray) -> np.ndarray:
        """Return the grey values."""
        return self.first.inverse(self.then.inverse(estimate))

    def slope(self, grey_values: np.ndarray) -> np.ndarray | float:
        """Return the product of both slopes."""
        return self.first.slope(grey_values) * self.then.slope(self.first.forward(grey_values))


def unit_noise_domain(noise: Noise) -> Domain:
    """Return where an image, at the size of its noise, has white noise of standard deviation 1."""
    return behind_whitening(noise.stabiliser(), noise)


def behind_whitening(inner: Domain, noise: Noise) -> Domain:
    """Return a domain whose image is whitened first, where the noise asks for it."""
    return Whitened(inner, noise.spectrum) if noise.needs_whitening else inner


def counts_domain(noise: NoiseModel) -> Scaled:
    """Return the scale on which grey values are counts.

    Raises
    ------
    InputError
        If the noise does not grow with the grey value, so that no gain is known.
    """
    counts = noise.counts()
    if counts is None:
        raise InputError(
            "the noise does not grow with the grey value, so that no gain can be estimated; "
            "was the image filtered, inverted or clipped?"
        )
    return counts


@dataclass(frozen=True)
class Whitened:
    """An image whose neighbouring pixels share noise, whitened before anything else.

    Attributes
    ----------
    inner : Domain
        What follows once the noise is white.
    spectrum : NoiseSpectrum
    """

    inner: Domain
    spectrum: NoiseSpectrum

    def forward(self, image: np.ndarray) -> np.ndarray:
        """Return the whitened image as the inner domain has it."""
        return self.inner.forward(whiten(image, self.spectrum))

    def inverse(self, estimate: np.ndarray) -> np.ndarray:
        """Return the grey values as the camera spreads them."""
        return undo_whitening(self.inner.inverse(estimate), self.spectrum)

    def slope(self, grey_values: np.ndarray) -> np.ndarray | float:
        """Return the inner domain's slope."""
        return self.inner.slope(grey_values)
