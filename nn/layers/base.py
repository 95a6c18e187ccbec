"""What layers are built on: faces of one general layer, and weights with a bias."""

from __future__ import annotations

import math
from typing import Any

from nn import init
from nn.module import Module

__all__ = ["Face", "WithBias"]

ATTRIBUTES = frozenset({"convolve", "mode", "ndim", "pool", "shapes", "unpool"})


class Face(Module):
    """A layer that differs from its siblings in attributes of the class alone.

    They are keywords where it is declared, as in ``class Conv1d(_Conv, ndim=1, convolve=…)``.
    """

    def __init_subclass__(cls, **given: Any) -> None:
        own = {name: given.pop(name) for name in ATTRIBUTES & given.keys()}
        super().__init_subclass__(**given)
        for name, value in own.items():
            # Else a function would become a method.
            setattr(cls, name, staticmethod(value) if callable(value) else value)


class WithBias(Module):
    """A layer with a ``weight`` ``(out, in, …)`` and a ``bias``, which may be None."""

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(math.prod(self.weight.shape[1:]))
            init.uniform_(self.bias, -bound, bound)
