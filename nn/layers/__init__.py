"""The layers: Modules that hold the parameters and settings of an operator."""

from typing import TYPE_CHECKING

from nn.layers.activation import *
from nn.layers.adaptive import *
from nn.layers.attention import *
from nn.layers.convolution import *
from nn.layers.distance import *
from nn.layers.dropout import *
from nn.layers.embedding import *
from nn.layers.lazy import *
from nn.layers.linear import *
from nn.layers.normalization import *
from nn.layers.padding import *
from nn.layers.pooling import *
from nn.layers.recurrent import *
from nn.layers.resampling import *
from nn.layers.shape import *
from nn.layers.transformer import *
from nn.losses import *

if not TYPE_CHECKING:  # checkers follow the lines above
    # Every class that these files define is a layer, but for what layers are built on.
    __all__ = [
        name
        for name, found in globals().items()
        if isinstance(found, type)
        and found.__module__.startswith(("nn.layers", "nn.losses"))
        and found.__module__ != "nn.layers.base"
    ]
