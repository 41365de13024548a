"""One page that shows all enhanced images of a run: picture, noise and maps of each."""

from zeroshot_em.show.sheet.enhanced import EnhancedImage
from zeroshot_em.show.sheet.page import write_contact_sheet

__all__ = ["EnhancedImage", "write_contact_sheet"]
