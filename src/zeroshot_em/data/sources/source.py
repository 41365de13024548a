"""Where an image comes from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from types import NoneType
from typing import Any, get_args, get_type_hints
from urllib.parse import unquote, urlsplit

from zeroshot_em.data.files import read_json
from zeroshot_em.data.secrets import without_secrets
from zeroshot_em.errors import InputError, did_you_mean

RESOURCES = Path("resources")


@dataclass(frozen=True)
class Source:
    """Where an image comes from; the workflow's schema describes the same keys.

    Attributes
    ----------
    name : str
        In the configuration or the catalogue.
    doi, file : str
        Digital object identifier of a record, and the name of a file in it.
    url : str
        Address of the file.
    mirrors : tuple of str
        Further addresses of the same file.
    path : str
        The file on this machine.
    member : str
        Path of the image inside the file, if the file is a zip archive.
    sha256 : str
        Checksum of the image (of the member, not of the archive).
    keep_archive : bool
        Whether the archive stays beside the image.
    pixel_size_nm : float
        Edge of a pixel, where the image does not say it.
    simulate : mapping
        Options of the simulator, if the image is simulated.
    tested : bool
        Whether this software has fetched it from the live record.
    """

    name: str
    doi: str | None = None
    file: str | None = None
    url: str | None = None
    mirrors: tuple[str, ...] = ()
    path: str | None = None
    member: str | None = None
    sha256: str | None = None
    keep_archive: bool = False
    pixel_size_nm: float | None = None
    simulate: Mapping[str, Any] | None = None
    tested: bool = True

    @classmethod
    def from_mapping(cls, name: str, entry: Mapping[str, Any]) -> "Source":
        """Read an entry of the configuration or the catalogue.

        Raises
        ------
        InputError
            If a key is unknown, or its value is of another type or no address.
        """
        for key, value in entry.items():
            _check(f"sources.{name}.{key}", key, value)
        return cls(name, **(dict(entry) | {"mirrors": tuple(entry.get("mirrors", ()))}))

    def to_mapping(self) -> dict[str, Any]:
        """Return what is set, without secrets, as a configuration writes it."""
        known = {key: value for key, value in asdict(self).items() if value not in (None, False)}
        for unsaid in ("name", "tested"):
            known.pop(unsaid, None)
        return without_secrets({key: value for key, value in known.items() if value != ()})

    @property
    def archive_name(self) -> str:
        """Name of the file that a download brings: the image, or the archive that holds it."""
        for path in (self.file, self.url and unquote(urlsplit(self.url).path), self.path):
            if path and PurePosixPath(path).name:
                return PurePosixPath(path).name
        if self.simulate is not None:
            raise InputError("this source is simulated, not fetched; see zeroshot-em simulate")
        raise InputError("a source needs a url, a path, or a doi and a file; none of them is set")

    @property
    def file_name(self) -> str:
        """Name of the image file that it becomes, as published."""
        return PurePosixPath(self.member or self.archive_name).name

    def image_path(self, folder: Path = RESOURCES) -> Path:
        """Say where the image lies once it is fetched; its provenance adds ``.json``."""
        return folder / self.name / self.file_name

    def origin(self) -> dict[str, str]:
        """Keep what decides which file it is; checksums and mirrors only help to get it."""
        keys = ("doi", "url", "file", "path", "member")
        return {key: value for key, value in self.to_mapping().items() if key in keys}

    def unmet_pin(self, folder: Path = RESOURCES) -> str | None:
        """Return the configured checksum if the image in place has another, None otherwise.

        So pinning what is there already fetches nothing.
        """
        try:
            found = read_json(provenance_path(self.image_path(folder)))["sha256"]
        except (OSError, ValueError, KeyError):
            return None
        return self.sha256 if self.sha256 not in (None, found) else None


def provenance_path(image: Path) -> Path:
    """Name the JSON file that says where an image comes from."""
    return image.with_name(f"{image.name}.json")


_TYPES: dict[str, Any] = {
    **{key: get_args(kind) or (kind,) for key, kind in get_type_hints(Source).items()},
    "mirrors": (list, tuple),
    "pixel_size_nm": (int, float, NoneType),
    "simulate": (Mapping, NoneType),
}
del _TYPES["name"]


def _check(label: str, key: str, value: Any) -> None:
    if key not in _TYPES:
        raise InputError(
            f"{label} is not known; a source may have {', '.join(sorted(_TYPES))}"
            f"{did_you_mean(key, _TYPES)}"
        )
    if not isinstance(value, _TYPES[key]) or (key == "pixel_size_nm" and isinstance(value, bool)):
        raise InputError(f"{label} must not be of type {type(value).__name__}")
    for address in value if key == "mirrors" else [value] if key == "url" else []:
        if not _is_address(address):
            raise InputError(f"{label} must be an address that begins with http:// or https://")


def _is_address(url: Any) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (ValueError, AttributeError, TypeError):
        return False
