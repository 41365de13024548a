"""A small deep image prior (Ulyanov et al. 2018): a network fitted to one image, stopped early.

The network maps fixed noise to the image; it learns structure before noise. As the usual remedy
against learning too long, what is returned is the exponential average of the outputs.
"""

from typing import Any

import numpy as np

N_CHANNELS, N_SCALES, N_INPUTS = 32, 4, 16
LEARNING_RATE, JITTER, KEPT = 1e-2, 0.03, 0.99
WIDTH = 2**N_SCALES


def denoise(image: np.ndarray, *, seed: int, n_iterations: int = 600) -> np.ndarray:
    """Fit the network to an image and return the average of its outputs.

    Parameters
    ----------
    image : ndarray of shape (height, width)
    seed : int
    n_iterations : int
        Steps of Adam; fewer are smoother, more follow the noise.
    """
    import torch

    torch.manual_seed(seed)
    height, width = image.shape
    padding = ((0, -height % WIDTH), (0, -width % WIDTH))
    mean, deviation = float(image.mean()), max(float(image.std()), np.finfo(float).tiny)
    target = torch.tensor(np.pad((image - mean) / deviation, padding, mode="reflect"))
    average = _fitted(target.float()[None, None], n_iterations)
    return mean + deviation * average[:height, :width]


def _fitted(target: Any, n_iterations: int) -> np.ndarray:
    import torch

    network = _network()
    code = 0.1 * torch.rand(1, N_INPUTS, *target.shape[2:])
    optimiser = torch.optim.Adam(network.parameters(), LEARNING_RATE)
    average = torch.zeros_like(target)
    for step in range(n_iterations):
        output = network(code + JITTER * torch.randn_like(code))
        optimiser.zero_grad()
        torch.nn.functional.mse_loss(output, target).backward()
        optimiser.step()
        kept = min(KEPT, step / (step + 1))
        average = kept * average + (1 - kept) * output.detach()
    return average[0, 0].numpy().astype(np.float64)


def _network() -> Any:
    """Return an hourglass: halved so many times by strides, and doubled again."""
    from torch.nn import Conv2d, Sequential, Upsample

    down = [_layer(N_INPUTS if k == 0 else N_CHANNELS, 2) for k in range(N_SCALES)]
    up = [
        Sequential(Upsample(scale_factor=2, mode="bilinear"), _layer(N_CHANNELS, 1))
        for _ in range(N_SCALES)
    ]
    return Sequential(*down, *up, Conv2d(N_CHANNELS, 1, 1))


def _layer(n_inputs: int, stride: int) -> Any:
    from torch.nn import BatchNorm2d, Conv2d, LeakyReLU, Sequential

    return Sequential(
        Conv2d(n_inputs, N_CHANNELS, 3, stride, 1, padding_mode="reflect"),
        BatchNorm2d(N_CHANNELS),
        LeakyReLU(0.1),
    )
