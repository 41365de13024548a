"""The verb ``bm3d``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from zeroshot_em.cli.parameters import Count, Crop, Output
from zeroshot_em.cli.staging import all_or_nothing


def bm3d(
    image: Annotated[Path, Parameter(name="IMAGE")],
    /,
    *,
    output: Output,
    sigma: Annotated[list[float], Parameter(consume_multiple=True, metavar="SIGMA...")],
    crop: Crop | None = None,
    subsample: Count = 1,
    threads: Count = 1,
) -> None:
    """Denoise an image by BM3D (package licensed for non-commercial use only).

    Writes DIR/<stem>_bm3d_s<sigma>.tif for every sigma.

    Parameters
    ----------
    image
        Micrograph: TIFF, PNG, JPEG, MRC or DM.
    output
        Folder to write to.
    sigma
        Assumed standard deviations of the noise, in grey values.
    crop
        Part of the image to use, in pixels.
    subsample
        Keep every so many pixels.
    threads
        Threads to use; the last digits of the result depend on it.
    """
    from zeroshot_em.core.models.bm3d import denoise
    from zeroshot_em.data.images import write_image
    from zeroshot_em.data.preparation import read_prepared

    micrograph = read_prepared(image, crop=crop, subsample=subsample)
    with all_or_nothing(output) as folder:
        for level in sigma:
            denoised = denoise(micrograph.pixels, level, n_threads=threads)
            target = folder / f"{image.stem}_bm3d_s{level:g}.tif"
            write_image(target, denoised, micrograph.pixel_size_nm)
