"""The verb ``noise``."""

import json
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from zeroshot_em.errors import InputError


def noise(
    images: Annotated[list[Path], Parameter(name="IMAGE")],
    /,
    *,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Say what the noise of images is: its strength, whether it grows with the signal, its kind.

    Parameters
    ----------
    images
        Micrographs (TIFF, PNG, JPEG, MRC, DM), patterns or folders of them.
    as_json
        Print all numbers as JSON in place of a sentence each.
    """
    from zeroshot_em.cli.naming import plan

    found = {str(task.path): _noise_of(task.path) for task in plan(images)}
    if as_json:
        print(json.dumps({path: model.to_dict() for path, model in found.items()}, indent=2))
        return
    for path, model in found.items():
        print(f"{path}: {model.sentence()}")
        for warning in model.warnings:
            print(f"  {warning}")


def _noise_of(path: Path) -> Any:
    from zeroshot_em.core.noise import find_noise
    from zeroshot_em.images import read_image

    try:
        return find_noise(read_image(path).pixels)
    except InputError as error:
        raise InputError(f"{path}: {error}" if str(path) not in str(error) else error) from error
