"""The names of ``torch.nn.modules.flatten``."""

from nn.layers.shape import Flatten, Unflatten

__all__ = ["Flatten", "Unflatten"]
