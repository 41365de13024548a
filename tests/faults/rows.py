"""All rows of the table."""

import bad_configurations
import bad_images

ROWS = [*bad_images.ROWS, *bad_configurations.ROWS]
