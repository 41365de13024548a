"""The patch models, and BM3D beside them."""
