"""A page that compares the maps of a run: one HTML file that needs no network.

Its scripts, in ``assets/``, are this project's own. Of what the Python package index offers,
Bokeh's bundle would add 1.3 MB without a comparison slider, and the packaged map viewers show
pictures, not values. They are written as ES modules and joined into one script by `scripts`.
"""

from zeroshot_em.show.viewer.catalogue import ViewerImage, ViewerMap, read_viewer_image
from zeroshot_em.show.viewer.page import build_viewer

__all__ = ["ViewerImage", "ViewerMap", "build_viewer", "read_viewer_image"]
