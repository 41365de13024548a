"""Cases of the benchmark, what methods make of them, and where that lies."""

from zeroshot_em.core.baselines import BASELINES
from zeroshot_em.run import benchmark as benchmarks
from snakemake.settings.types import DeploymentMethod

BENCHMARK = f"{RESULTS}/benchmark"
INSTALLS = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method


wildcard_constraints:
    scene=r"s\d+-e[0-9.e+-]+",
    case=r"[A-Za-z0-9_.e+-]+",
    ours=r"(sssc|gpmm)_(auto|p\d+)",
    baseline="|".join(BASELINES),


def case_path(case="{case}"):
    """A noisy image and what is known of it."""
    return f"{BENCHMARK}/cases/{case}.npz"


def estimate_path(case="{case}", method="{method}"):
    """What a method makes of a case."""
    return f"{BENCHMARK}/estimates/{case}/{method}.npz"


def measured_path(suffix, case="{case}"):
    return f"{BENCHMARK}/measured/{case}.{suffix}"


def case_methods(case):
    """The methods that a case is enhanced by: those that can run here."""
    return benchmarks.methods(config, case in benchmarks.scene_cases(config), INSTALLS)


def case_estimates(wildcards):
    return {m: estimate_path(wildcards.case, m) for m in case_methods(wildcards.case)}


def case_facts(wildcards):
    return benchmarks.all_cases(config)[wildcards.case]


def scene_facts(wildcards):
    return benchmarks.scene_cases(config)[wildcards.scene]


def compared_methods(wildcards):
    return case_methods(wildcards.case)


def paper_options(wildcards):
    return benchmarks.paper_options(config, wildcards.ours)


def measured_cases(suffix):
    return [measured_path(suffix, case) for case in benchmarks.all_cases(config)]


def benchmark_outputs(wildcards):
    """Tables and figures; what cannot be compared here is said when they are asked for."""
    for line in [] if INSTALLS else benchmarks.left_out(config):
        logger.warning(line)
    figures = [
        f"{BENCHMARK}/{name}.{suffix}"
        for name in benchmarks.figures(config)
        for suffix in ("png", "pdf", "txt")
    ]
    return [f"{BENCHMARK}/tables.md", *figures]
