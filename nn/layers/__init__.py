"""The layers: Modules that hold the parameters and settings of an operator."""

from typing import TYPE_CHECKING

from nn import losses
from nn.layers import (
    activation,
    adaptive,
    attention,
    convolution,
    distance,
    dropout,
    embedding,
    lazy,
    linear,
    normalization,
    padding,
    pooling,
    recurrent,
    resampling,
    shape,
    transformer,
)
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
    __all__ = [
        *activation.__all__,
        *adaptive.__all__,
        *attention.__all__,
        *convolution.__all__,
        *distance.__all__,
        *dropout.__all__,
        *embedding.__all__,
        *lazy.__all__,
        *linear.__all__,
        *losses.__all__,
        *normalization.__all__,
        *padding.__all__,
        *pooling.__all__,
        *recurrent.__all__,
        *resampling.__all__,
        *shape.__all__,
        *transformer.__all__,
    ]
