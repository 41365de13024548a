"""What goes in and out: files, images, sources, simulated scenes, metrics, provenance."""
