"""All rows of the table."""

import bad_command_lines
import bad_configurations
import bad_images
import bad_metrics
import bad_models
import bad_parameters
import machine
import transfers

ROWS = [
    *bad_command_lines.ROWS,
    *bad_images.ROWS,
    *bad_parameters.ROWS,
    *bad_configurations.ROWS,
    *bad_configurations.FETCH_ROWS,
    *bad_metrics.ROWS,
    *bad_models.ROWS,
    *machine.ROWS,
    *transfers.ROWS,
]
