# Methods side by side on scenes of known truth: `snakemake benchmark`.

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


rule benchmark:
    input:
        benchmark_outputs,


rule benchmark_scene:
    output:
        case_path("{scene}"),
    log:
        log_path("benchmark/cases/{scene}"),
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        scene=scene_facts,
        options=lookup(within=config, dpath="benchmark/scene"),
        subsample=lookup(within=config, dpath="benchmark/subsample"),
        code=script_code("benchmark_scene.py"),
    script:
        "../scripts/benchmark_scene.py"


rule benchmark_image:
    input:
        image_path(),
    output:
        case_path("{image}"),
    log:
        log_path("benchmark/cases/{image}"),
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=script_code("benchmark_image.py"),
    script:
        "../scripts/benchmark_image.py"


rule benchmark_model:
    input:
        case_path(),
    output:
        estimate_path(method="{ours}"),
    log:
        log_path("benchmark/{case}/{ours}"),
    conda:
        "../../envs/models.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=120,
    params:
        options=paper_options,
        seed=lookup(within=config, dpath="seed"),
        code=script_code("benchmark_model.py"),
    script:
        "../scripts/benchmark_model.py"


# One rule a baseline, from their table, each in its environment.
for name, baseline in BASELINES.items():

    rule:
        name:
            f"benchmark_{name}"
        input:
            case_path(),
        output:
            estimate_path(method=name),
        log:
            log_path(f"benchmark/{{case}}/{name}"),
        conda:
            f"../../envs/{baseline.environment}.yaml"
        threads: 1
        resources:
            mem_mb=3000,
            runtime=60,
        params:
            method=name,
            seed=config["seed"],
            code=script_code("benchmark_baseline.py"),
        script:
            "../scripts/benchmark_baseline.py"


rule benchmark_measure:
    input:
        unpack(case_estimates),
        case=case_path(),
    output:
        rows=measured_path("json"),
        errors=measured_path("npz"),
    log:
        log_path("benchmark/measured/{case}"),
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        facts=case_facts,
        methods=compared_methods,
        code=script_code("benchmark_measure.py"),
    script:
        "../scripts/benchmark_measure.py"


rule benchmark_tables:
    input:
        rows=measured_cases("json"),
        errors=measured_cases("npz"),
    output:
        quality=f"{BENCHMARK}/quality.csv",
        impression=f"{BENCHMARK}/impression.csv",
        calibration=f"{BENCHMARK}/calibration.csv",
        rows=f"{BENCHMARK}/rows.json",
        tables=f"{BENCHMARK}/tables.md",
    log:
        log_path("benchmark/tables"),
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        facts=benchmarks.all_cases(config),
        code=script_code("benchmark_tables.py"),
    script:
        "../scripts/benchmark_tables.py"


rule benchmark_figures:
    input:
        f"{BENCHMARK}/rows.json",
    output:
        png=f"{BENCHMARK}/{{figure}}.png",
        pdf=f"{BENCHMARK}/{{figure}}.pdf",
        caption=f"{BENCHMARK}/{{figure}}.txt",
    log:
        log_path("benchmark/{figure}"),
    wildcard_constraints:
        figure="|".join(benchmarks.FIGURES),
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        about=lookup(within=config, dpath="benchmark"),
        code=script_code("benchmark_figure.py", "zeroshot_em.show.benchmark"),
    script:
        "../scripts/benchmark_figure.py"
