# One rule a figure, from the table of figures: `snakemake fig4` makes Fig. 4 and what it needs.


rule cell_mask:
    input:
        unpack(mask_inputs),
    output:
        mask=mask_path("tif"),
        report=mask_path("json"),
    log:
        log_path("figures/cell_mask"),
    benchmark:
        benchmark_path("figures/cell_mask")
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        choice=mask_choice(),
        code=script_code("mask.py"),
    script:
        "../scripts/mask.py"


for name in FIGURES:

    rule:
        name:
            name
        input:
            unpack(figure_inputs(name)),
        output:
            **figure_outputs(name),
        log:
            log_path(f"figures/{name}"),
        benchmark:
            benchmark_path(f"figures/{name}")
        conda:
            "../../envs/figures.yaml"
        threads: 1
        resources:
            mem_mb=1500,
            runtime=5,
        params:
            figure=name,
            about=plan.figure_settings(config, name),
            code=script_code("figure.py", f"zeroshot_em.show.figures.{name}"),
        script:
            "../scripts/figure.py"
