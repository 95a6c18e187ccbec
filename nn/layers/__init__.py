"""The layers: Modules that hold the parameters and settings of an operator."""

from nn.layers import activation, convolution, dropout, linear, loss, normalization, pooling, shape
from nn.layers.activation import *
from nn.layers.convolution import *
from nn.layers.dropout import *
from nn.layers.linear import *
from nn.layers.loss import *
from nn.layers.normalization import *
from nn.layers.pooling import *
from nn.layers.shape import *

__all__ = [
    *activation.__all__,
    *convolution.__all__,
    *dropout.__all__,
    *linear.__all__,
    *loss.__all__,
    *normalization.__all__,
    *pooling.__all__,
    *shape.__all__,
]
