"""Write an image as a TIFF."""

import os
from typing import Any

import numpy as np
import tifffile

from zeroshot_em.data.files import atomic_path
from zeroshot_em.errors import InputError


def write_image(
    path: str | os.PathLike[str],
    array: np.ndarray,
    pixel_size_nm: float | None = None,
    description: str = "",
) -> None:
    """Write an image as a TIFF that Fiji and napari open with its pixel size.

    Equal input gives equal bytes, and no half-written file ever has the final name. The file is
    uncompressed: deflate would save a tenth of a noisy float image, at the price of bytes that
    depend on the version of the compressor.

    Parameters
    ----------
    path : path-like
        The file to write; its folder is made if need be.
    array : ndarray of shape (height, width)
        Written as it is if it is uint8 or uint16, as float32 otherwise.
    pixel_size_nm : float or None
        Edge of a pixel.
    description : str
        What the image shows; Fiji shows it under Image > Show Info.

    Raises
    ------
    InputError
        If the array is not two-dimensional or the file cannot be written.
    """
    array = np.asarray(array)
    if array.ndim != 2:
        raise InputError(f"{path}: expected an array (height, width), found shape {array.shape}")
    if array.dtype not in (np.uint8, np.uint16):
        array = array.astype(np.float32)
    metadata: dict[str, Any] = {"axes": "YX"}
    resolution = None
    if pixel_size_nm is not None:
        metadata["unit"] = "nm"
        resolution = (1 / pixel_size_nm, 1 / pixel_size_nm)
    if description:
        metadata["Info"] = description

    try:
        with atomic_path(path) as temporary:
            tifffile.imwrite(
                temporary, array, imagej=True, resolution=resolution, metadata=metadata
            )
    except OSError as error:
        raise InputError(f"{path}: this file cannot be written ({error.strerror})") from error
