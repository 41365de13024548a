"""The command line ``zeroshot-em``: thin verbs over the package's functions.

What a verb computes with is imported when the verb runs, so that ``--help`` answers at once.
"""

from zeroshot_em.cli.app import main

__all__ = ["main"]
