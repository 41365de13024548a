"""The verb ``fetch``."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from zeroshot_em.cli.parameters import Output
from zeroshot_em.errors import InputError

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

    config: dict[str, Any] = {}
    if configfile.is_file() or configfile != DEFAULT_CONFIGURATION:
        config = _read_configuration(configfile)
    provenance = bring(
        find(name, config.get("sources")),
        output,
        data_folder=config.get("data_folder"),
    )
    print(output / provenance["file"])


def _read_configuration(path: Path) -> dict[str, Any]:
    import yaml

    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(config, dict):
        raise InputError(f"{path} must map names to settings, found {type(config).__name__}")
    sources = config.get("sources") or {}
    if not isinstance(sources, dict) or not all(
        isinstance(source, dict | None) for source in sources.values()
    ):
        raise InputError(f"sources in {path} must map names to settings, such as a path or a url")
    return config
