"""Hangs the operators on Tensor, as methods and as Python's operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor import creation, dtypes, graph, random
from autotensor.device import CPU, ONLY_CPU
from autotensor.modes import enable_grad, modes
from autotensor.operator import in_place, operator, refuse_leaf
from autotensor.operators import (
    arithmetic,
    bessel,
    comparison,
    counting,
    decompositions,
    diagonals,
    differences,
    elementwise,
    gamma,
    indexing,
    joining,
    linalg,
    matrices,
    norms,
    reductions,
    repeating,
    rounding,
    scans,
    scattering,
    shapes,
    sorting,
    special,
    statistics,
    strided,
)
from autotensor.operators.elementwise import to
from autotensor.operators.shapes import broadcast_to
from autotensor.tensor import Tensor, storage_of, wrap

__all__: list[str] = []

# Functions whose first argument is a Tensor are methods under the same name.
FUNCTIONS_ONLY = {
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes", "broadcast_tensors",
    "bucketize", "cartesian_prod", "cat", "chain_matmul", "column_stack", "combinations", "concat",
    "concatenate", "cumulative_trapezoid", "dstack", "einsum", "fill", "getitem", "gradient",
    "histogramdd", "hstack", "is_tensor", "isin", "linear", "lu_unpack", "meshgrid", "one_hot",
    "polygamma", "real", "row_stack", "rsub", "searchsorted", "stack", "tensordot", "trapezoid",
    "trapz", "unravel_index", "vstack", "where",
}  # fmt: skip
for family in (
    arithmetic, bessel, comparison, counting, decompositions, diagonals, differences, elementwise,
    gamma, indexing, joining, linalg, matrices, norms, reductions, repeating, rounding, scans,
    scattering, shapes, sorting, special, statistics, strided,
):  # fmt: skip
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
    return arithmetic.fill(input, 0)


def polygamma(self: Tensor, n: int) -> Tensor:
    """``polygamma(n, self)``."""
    return gamma.polygamma(n, self)


IN_PLACE = {
    name: getattr(Tensor, name)
    for name in (
        "abs", "absolute", "acos", "acosh", "add", "addcdiv", "addcmul", "arccos", "arccosh",
        "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "asin", "asinh", "atan", "atan2",
        "atanh", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or",
        "bitwise_right_shift", "bitwise_xor", "ceil", "clamp", "clamp_max", "clamp_min", "clip",
        "copysign", "cos", "cosh", "deg2rad", "digamma", "div", "divide", "eq", "erf", "erfc",
        "erfinv", "exp", "exp2", "expm1", "fix", "float_power", "floor", "floor_divide", "fmod",
        "frac", "gcd", "ge", "greater", "greater_equal", "gt", "heaviside", "hypot", "i0", "lcm",
        "ldexp", "le", "lerp", "less", "less_equal", "lgamma", "log", "log10", "log1p", "log2",
        "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "lt", "masked_fill",
        "mul", "multiply", "mvlgamma", "nan_to_num", "ne", "neg", "negative", "nextafter",
        "not_equal", "pow", "rad2deg", "reciprocal", "relu", "remainder", "round",
        "rsqrt", "sgn", "sigmoid", "sign", "sin", "sinc", "sinh", "sqrt", "square", "sub",
        "subtract", "tan", "tanh", "true_divide", "trunc", "xlogy",
    )
} | {
    "copy": _replaced, "fill": arithmetic.fill, "zero": _zeroed, "cumprod": scans.cumprod,
    "cumsum": scans.cumsum, "polygamma": polygamma, "renorm": norms.renorm,
}  # fmt: skip
IN_PLACE |= {name: getattr(diagonals, name) for name in ("fill_diagonal", "tril", "triu")}
IN_PLACE |= {
    name: getattr(scattering, name)
    for name in (
        "index_add", "index_copy", "index_fill", "index_put", "index_reduce", "masked_scatter",
        "put", "scatter", "scatter_add", "scatter_reduce",
    )
}  # fmt: skip
IN_PLACE |= {
    name: getattr(linalg, name) for name in ("addbmm", "addmm", "addmv", "addr", "baddbmm")
}
for name, compute in IN_PLACE.items():
    setattr(Tensor, name + "_", in_place(compute, name + "_"))


def reshaping(compute: Any) -> Any:
    """The in-place form of an operator whose value is a view: the Tensor becomes that view.

    Other Tensors on the memory stay as they are; one that was their base becomes a view too, of a
    stand-in that keeps the old shape.
    """
    title = compute.__name__ + "_"

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if modes.grad_enabled and self.requires_grad:
            refuse_leaf(self, title)
        shared = self.storage is not None or self.view_of is not None
        before = wrap(self.array)
        before.view_of = self.view_of
        before.storage = storage_of(self)
        if not self.is_leaf:
            before.node, before._requires_grad = self.node, self._requires_grad
        with enable_grad():
            out = compute(before, *args, **kwargs)
        self.array = out.array
        if not self.is_leaf:
            self.node, self._requires_grad = out.node, out._requires_grad
        self.view_of = out.view_of if shared else None
        self.mark_written()  # a rule that kept this very Tensor would find the new shape
        return self

    method.__name__ = method.__qualname__ = title
    method.__doc__ = f"In-place form of ``{compute.__name__}``; returns this Tensor."
    return method


for name in ("squeeze", "swapaxes", "swapdims", "t", "transpose", "unsqueeze"):
    setattr(Tensor, name + "_", reshaping(getattr(shapes, name)))


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
    return elementwise.where(condition, self, other)


OTHERS = {
    "H": property(conjugate_transpose),
    "T": property(lambda self: shapes.permute(self, tuple(reversed(range(self.ndim))))),
    "__getitem__": indexing.getitem,
    "__invert__": comparison.bitwise_not,
    "__pos__": lambda self: self,
    "__setitem__": indexing.setitem,
    "backward": graph.backward,
    "cpu": cpu,
    "cuda": cuda,
    "detach_": detach_,
    "device": property(lambda self: CPU),
    "get_device": lambda self: -1,
    "is_cpu": property(lambda self: True),
    "is_cuda": property(lambda self: False),
    "mH": property(shapes.adjoint),
    "mT": property(shapes.adjoint),
    "polygamma": polygamma,
    "real": property(lambda self: self),
    "register_hook": graph.register_hook,
    "retain_grad": graph.retain_grad,
    "storage_offset": strided.start_in_memory,
    "type_as": type_as,
    "unfold": strided.unfold,
    "where": where,
}
OTHERS |= {method.__name__: method for method in (*creation.METHODS, *random.METHODS)}
for name, member in OTHERS.items():
    setattr(Tensor, name, member)
