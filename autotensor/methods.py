"""Hangs the operators on Tensor, as methods and as Python's operators."""

from __future__ import annotations

from typing import Any

from autotensor import graph
from autotensor.operator import in_place
from autotensor.operators import elementwise as ops
from autotensor.tensor import Tensor

__all__: list[str] = []

# Under their own name: Tensor.exp is autotensor.exp.
for name in ops.__all__:
    setattr(Tensor, name, getattr(ops, name))


def swapped(operator: Any) -> Any:
    """``operator`` for Python's reflected methods: ``2 - x`` calls ``x.__rsub__(2)``."""
    return lambda self, other: operator(other, self)


Tensor.__add__ = ops._add  # type: ignore[method-assign]
Tensor.__radd__ = swapped(ops._add)  # type: ignore[method-assign]
Tensor.__sub__ = ops._sub  # type: ignore[method-assign]
Tensor.__rsub__ = swapped(ops._sub)  # type: ignore[method-assign]
Tensor.__mul__ = ops.mul  # type: ignore[method-assign]
Tensor.__rmul__ = swapped(ops.mul)  # type: ignore[method-assign]
Tensor.__truediv__ = ops.true_divide  # type: ignore[method-assign]
Tensor.__rtruediv__ = swapped(ops.true_divide)  # type: ignore[method-assign]
Tensor.__neg__ = ops.neg
Tensor.__pow__ = ops.pow
Tensor.backward = graph.backward
