"""Where the configuration comes from, and its check before anything else."""

import sys
from pathlib import Path

# Where this file lies, not its cached copy: the jobs use the package beside it too.
RULES = Path(workflow.current_basedir.get_path_or_uri(secret_free=False)).resolve()
CHECKOUT = RULES.parents[1]
sys.path.insert(0, str(CHECKOUT / "src"))

from zeroshot_em.run.configuration import complete_configuration, stands_alone
from zeroshot_em.run.plan import leave_out_missing_packages
from zeroshot_em.run.reporting import exit_with, input_errors_end_program
from zeroshot_em.run.scheduler import check_slurm
from zeroshot_em.run.schema import load_schema

if set("{}") & set(str(CHECKOUT)):
    exit_with(f"{CHECKOUT}: snakemake takes braces for wildcards; move this checkout")


def paper_configuration():
    """The paper's configuration: of this folder if it has one, else of the checkout."""
    here = Path("config/config.yaml")
    return str(here if here.is_file() else CHECKOUT / here)


def complete(config):
    """Check the configuration and fill in its defaults; a mistake in it ends the run."""
    with input_errors_end_program():
        schema = load_schema(RULES.parent / "schemas/config.schema.yaml")
        # Jobs trust what was looked at before the first of them began.
        complete_configuration(config, schema, looks_at_files=workflow.is_main_process)
    brings_packages = workflow.deployment_settings.deployment_method
    if not brings_packages and (line := leave_out_missing_packages(config)):
        logger.warning(line)


onstart:
    if workflow.executor_plugin.name == "slurm":
        with input_errors_end_program():
            check_slurm()
