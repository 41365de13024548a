from zeroshot_em.data.sources.download import Patience as Patience
from zeroshot_em.data.sources.fetching import fetch as fetch
from zeroshot_em.data.sources.registry import catalogue as catalogue
from zeroshot_em.data.sources.registry import find as find
from zeroshot_em.data.sources.source import Source as Source
from zeroshot_em.data.sources.source import provenance_path as provenance_path

__all__: list[str]
