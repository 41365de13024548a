"""Check the configuration before anything else, and fill in the defaults of its schema."""

import sys
from pathlib import Path

import yaml
from snakemake.utils import validate

# Where this file lies, not its cached copy: the jobs use the package beside it too.
RULES = Path(workflow.current_basedir.get_path_or_uri(secret_free=False)).resolve()
SCHEMA = RULES.parent / "schemas/config.schema.yaml"
sys.path.insert(0, str(RULES.parents[1] / "src"))

from zeroshot_em.run.configuration import check_configuration
from zeroshot_em.run.reporting import input_errors_end_program

with input_errors_end_program():
    check_configuration(config, yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))

validate(config, str(SCHEMA))
