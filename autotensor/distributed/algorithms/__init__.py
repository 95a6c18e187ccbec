"""What several processes do together beyond single exchanges: PyTorch's names for it."""

from autotensor.distributed.algorithms.join import *
from autotensor.importing import list_public, public_names

__all__ = public_names(__name__)

list_public(__name__)
