"""The names of ``torch.nn.modules.linear``."""

from nn.layers.lazy import LazyLinear
from nn.layers.linear import Bilinear, Identity, Linear

NonDynamicallyQuantizableLinear = Linear  # what copies of PyTorch's attention are made of

__all__ = ["NonDynamicallyQuantizableLinear", "Bilinear", "Identity", "LazyLinear", "Linear"]
