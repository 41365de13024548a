"""What every script here begins with: the package of this checkout, and a log for the job."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from zeroshot_em.run.reporting import job_log

__all__ = ["job_log"]
