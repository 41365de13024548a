# One rule a figure: `snakemake fig4` makes Fig. 4 and what it needs.


rule cell_mask:
    input:
        unpack(mask_files),
    output:
        mask=f"{RESULTS}/masks/fig1.tif",
        report=f"{RESULTS}/masks/fig1.json",
    log:
        f"{RESULTS}/logs/figures/cell_mask.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/cell_mask.tsv"
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        choice=mask_choice(),
        code=source_hash(
            "zeroshot_em.show.colorize",
            "zeroshot_em.data.images",
            "zeroshot_em.data.metrics",
        ),
    script:
        "../scripts/mask.py"


rule export:
    input:
        denoised=f"{RESULTS}/maps/{{image}}/{{model}}_p{{patch_size}}_denoised.tif",
        variance=f"{RESULTS}/maps/{{image}}/{{model}}_p{{patch_size}}_variance.tif",
    output:
        denoised_tiff=f"{RESULTS}/export/{{image}}_{{model}}_p{{patch_size}}_denoised.tif",
        denoised_png=f"{RESULTS}/export/{{image}}_{{model}}_p{{patch_size}}_denoised.png",
        variance_tiff=f"{RESULTS}/export/{{image}}_{{model}}_p{{patch_size}}_variance.tif",
        variance_png=f"{RESULTS}/export/{{image}}_{{model}}_p{{patch_size}}_variance.png",
    log:
        f"{RESULTS}/logs/export/{{image}}_{{model}}_p{{patch_size}}.log",
    benchmark:
        f"{RESULTS}/benchmark/export/{{image}}_{{model}}_p{{patch_size}}.tsv"
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=source_hash("zeroshot_em.show.figures.export"),
    script:
        "../scripts/export.py"


rule export_colorized:
    input:
        variance=f"{RESULTS}/maps/{{image}}/{{model}}_p{{patch_size}}_variance.tif",
        mask=f"{RESULTS}/masks/fig1.tif",
    output:
        tiff=f"{RESULTS}/export/{{image}}_{{model}}_p{{patch_size}}_colorized.tif",
        png=f"{RESULTS}/export/{{image}}_{{model}}_p{{patch_size}}_colorized.png",
    log:
        f"{RESULTS}/logs/export/{{image}}_{{model}}_p{{patch_size}}_colorized.log",
    benchmark:
        f"{RESULTS}/benchmark/export/{{image}}_{{model}}_p{{patch_size}}_colorized.tsv"
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=source_hash("zeroshot_em.show.figures.export"),
    script:
        "../scripts/export_colorized.py"


rule fig1:
    input:
        unpack(model_figure("fig1", "variance")),
        mask=f"{RESULTS}/masks/fig1.tif",
        mask_report=f"{RESULTS}/masks/fig1.json",
    output:
        **figure_outputs("fig1"),
    log:
        f"{RESULTS}/logs/figures/fig1.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/fig1.tsv"
    conda:
        "../../envs/zeroshot-em.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=5,
    params:
        **figure_settings("fig1"),
    script:
        "../scripts/figure.py"


use rule fig1 as fig2 with:
    input:
        unpack(model_figure("fig2", "denoised", "variance")),
    output:
        **figure_outputs("fig2"),
    log:
        f"{RESULTS}/logs/figures/fig2.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/fig2.tsv"
    params:
        **figure_settings("fig2"),


use rule fig1 as fig3 with:
    input:
        unpack(model_figure("fig3", "denoised", "variance")),
    output:
        **figure_outputs("fig3"),
    log:
        f"{RESULTS}/logs/figures/fig3.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/fig3.tsv"
    params:
        **figure_settings("fig3"),


use rule fig1 as fig4 with:
    input:
        unpack(both_models_figure("fig4", "denoised", "variance")),
    output:
        **figure_outputs("fig4"),
    log:
        f"{RESULTS}/logs/figures/fig4.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/fig4.tsv"
    params:
        **figure_settings("fig4"),


use rule fig1 as fig5 with:
    input:
        unpack(model_figure("fig5", "denoised", "variance")),
    output:
        **figure_outputs("fig5"),
    log:
        f"{RESULTS}/logs/figures/fig5.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/fig5.tsv"
    params:
        **figure_settings("fig5"),


use rule fig1 as fig6 with:
    input:
        unpack(sweep_figure),
    output:
        **figure_outputs("fig6"),
    log:
        f"{RESULTS}/logs/figures/fig6.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/fig6.tsv"
    params:
        **figure_settings("fig6", sigmas=config["bm3d"]["sigmas"]),


use rule fig1 as fig7 with:
    input:
        unpack(model_figure("fig7", "denoised", "variance")),
    output:
        **figure_outputs("fig7"),
    log:
        f"{RESULTS}/logs/figures/fig7.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/fig7.tsv"
    params:
        **figure_settings("fig7"),


use rule fig1 as figS1 with:
    input:
        unpack(model_figure("figS1", "denoised", "variance")),
    output:
        **figure_outputs("figS1"),
    log:
        f"{RESULTS}/logs/figures/figS1.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/figS1.tsv"
    params:
        **figure_settings("figS1"),


use rule fig1 as figS2 with:
    input:
        unpack(model_figure("figS2", "variance", "within_variance", "total_variance")),
    output:
        **figure_outputs("figS2", BEYOND),
    log:
        f"{RESULTS}/logs/figures/figS2.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/figS2.tsv"
    params:
        **figure_settings("figS2"),


use rule fig1 as figS3 with:
    input:
        unpack(both_models_figure("figS3")),
    output:
        **figure_outputs("figS3", BEYOND),
    log:
        f"{RESULTS}/logs/figures/figS3.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/figS3.tsv"
    params:
        **figure_settings("figS3"),


use rule fig1 as figS4 with:
    input:
        unpack(both_models_figure("figS4")),
    output:
        **figure_outputs("figS4", BEYOND),
    log:
        f"{RESULTS}/logs/figures/figS4.log",
    benchmark:
        f"{RESULTS}/benchmark/figures/figS4.tsv"
    params:
        **figure_settings("figS4"),
