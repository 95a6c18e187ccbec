"""Hangs the operators on Tensor, as methods and as Python's operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor import creation, random
from autotensor.device import CPU, ONLY_CPU
from autotensor.engine import dtypes
from autotensor.engine.in_place import in_place
from autotensor.engine.operator import operator
from autotensor.engine.tensor import Tensor
from autotensor.operators import linalg, pointwise, reductions, structure
from autotensor.operators.linalg import products
from autotensor.operators.pointwise import arithmetic, comparison, gamma
from autotensor.operators.structure import copying, diagonals, indexing, selection, shapes, strided
from autotensor.operators.structure.copying import to
from autotensor.operators.structure.shapes import broadcast_to, reshaping

__all__: list[str] = []

# Functions whose first argument is a Tensor are methods under the same name, unless their
# declaration says ``function_only``; where it says ``in_place``, there is the in-place form too.
for family in (structure, pointwise, reductions, linalg):
    for name in family.__all__:
        compute = getattr(family, name)
        if not hasattr(compute, "function_only") and not hasattr(Tensor, name):
            setattr(Tensor, name, compute)
        if hasattr(compute, "in_place_form"):
            setattr(Tensor, name + "_", compute.in_place_form(compute, name + "_"))


def swapped(compute: Any) -> Any:
    """``compute`` for Python's reflected methods: ``2 - x`` calls ``x.__rsub__(2)``."""
    return lambda self, other: compute(other, self)


PYTHON = {
    "add": arithmetic.plus,
    "sub": arithmetic.minus,
    "mul": arithmetic.mul,
    "truediv": arithmetic.true_divide,
    "floordiv": arithmetic.floor_divide,
    "mod": arithmetic.remainder,
    "pow": arithmetic.pow,
    "matmul": products.matmul,
    "and": comparison.bitwise_and,
    "or": comparison.bitwise_or,
    "xor": comparison.bitwise_xor,
    "lshift": comparison.bitwise_left_shift,
    "rshift": comparison.bitwise_right_shift,
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
    setattr(Tensor, f"__{name}__", _or_identity(getattr(comparison, name)))
for name in ("lt", "le", "gt", "ge", "neg", "abs"):
    setattr(Tensor, f"__{name}__", getattr(Tensor, name))


# -- in place --------------------------------------------------------------------------------------


@operator(input=lambda g: g * 0.0, source=lambda g: g)
def _replaced(input: Any, source: Any) -> Any:
    """``source``, stretched and cast, in the place of ``input``."""
    return broadcast_to(source, input.shape).astype(input.dtype)


def _zeroed(input: Any) -> Any:
    return copying.fill(input, 0)


def polygamma(self: Tensor, n: int) -> Tensor:
    """``polygamma(n, self)``."""
    return gamma.polygamma(n, self)


IN_PLACE = {
    "copy": _replaced,
    "fill_diagonal": diagonals.fill_diagonal,
    "polygamma": polygamma,
    "zero": _zeroed,
}
for name, compute in IN_PLACE.items():
    setattr(Tensor, name + "_", in_place(compute, name + "_"))


for name in ("squeeze", "swapaxes", "swapdims", "t", "transpose", "unsqueeze"):
    setattr(Tensor, name + "_", reshaping(getattr(shapes, name)))


# -- dtypes ----------------------------------------------------------------------------------------


def _converter(dtype: Any, name: str) -> Any:
    def method(self: Tensor) -> Tensor:
        return to(self, dtype)

    method.__name__ = name
    method.__doc__ = f"This Tensor as {dtype}."
    return method


CONVERTERS = {"byte": dtypes.uint8, "char": dtypes.int8} | {
    name: getattr(dtypes, name)
    for name in ("half", "float", "double", "bool", "short", "int", "long")
}
for name, dtype in CONVERTERS.items():
    setattr(Tensor, name, _converter(dtype, name))


def type_as(self: Tensor, other: Tensor) -> Tensor:
    """This Tensor in the dtype of ``other``."""
    return to(self, other.dtype)


def cpu(self: Tensor) -> Tensor:
    """This Tensor: the CPU is the only device."""
    return self


def cuda(self: Tensor, device: Any = None, non_blocking: bool = False) -> Tensor:
    """Raises RuntimeError: the CPU is the only device."""
    raise RuntimeError(f"cuda: there is no CUDA device; {ONLY_CPU}")


# -- the rest --------------------------------------------------------------------------------------


def conjugate_transpose(self: Tensor) -> Tensor:
    """The transpose of a matrix, for there are only real numbers."""
    if self.ndim not in (0, 2):
        raise RuntimeError(f"H: expected a matrix, got shape {self.shape}; use mH for batches")
    return shapes.t(self)


def where(self: Tensor, condition: Any, other: Any) -> Tensor:
    """``where(condition, self, other)``."""
    return selection.where(condition, self, other)


OTHERS = {
    "H": property(conjugate_transpose),
    "T": property(lambda self: shapes.permute(self, tuple(reversed(range(self.ndim))))),
    "__getitem__": indexing.getitem,
    "__invert__": comparison.bitwise_not,
    "__pos__": lambda self: self,
    "__setitem__": indexing.setitem,
    "cpu": cpu,
    "cuda": cuda,
    "device": property(lambda self: CPU),
    "get_device": lambda self: -1,
    "is_cpu": property(lambda self: True),
    "is_cuda": property(lambda self: False),
    "mH": property(shapes.adjoint),
    "mT": property(shapes.adjoint),
    "polygamma": polygamma,
    "real": property(lambda self: self),
    "storage_offset": strided.start_in_memory,
    "type_as": type_as,
    "unfold": strided.unfold,
    "where": where,
}
OTHERS |= {method.__name__: method for method in (*creation.METHODS, *random.METHODS)}
for name, member in OTHERS.items():
    setattr(Tensor, name, member)
