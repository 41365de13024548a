"""What git knows of this checkout; nothing, where there is no git or no history."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]


def commit() -> str:
    """Return the hash of the commit that is checked out, empty if unknown."""
    return git("rev-parse", "HEAD")


def is_clean() -> bool:
    """Whether the files under version control are those of the commit."""
    return bool(commit()) and not git("status", "--porcelain", "--untracked-files=no")


def commit_that_brought(text: str, file: Path) -> str:
    """Return the short hash of the last commit that brought a text into a file, or empty."""
    return git("log", "-1", "--format=%h", f"-S{text}", "--", str(file))


def commits_since(commit: str, files: Iterable[Path]) -> list[str]:
    """Return hash and subject of the commits after one that changed any of the files."""
    return git("log", "--format=%h %s", f"{commit}..HEAD", "--", *map(str, files)).splitlines()


def git(*arguments: str) -> str:
    """Return what git prints about this checkout, empty if it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(CHECKOUT), *arguments], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
