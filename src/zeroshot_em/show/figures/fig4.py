"""Figure 4: means and variances of both models at other patch sizes, a model in each row."""

from itertools import groupby

from zeroshot_em.show.figures import captions
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.style import Page, Panel, display_limits, image_page, stretch


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from ``image`` and lists ``model``, ``mean`` and ``variance`` in the same order."""
    fits = list(
        zip(materials.models, materials.maps("denoised"), materials.maps("variance"), strict=True)
    )
    border = max(fitted.patch_size for fitted in materials.models) - 1
    grey = display_limits([mean for _, mean, _ in fits], border)
    unit = materials.facts.unit
    rows, said = [], [f"denoised {captions.limits_phrase(grey, unit)}"]
    scale = materials.image.pixel_size_nm
    for label, of_model in groupby(fits, key=lambda fit: fit[0].label):
        group = list(of_model)
        spread = display_limits([variance for _, _, variance in group], border)
        said.append(f"variances by {label} {captions.limits_phrase(spread, f'squared {unit}')}")
        row: list[Panel] = []
        for fitted, mean, variance in group:
            name = f"{label} {fitted.patch_size} × {fitted.patch_size}"
            row.append(
                Panel(f"{name}, {fitted.merge}", stretch(mean, grey), None if row else scale)
            )
            row.append(Panel(f"{name}, variance", stretch(variance, spread)))
        rows.append(row)
    by = "both models" if len(rows) == 2 else materials.models[0].label
    caption = captions.compose(
        "4",
        f"The micrograph of Figure 2 enhanced by {by} at other patch sizes",
        "Each pair shows the merged estimates that overlapping patches make of each pixel, and "
        "their variance.",
        f"Black to white: {'; '.join(said)}. {captions.border_sentence(border + 1)}",
        facts=materials.facts,
        models=materials.models,
    )
    return image_page(rows), caption
