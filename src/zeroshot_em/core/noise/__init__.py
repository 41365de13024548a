"""What the noise of an image is: level, photon transfer, correlation; stabilising, whitening."""

from zeroshot_em.core.noise.estimate import estimate_noise
from zeroshot_em.core.noise.find import Noise, find_noise
from zeroshot_em.core.noise.grain import Grain
from zeroshot_em.core.noise.model import NoiseModel

__all__ = ["Grain", "Noise", "NoiseModel", "estimate_noise", "find_noise"]
