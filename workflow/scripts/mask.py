"""Find the cell for the colours of Fig. 1, and say how well where the truth is known."""

from job import job_log

with job_log(snakemake.log[0], about=snakemake.input.denoised):
    from zeroshot_em.data.files import write_json
    from zeroshot_em.data.images import read_image, write_image
    from zeroshot_em.data.metrics import overlap
    from zeroshot_em.show.colorize import cell_mask

    denoised = read_image(snakemake.input.denoised)
    painted, truth = (next(iter(snakemake.input.get(n, [])), None) for n in ("painted", "truth"))
    mask, origin = cell_mask(
        denoised.pixels, snakemake.params.choice, read_image(painted).pixels if painted else None
    )
    report = {"origin": origin}
    if truth:
        report["intersection_over_union"] = overlap(read_image(truth).pixels > 0, mask)
    write_image(snakemake.output.mask, mask.astype("uint8") * 255, denoised.pixel_size_nm)
    write_json(snakemake.output.report, report)
