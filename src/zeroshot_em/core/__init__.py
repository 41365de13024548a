"""The floor of arrays: patches, models, noise, enhancement. Knows no files and no figures."""
