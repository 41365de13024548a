"""A scintillator camera: what it makes of the electrons that reach it."""

from dataclasses import dataclass

import numpy as np
from scipy import fft

BLUR_REACH = 16


@dataclass(frozen=True)
class Camera:
    """A scintillator camera; the defaults are measured values at 120 kV, binned 2 x 2.

    Attributes
    ----------
    conversion : float
        Counts per electron.
    quantum_efficiency : float
        Detective quantum efficiency (DQE) at zero frequency.
    readout_noise : float
        Standard deviation in counts.
    mtf_scale, mtf_exponent : float
        Of the detector's modulation transfer exp(-(f / scale) ** exponent), f in units of its
        Nyquist frequency; it passes 0.54, 0.16 and 0.03 at one, two and three quarters.
    binning : int
        A pixel of the image adds up the charge of so many by so many pixels of the detector before
        it is read out.
    """

    conversion: float = 30.0
    quantum_efficiency: float = 0.6
    readout_noise: float = 3.0
    mtf_scale: float = 0.34
    mtf_exponent: float = 1.57
    binning: int = 2

    def detector_mtf(self, frequency: np.ndarray) -> np.ndarray:
        """Return the modulation transfer of the detector, f in units of its Nyquist frequency."""
        return np.exp(-((np.abs(frequency) / self.mtf_scale) ** self.mtf_exponent))

    def mtf(self, down: np.ndarray, across: np.ndarray) -> np.ndarray:
        """Return the modulation transfer of the image, f in units of the image's Nyquist frequency.

        That is the detector's transfer times that of adding up its pixels.
        """
        detector = self.detector_mtf(np.hypot(down, across) / self.binning)
        return detector * self._binning_transfer(down) * self._binning_transfer(across)

    def _binning_transfer(self, frequency: np.ndarray) -> np.ndarray:
        phases = (
            np.pi
            / 2
            / self.binning
            * np.multiply.outer(
                np.arange(self.binning) - (self.binning - 1) / 2, np.asarray(frequency)
            )
        )
        return np.cos(2 * phases).mean(axis=0)

    def transfer(self, shape: tuple[int, int]) -> np.ndarray:
        """Return the modulation transfer on the grid of `scipy.fft.rfft2`."""
        across = fft.rfftfreq(shape[1], 0.5)
        down = fft.fftfreq(shape[0], 0.5)
        return self.mtf(down[:, None], across[None, :])

    def blur(self, image: np.ndarray) -> np.ndarray:
        """Return `image` as the camera spreads it, mirrored at the borders."""
        mirrored = np.pad(image, BLUR_REACH, mode="symmetric")
        shape = (mirrored.shape[0], mirrored.shape[1])
        blurred = fft.irfft2(fft.rfft2(mirrored) * self.transfer(shape), s=shape)
        return blurred[BLUR_REACH:-BLUR_REACH, BLUR_REACH:-BLUR_REACH]

    @property
    def photon_transfer_gain(self) -> float:
        """Slope of the noise's variance against the expected count, in counts.

        It is conversion / DQE * sum(h ** 2); the sum is the mean square of the transfer.
        """
        frequency = fft.fftfreq(512, 0.5)
        power = np.mean(self.mtf(frequency[:, None], frequency[None, :]) ** 2)
        return self.conversion / self.quantum_efficiency * float(power)


def record(electrons: np.ndarray, camera: Camera, random: np.random.Generator) -> np.ndarray:
    """Return the counts that the camera records (C2), within 16 bits."""
    detected = random.poisson(camera.quantum_efficiency * electrons)
    counts = camera.conversion / camera.quantum_efficiency * camera.blur(detected)
    counts += camera.readout_noise * random.standard_normal(counts.shape)
    return np.clip(np.rint(counts), 0, np.iinfo(np.uint16).max).astype(np.uint16)
