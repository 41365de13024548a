"""Whether a run makes what it made before: a table of checksums, and by how much files differ."""
