"""What the noise of an image is: level, photon transfer, correlation; stabilising, whitening."""

from zeroshot_em.core.noise.estimate import estimate_noise
from zeroshot_em.core.noise.model import NoiseModel

__all__ = ["NoiseModel", "estimate_noise"]
