"""Exchanges with gradients, where PyTorch has them: ``torch.distributed.nn.functional``."""

from autotensor.distributed.nn.functional import *
from autotensor.importing import list_public, public_names

__all__ = public_names(__name__)

list_public(__name__)
