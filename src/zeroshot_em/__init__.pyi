from zeroshot_em.core.enhancement import Enhancement as Enhancement
from zeroshot_em.core.enhancement import enhance as enhance
from zeroshot_em.core.models.gpmm import GPMM as GPMM
from zeroshot_em.core.models.sssc import SSSC as SSSC

__version__: str
__all__: list[str]
