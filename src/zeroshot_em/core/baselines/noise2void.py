"""Noise2Void (Krull et al. 2019), trained on the one image, by CAREamics."""

import tempfile

import numpy as np

PATCH_SIZE, BATCH_SIZE = 64, 16


def denoise(image: np.ndarray, *, seed: int, n_epochs: int = 10, n_steps: int = 30) -> np.ndarray:
    """Train Noise2Void on an image and denoise the image by it.

    Parameters
    ----------
    image : ndarray of shape (height, width)
    seed : int
    n_epochs, n_steps : int
        Training steps are their product, each of 16 patches of 64 x 64 pixels or less. An epoch
        sees each place of its data once, so that the data are so many copies of the image. The
        image also validates: of a small one nothing could be held back.
    """
    from careamics import CAREamist
    from careamics.config.factories import create_n2v_config
    from lightning import seed_everything

    seed_everything(seed, workers=True)
    config = create_n2v_config(
        experiment_name="n2v", data_type="array", axes="SYX",
        patch_size=[_patch_size(image.shape)] * 2, batch_size=BATCH_SIZE,
        num_epochs=n_epochs, num_steps=n_steps,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        trainer = CAREamist(config, work_dir=folder, enable_progress_bar=False)
        pixels = image.astype(np.float32)[None]
        copies = np.repeat(pixels, _n_copies(image.shape, n_steps), axis=0)
        trainer.train(train_data=copies, val_data=pixels)
        predicted, _ = trainer.predict(pixels)
    return np.asarray(predicted[0]).reshape(image.shape)


def _patch_size(shape: tuple[int, ...]) -> int:
    """Return the largest power of two that fits, as the network halves its patches."""
    return int(2 ** min(np.log2(PATCH_SIZE), *np.floor(np.log2(shape))))


def _n_copies(shape: tuple[int, ...], n_steps: int) -> int:
    """Return how many copies of an image fill an epoch."""
    n_patches = np.prod(np.ceil(np.array(shape) / _patch_size(shape)))
    return int(np.ceil(n_steps * BATCH_SIZE / n_patches))
