"""The names of ``torch.nn.modules.module``."""

from nn.module import Module

__all__ = ["Module"]
