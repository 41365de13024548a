"""Micrographs in and out of files."""

from zeroshot_em.data.images import MicrographImage, read_image, to_gray, write_image

__all__ = ["MicrographImage", "read_image", "to_gray", "write_image"]
