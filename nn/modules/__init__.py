"""Where PyTorch has its layers: the same names, and the same classes, as in ``nn``."""

from typing import TYPE_CHECKING

from autotensor.extend import awaited, on_demand
from nn import layers as _layers

if TYPE_CHECKING:
    from nn.containers import *
    from nn.layers import *
    from nn.module import Module as Module
    from nn.modules import activation as activation
    from nn.modules import adaptive as adaptive
    from nn.modules import batchnorm as batchnorm
    from nn.modules import channelshuffle as channelshuffle
    from nn.modules import container as container
    from nn.modules import conv as conv
    from nn.modules import distance as distance
    from nn.modules import dropout as dropout
    from nn.modules import flatten as flatten
    from nn.modules import fold as fold
    from nn.modules import instancenorm as instancenorm
    from nn.modules import lazy as lazy
    from nn.modules import linear as linear
    from nn.modules import loss as loss
    from nn.modules import module as module
    from nn.modules import normalization as normalization
    from nn.modules import padding as padding
    from nn.modules import pixelshuffle as pixelshuffle
    from nn.modules import pooling as pooling
    from nn.modules import rnn as rnn
    from nn.modules import sparse as sparse
    from nn.modules import transformer as transformer
    from nn.modules import upsampling as upsampling
    from nn.modules import utils as utils
else:
    __getattr__, __dir__ = on_demand(
        __name__,
        "activation",
        "adaptive",
        "batchnorm",
        "channelshuffle",
        "container",
        "conv",
        "distance",
        "dropout",
        "flatten",
        "fold",
        "instancenorm",
        "lazy",
        "linear",
        "loss",
        "module",
        "normalization",
        "padding",
        "pixelshuffle",
        "pooling",
        "rnn",
        "sparse",
        "transformer",
        "upsampling",
        "utils",
        names={
            "nn.containers": "ModuleDict ModuleList ParameterDict ParameterList Sequential",
            "nn.layers": awaited(_layers.__name__),
            "nn.module": "Module",
        },
    )
