"""Neural networks on autotensor, with PyTorch's names: ``import nn``.

``nn.data`` and ``nn.training`` are imported by those who use them.
"""

from typing import TYPE_CHECKING

from autotensor import Parameter
from autotensor.importing import on_demand
from nn import functional, init, layers, optim, parameter
from nn.containers import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from nn.layers import *
from nn.module import Module
from nn.parameter import Buffer, UninitializedBuffer, UninitializedParameter

if TYPE_CHECKING:
    from nn import utils
    from nn.overview import summary
else:
    __getattr__, __dir__ = on_demand(__name__, "utils", summary="nn.overview")

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
