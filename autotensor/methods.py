"""Hangs the operators on Tensor, as methods and as Python's operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor import dtypes, graph
from autotensor.operator import in_place, operator
from autotensor.operators import elementwise, indexing, linalg, reductions, shapes
from autotensor.operators.elementwise import to
from autotensor.operators.shapes import broadcast_to
from autotensor.tensor import Tensor, wrap

__all__: list[str] = []

# Functions whose first argument is a Tensor are methods under the same name.
FUNCTIONS_ONLY = {
    "broadcast_tensors", "cat", "concat", "concatenate", "einsum", "getitem", "linear", "one_hot",
    "pad", "stack", "where",
}  # fmt: skip
for family in (elementwise, indexing, linalg, reductions, shapes):
    for name in family.__all__:
        if name not in FUNCTIONS_ONLY and not hasattr(Tensor, name):
            setattr(Tensor, name, getattr(family, name))


def swapped(compute: Any) -> Any:
    """``compute`` for Python's reflected methods: ``2 - x`` calls ``x.__rsub__(2)``."""
    return lambda self, other: compute(other, self)


PYTHON = {
    "add": elementwise._add,
    "sub": elementwise._sub,
    "mul": elementwise.mul,
    "truediv": elementwise.true_divide,
    "floordiv": elementwise.floor_divide,
    "mod": elementwise.remainder,
    "pow": elementwise.pow,
    "matmul": linalg.matmul,
    "and": elementwise.bitwise_and,
    "or": elementwise.bitwise_or,
    "xor": elementwise.bitwise_xor,
}
for name, compute in PYTHON.items():
    setattr(Tensor, f"__{name}__", compute)
    setattr(Tensor, f"__r{name}__", swapped(compute))
    setattr(Tensor, f"__i{name}__", in_place(compute, f"__i{name}__"))


def _or_identity(compare: Any) -> Any:
    """``compare``, but a Tensor equals nothing that is no number: Python then compares identity."""

    def method(self: Tensor, other: Any) -> Any:
        known = isinstance(other, (Tensor, np.ndarray, np.generic, int, float))
        return compare(self, other) if known else NotImplemented

    return method


for name in ("eq", "ne"):
    setattr(Tensor, f"__{name}__", _or_identity(getattr(elementwise, name)))
for name in ("lt", "le", "gt", "ge", "neg", "abs"):
    setattr(Tensor, f"__{name}__", getattr(elementwise, name))


# -- in place --------------------------------------------------------------------------------------


@operator(input=lambda g: g * 0.0, source=lambda g: g)
def _replaced(input: Any, source: Any) -> Any:
    """``source``, stretched and cast, in the place of ``input``."""
    return broadcast_to(source, input.shape).astype(input.dtype)


def _filled(input: Any, value: Any) -> Any:
    if not isinstance(value, Tensor):
        value = wrap(np.asarray(input.array.dtype.type(value)))
    return _replaced(input, value)


def _zeroed(input: Any) -> Any:
    return _filled(input, 0)


IN_PLACE = {
    name: getattr(elementwise, name)
    for name in (
        "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atanh", "bitwise_and",
        "bitwise_not", "bitwise_or", "bitwise_xor", "ceil", "clamp", "clip", "cos", "cosh", "div",
        "erf", "exp", "exp2", "expm1", "floor", "floor_divide", "fmod", "frac", "log", "log10",
        "log1p", "log2", "masked_fill", "mul", "multiply", "neg", "pow", "reciprocal", "relu",
        "remainder", "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt", "square", "sub",
        "subtract", "tan", "tanh", "trunc",
    )
} | {"copy": _replaced, "fill": _filled, "zero": _zeroed, "cumsum": reductions.cumsum}  # fmt: skip
for name, compute in IN_PLACE.items():
    setattr(Tensor, name + "_", in_place(compute, name + "_"))


def detach_(self: Tensor) -> Tensor:
    """Takes this Tensor out of the graph, in place."""
    if self.view_of is not None:
        raise RuntimeError("detach_: cannot detach a view in place; use detach()")
    self.node = None
    self._requires_grad = False
    return self


# -- dtypes ----------------------------------------------------------------------------------------


def _converter(dtype: Any, name: str) -> Any:
    def method(self: Tensor) -> Tensor:
        return to(self, dtype)

    method.__name__ = name
    method.__doc__ = f"This Tensor as {dtype}."
    return method


for name in ("half", "float", "double", "bool", "short", "int", "long"):
    setattr(Tensor, name, _converter(getattr(dtypes, name), name))


def type_as(self: Tensor, other: Tensor) -> Tensor:
    """This Tensor in the dtype of ``other``."""
    return to(self, other.dtype)


def cpu(self: Tensor) -> Tensor:
    """This Tensor: the CPU is the only device."""
    return self


# -- the rest --------------------------------------------------------------------------------------

OTHERS = {
    "T": property(lambda self: shapes.permute(self, tuple(reversed(range(self.ndim))))),
    "__getitem__": indexing.getitem,
    "__invert__": elementwise.bitwise_not,
    "__pos__": lambda self: self,
    "__setitem__": indexing.setitem,
    "backward": graph.backward,
    "cpu": cpu,
    "detach_": detach_,
    "mT": property(shapes.adjoint),
    "register_hook": graph.register_hook,
    "retain_grad": graph.retain_grad,
    "type_as": type_as,
}
for name, member in OTHERS.items():
    setattr(Tensor, name, member)
