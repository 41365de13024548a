"""Why a file cannot be used."""


class Unreadable(Exception):
    """Why a file cannot be used, in words that follow its name."""


def extra_needed(kind: str) -> Unreadable:
    """Say what to install to read a kind of file."""
    return Unreadable(
        f"found {kind}, which needs one more package: pip install 'zeroshot-em[microscopy]'"
    )
