"""The names of ``torch.nn.modules.linear``."""

from nn.layers.lazy import LazyLinear
from nn.layers.linear import Bilinear, Identity, Linear

__all__ = ["Bilinear", "Identity", "LazyLinear", "Linear"]
