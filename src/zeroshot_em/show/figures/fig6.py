"""Figure 6: the input and what BM3D makes of it at several assumed noise levels."""

from zeroshot_em.show import captions
from zeroshot_em.show.display import display_limits, stretch
from zeroshot_em.show.figures.materials import Materials
from zeroshot_em.show.figures.style import PANEL_LETTERS, Page, Panel, image_page

N_COLUMNS = 3


def draw(materials: Materials) -> tuple[Page, captions.Caption]:
    """Draw from ``image``, a list ``bm3d`` as long as the setting ``sigmas``, perhaps ``truth``."""
    sigmas = materials.settings["sigmas"]
    images = [materials.image.pixels, *materials.maps("bm3d")]
    limits = display_limits(images)
    titles = ["Input", *(f"BM3D, σ = {sigma:g}" for sigma in sigmas)]
    panels = [
        Panel(title, stretch(pixels, limits), None if number else materials.image.pixel_size_nm)
        for number, (title, pixels) in enumerate(zip(titles, images, strict=True))
    ]
    rows = [panels[start : start + N_COLUMNS] for start in range(0, len(panels), N_COLUMNS)]
    unit = materials.facts.unit
    caption = captions.compose(
        "6",
        f"{materials.micrograph} denoised by BM3D at several assumed noise levels",
        f"(a) Input. ({_letters(len(sigmas))}) BM3D with the standard deviation of the "
        f"noise, in {unit}, taken to be {', '.join(f'{sigma:g}' for sigma in sigmas)}.",
        f"Black to white: {captions.limits_phrase(limits, unit)} in all panels.",
        captions.nearest_sigma_sentence(materials.truth, images[0], sigmas),
        captions.psnr_sentence(materials.truth, dict(zip(PANEL_LETTERS, images, strict=False))),
        facts=materials.facts,
    )
    return image_page(rows), caption


def _letters(n_sigmas: int) -> str:
    return "b" if n_sigmas == 1 else f"b to {PANEL_LETTERS[n_sigmas]}"
