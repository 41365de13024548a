"""Take one file out of a zip archive that is not to be trusted."""

import lzma
import shutil
import stat
import zipfile
import zlib
from errno import EINVAL
from pathlib import Path, PurePosixPath

MEMBER_SIZE_LIMIT = 4 * 2**30
"""Largest file that is unpacked, in bytes; a micrograph stays far below."""

NOT_WHOLE = (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError)


class ArchiveError(Exception):
    """Why the wanted file cannot be taken out of an archive."""


def extract_member(
    archive: Path, member: str, output: Path, size_limit: int = MEMBER_SIZE_LIMIT
) -> None:
    """Write one member of a zip archive to a file of the caller's choice.

    The archive decides neither the name nor the place of what is written.

    Parameters
    ----------
    archive : Path
        The zip file.
    member : str
        Path of the member; its last part is enough if it is the only one of that name.
    output : Path
        The file to write.
    size_limit : int
        Largest accepted size in bytes.

    Raises
    ------
    ArchiveError
        If the archive is damaged or does not hold the member, or the member is refused.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            info = _find(opened, member)
            if reason := _reason_to_refuse(info, size_limit):
                raise ArchiveError(f"refused {info.filename}: {reason}")
            with opened.open(info) as packed, output.open("wb") as file:
                shutil.copyfileobj(packed, file, 2**20)
    except NOT_WHOLE as error:
        raise ArchiveError(f"the archive is not a whole zip file ({error})") from error
    except (zlib.error, lzma.LZMAError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, EINVAL):
            raise
        raise ArchiveError(f"the archive is damaged at {member} ({error})") from error


def _find(archive: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    names = archive.namelist()
    last = PurePosixPath(member).name
    same = {member} & set(names) or {name for name in names if PurePosixPath(name).name == last}
    if len(same) == 1:
        return archive.getinfo(same.pop())
    some = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    raise ArchiveError(f"the archive does not hold {member}; it holds {some or 'nothing'}")


def _reason_to_refuse(info: zipfile.ZipInfo, size_limit: int) -> str | None:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "its path leads out of the archive's folder"
    if stat.S_ISLNK(info.external_attr >> 16) or info.is_dir():
        return "it is a link or a folder, not a file"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    if info.file_size > size_limit:
        unpacked, limit = info.file_size / 1e6, size_limit / 1e6
        return f"it unpacks to {unpacked:,.0f} MB, more than the limit of {limit:,.0f} MB"
    return None
