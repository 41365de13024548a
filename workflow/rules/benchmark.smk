# Methods side by side on scenes of known truth: `snakemake benchmark`.


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
