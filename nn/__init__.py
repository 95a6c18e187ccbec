"""Neural networks on autotensor, with PyTorch's names: ``import nn``.

``nn.data`` and ``nn.training`` are imported by those who use them.
"""

from autotensor import Parameter
from nn import functional, init, layers, optim, parameter, utils
from nn.containers import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from nn.layers import *
from nn.module import Module
from nn.overview import summary
from nn.parameter import Buffer, UninitializedBuffer, UninitializedParameter

__all__ = [
    "Buffer",
    "Module",
    "ModuleDict",
    "ModuleList",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "Sequential",
    "UninitializedBuffer",
    "UninitializedParameter",
    "functional",
    "init",
    "optim",
    "parameter",
    "summary",
    "utils",
    *layers.__all__,
]
