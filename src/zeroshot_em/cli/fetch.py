"""The verb ``fetch``."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from zeroshot_em.cli.parameters import Output

DEFAULT_CONFIGURATION = Path("config/config.yaml")


def fetch(
    name: Annotated[str, Parameter(name="NAME")],
    /,
    *,
    output: Output,
    configfile: Annotated[Path, Parameter(metavar="FILE")] = DEFAULT_CONFIGURATION,
) -> None:
    """Bring one image by its name, downloaded and verified, and print where it is.

    Names are those of the sources in the configuration and of the catalogue.

    Parameters
    ----------
    name
        Name of a source, such as laue2020_077.
    output
        Folder to write to.
    configfile
        Where to look for sources, if it is there.
    """
    from zeroshot_em.data.sources import fetch as bring
    from zeroshot_em.data.sources import find
    from zeroshot_em.run.plain import read_configuration

    config: dict[str, Any] = {}
    if configfile.is_file() or configfile != DEFAULT_CONFIGURATION:
        config = read_configuration(configfile)
    provenance = bring(
        find(name, config.get("sources")),
        output,
        data_folder=config.get("data_folder"),
    )
    print(output / provenance["file"])
