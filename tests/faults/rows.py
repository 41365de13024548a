"""All rows of the table."""

import bad_configurations
import bad_images
import bad_metrics
import bad_models

ROWS = [
    *bad_images.ROWS,
    *bad_configurations.ROWS,
    *bad_metrics.ROWS,
    *bad_models.ROWS,
]
