"""A page that compares the maps of a run: one HTML file that needs no network."""

from zeroshot_em.viewer.catalogue import ViewerImage, ViewerMap, read_viewer_image
from zeroshot_em.viewer.page import build_viewer

__all__ = ["ViewerImage", "ViewerMap", "build_viewer", "read_viewer_image"]
