"""The names of ``torch.nn.modules.lazy``."""

from nn.layers.base import LazyModuleMixin

__all__ = ["LazyModuleMixin"]
