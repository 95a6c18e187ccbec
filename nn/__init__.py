"""Neural networks on autotensor, with PyTorch's names: ``import nn``.

``nn.data`` and ``nn.training`` are imported by those who use them.
"""

from autotensor import Parameter
from nn import functional, init, layers, optim
from nn.containers import ModuleDict, ModuleList, Sequential
from nn.layers import *
from nn.module import Module

__all__ = [
    "Module",
    "ModuleDict",
    "ModuleList",
    "Parameter",
    "Sequential",
    "functional",
    "init",
    "optim",
    *layers.__all__,
]
