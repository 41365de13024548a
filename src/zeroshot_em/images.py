"""Micrographs in and out of files."""

from zeroshot_em.data.images import (
    MicrographImage,
    MicrographStack,
    Scale,
    as_recorded,
    output_suffix,
    read_image,
    read_stack,
    to_gray,
    write_image,
    write_stack,
)

__all__ = [
    "MicrographImage",
    "MicrographStack",
    "Scale",
    "as_recorded",
    "output_suffix",
    "read_image",
    "read_stack",
    "to_gray",
    "write_image",
    "write_stack",
]
