"""A simulated infection scene whose truth is known.

The scene imitates a transmission electron micrograph of an ultrathin plastic section: virions
beside a cell, stained dark on a light background. Everything solid is three-dimensional and is
projected through the section, so that a virion may be cut through its middle or merely grazed. The
sizes are those of Laue et al. (2021): particles of about 100 nm, spikes of up to 23 nm, 0.54 nm per
pixel.

What is drawn is the optical depth tau (dimensionless). The camera then records::

    expected = g * (h * (dose * exp(-tau)))                                    (C1)
    noisy    = g / DQE * (h * Poisson(DQE * dose * exp(-tau))) + readout       (C2)

with g counts per electron and the point spread h of the camera, given by its modulation transfer.
As in a real camera the blur acts on the shot noise too, so that the noise of neighbouring pixels
is correlated; that of every second pixel hardly is.
"""

from zeroshot_em.data.simulation.camera import Camera
from zeroshot_em.data.simulation.scene import IMAGES, Scene, simulate_scene

__all__ = ["IMAGES", "Camera", "Scene", "simulate_scene"]
