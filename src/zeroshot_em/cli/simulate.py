"""The verb ``simulate``."""

from typing import Annotated, Any

from cyclopts import Parameter

from zeroshot_em.cli.parameters import Output, Seed, Shape
from zeroshot_em.cli.staging import all_or_nothing


def simulate(
    *,
    output: Output,
    seed: Seed = 0,
    dose: Annotated[float | None, Parameter(metavar="E")] = None,
    shape: Shape | None = None,
    eight_bit: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Simulate a micrograph of an infection scene whose truth is known.

    Writes noisy.tif, clean.tif, cell_mask.tif, virion_mask.tif, boundary_mask.tif, spike_mask.tif,
    depth.tif (the optical depth) and scene.json.

    Parameters
    ----------
    output
        Folder to write to.
    seed
        Seed of the scene and its noise.
    dose
        Electrons per pixel.
    shape
        Height and width in pixels.
    eight_bit
        Write grey values of 8 bit by an operator's contrast, as published files have.
    """
    import json

    from zeroshot_em.data.images import write_image
    from zeroshot_em.data.simulation import IMAGES, simulate_scene

    given = {"shape": shape, "dose": dose}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    with all_or_nothing(output) as folder:
        scene = simulate_scene(seed=seed, **options)
        scene = scene.as_published() if eight_bit else scene
        for name in IMAGES:
            write_image(folder / f"{name}.tif", getattr(scene, name), scene.pixel_size_nm)
        text = json.dumps(scene.parameters, indent=2) + "\n"
        (folder / "scene.json").write_text(text, encoding="utf-8")
