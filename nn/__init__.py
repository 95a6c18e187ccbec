"""Neural networks on autotensor, with PyTorch's names: ``import nn``."""

from autotensor import Parameter
from nn import init, optim
from nn.containers import ModuleDict, ModuleList, Sequential
from nn.module import Module

__all__ = [
    "Module",
    "ModuleDict",
    "ModuleList",
    "Parameter",
    "Sequential",
    "init",
    "optim",
]
