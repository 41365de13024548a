"""How many patches are worked on at a time: the memory of a fit follows from it."""

MAX_PATCHES_LEARNED = 100_000
"""A larger image is learned from so many of its patches, chosen at random."""

PATCHES_PER_BLOCK = 16_384
"""Patches reconstructed at a time, to the next whole row: this bounds the memory."""
