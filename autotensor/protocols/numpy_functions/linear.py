"""NumPy's linear algebra on Tensors that require grad."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.structure.joining import stack
from autotensor.protocols.arrays import as_result, as_tensor, converted, raws

from autotensor.operators.linalg import (  # isort: skip
    decompositions, einstein, matrix_functions, norms, products, systems,
)  # fmt: skip
from autotensor.protocols.numpy_functions.declaring import (  # isort: skip
    axes_of, common, joined, numpys, refuse,
)  # fmt: skip

__all__: list[str] = []


# -- products --------------------------------------------------------------------------------------


@numpys("dot")
def dot(a: Any, b: Any, out: Any = None) -> Any:
    a, b = common("np.dot", a, b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if b.ndim == 1 or b.ndim == 2:
        return products.matmul(a, b)
    return products.tensordot(a, b, dims=([a.ndim - 1], [b.ndim - 2]))


@numpys("vdot")
def vdot(a: Any, b: Any, /) -> Any:
    a, b = common("np.vdot", a, b)
    return products.dot(a.reshape(-1), b.reshape(-1))


@numpys("inner")
def inner(a: Any, b: Any, /) -> Any:
    a, b = common("np.inner", a, b)
    return products.inner(a, b)


@numpys("outer")
def outer(a: Any, b: Any, out: Any = None) -> Any:
    a, b = common("np.outer", a, b)
    return products.outer(a.reshape(-1), b.reshape(-1))


@numpys("linalg.outer")
def linalg_outer(x1: Any, x2: Any, /) -> Any:
    x1, x2 = common("np.linalg.outer", x1, x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(
            f"Input arrays must be one-dimensional, but they are {x1.ndim=} and {x2.ndim=}."
        )
    return products.outer(x1, x2)


@numpys("tensordot")
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    a, b = common("np.tensordot", a, b)
    axes = raws(axes)
    if np.ndim(axes) == 0:
        axes = (list(range(a.ndim - axes, a.ndim)), list(range(axes)))
    first, second = ([one] if np.ndim(one) == 0 else list(one) for one in axes)
    if len(first) != len(second) or any(
        a.shape[one] != b.shape[two] for one, two in zip(first, second, strict=True)
    ):
        raise ValueError("shape-mismatch for sum")
    if not first:
        return products.outer(a.reshape(-1), b.reshape(-1)).reshape(*a.shape, *b.shape)
    return products.tensordot(a, b, dims=(first, second))


@numpys("linalg.tensordot")
def linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    return tensordot(x1, x2, axes)


@numpys("linalg.matmul")
def linalg_matmul(x1: Any, x2: Any, /) -> Any:
    return products.matmul(*common("np.linalg.matmul", x1, x2))


@numpys("linalg.vecdot")
def linalg_vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    x1, x2 = (one.movedim(axis, -1) for one in common("np.linalg.vecdot", x1, x2))
    return (x1 * x2).sum(-1)


@numpys("kron")
def kron(a: Any, b: Any) -> Any:
    return products.kron(*common("np.kron", a, b))


@numpys("einsum")
def einsum(*operands: Any, out: Any = None, optimize: Any = False, **kwargs: Any) -> Any:
    dtype = raws(kwargs.pop("dtype", None))
    kwargs.pop("order", None), kwargs.pop("casting", None)
    if kwargs:
        raise TypeError(f"Did not understand the following kwargs: {list(kwargs)}")
    if isinstance(operands[0], str):
        tensors = list(operands[1:])
    else:
        tensors = list(operands[: len(operands) // 2 * 2 : 2])
    values = common("np.einsum", *tensors)
    if dtype is not None:
        values = tuple(converted(one, dtype, "np.einsum") for one in values)
    if isinstance(operands[0], str):
        return einstein.einsum(operands[0], *values)
    mixed: list[Any] = list(operands)
    mixed[: len(operands) // 2 * 2 : 2] = values
    return einstein.einsum(*mixed)


@numpys("cross")
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = common("np.cross", a, b)
    a = a.movedim(normalize_axis_index(axisa, a.ndim), -1)
    b = b.movedim(normalize_axis_index(axisb, b.ndim), -1)
    if {a.shape[-1], b.shape[-1]} - {2, 3}:
        raise ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)")
    x, y = a.unbind(-1), b.unbind(-1)
    last = x[0] * y[1] - x[1] * y[0]
    if len(x) == len(y) == 2:
        return last
    nothing = wrap(np.zeros((), a.array.dtype))
    x, y = ((*one, nothing)[:3] for one in (x, y))
    parts = (x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], last)
    shape = np.broadcast_shapes(*(one.array.shape for one in parts))
    found = stack([one.expand(shape) for one in parts], -1)
    return found.movedim(-1, normalize_axis_index(axisc, found.ndim))


@numpys("linalg.cross")
def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    x1, x2 = (as_tensor(joined(one)) for one in (x1, x2))
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError("Both input arrays must be (arrays of) 3-dimensional vectors")
    return cross(x1, x2, axis=axis)


@numpys("trace")
def trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
) -> Any:
    a = as_tensor(joined(a))
    a = a if dtype is None else converted(a, raws(dtype), "np.trace")
    return a.diagonal(
        offset, normalize_axis_index(axis1, a.ndim), normalize_axis_index(axis2, a.ndim)
    ).sum(-1)


@numpys("linalg.trace")
def linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return trace(x, offset, -2, -1, dtype)


@numpys("linalg.multi_dot")
def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    arrays = list(arrays)
    if len(arrays) < 2:
        raise ValueError("Expecting at least two arrays.")
    return products.multi_dot(list(common("np.linalg.multi_dot", *arrays)))


# -- norms -----------------------------------------------------------------------------------------


@numpys("linalg.norm")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    x = as_tensor(joined(x))
    if axis is None and (ord is None or x.ndim == 1 or (x.ndim == 2 and ord in ("f", "fro"))):
        return _vector_norm(x, 2 if ord in (None, "f", "fro") else ord, None, keepdims)
    dims = axes_of(axis, x.ndim)
    if len(dims) == 1:
        if isinstance(ord, str):
            raise ValueError(f"Invalid norm order '{ord}' for vectors")
        return _vector_norm(x, 2 if ord is None else ord, dims, keepdims)
    if len(dims) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    if dims[0] == dims[1]:
        raise ValueError("Duplicate axes given.")
    return _matrix_norm(x, ord, dims, keepdims)


def _vector_norm(x: Tensor, ord: Any, dims: Any, keepdims: bool) -> Any:
    dims = tuple(range(x.ndim)) if dims is None else dims
    if not dims:
        return x.abs()
    return norms.vector_norm(x, float(ord), dims, bool(keepdims))


def _matrix_norm(x: Tensor, ord: Any, dims: Any, keepdims: bool) -> Any:
    ord = "fro" if ord in (None, "f") else ord
    if ord not in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise ValueError("Invalid norm order for matrices.")
    return norms.matrix_norm(x, ord, dims, bool(keepdims))


@numpys("linalg.vector_norm")
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    x = as_tensor(x)
    return _vector_norm(x, ord, None if axis is None else axes_of(axis, x.ndim), keepdims)


@numpys("linalg.matrix_norm")
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return _matrix_norm(as_tensor(x), ord, (-2, -1), keepdims)


@numpys("linalg.cond")
def cond(x: Any, p: Any = None) -> Any:
    return systems.cond(as_tensor(joined(x)), p)


# -- systems and decompositions --------------------------------------------------------------------


def _named(function: Callable[..., Any], *parts: Any) -> Any:
    """``parts`` as the named tuple that a function of NumPy's gives."""
    return type(function(np.eye(1)))(*parts)


def _square(a: Any) -> Tensor:
    a = as_tensor(joined(a))
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square")
    return a


@numpys("linalg.inv")
def inv(a: Any) -> Any:
    return systems.inv(_square(a))


@numpys("linalg.det")
def det(a: Any) -> Any:
    return matrix_functions.det(_square(a))


@numpys("linalg.slogdet")
def slogdet(a: Any) -> Any:
    return _named(np.linalg.slogdet, *matrix_functions.slogdet(_square(a)))


@numpys("linalg.solve")
def solve(a: Any, b: Any) -> Any:
    a, b = common("np.linalg.solve", a, b)
    _square(a)
    if b.ndim == 1:
        return _solved(a, b.unsqueeze(-1)).squeeze(-1)
    return _solved(a, b)


def _solved(a: Tensor, b: Tensor) -> Tensor:
    sizes = np.broadcast_shapes(tuple(a.shape[:-2]), tuple(b.shape[:-2]))
    return systems.solve(a.expand(*sizes, *a.shape[-2:]), b.expand(*sizes, *b.shape[-2:]))


@numpys("linalg.pinv")
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Any:
    a = as_tensor(joined(a))
    if rcond is None:
        if rtol is np._NoValue:
            rcond = 1e-15
        elif rtol is None:
            rcond = max(a.shape[-2:]) * np.finfo(a.array.dtype).eps
        else:
            rcond = rtol
    elif rtol is not np._NoValue:
        raise ValueError("`rtol` and `rcond` can't be both set.")
    cutoff = np.asarray(raws(rcond), a.array.dtype)
    return systems.pinv(a, rtol=wrap(cutoff) if cutoff.ndim else float(cutoff), hermitian=hermitian)


@numpys("linalg.lstsq")
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    a, b = common("np.linalg.lstsq", a, b)
    if a.ndim != 2 or b.ndim not in (1, 2):
        raise np.linalg.LinAlgError("array must be two-dimensional")
    rows, columns = a.shape
    if rcond is None:
        rcond = np.finfo(a.array.dtype).eps * max(rows, columns)
    plain = np.linalg.lstsq(a.array, b.array, rcond)
    found = products.matmul(systems.pinv(a, rtol=max(float(rcond), 0.0)), b)
    left = b - products.matmul(a, found)
    residuals: Any = as_result(plain[1])
    if plain[1].size:
        residuals = (left * left).sum(0)
        residuals = residuals.reshape(1) if residuals.ndim == 0 else residuals
    values = decompositions.svd_factors(a, False, "linalg.lstsq").S
    return found, residuals, as_result(np.asarray(plain[2])), values


def _symmetric(a: Tensor) -> Tensor:
    """The symmetric matrix of the lower triangle.  Its gradient is symmetric as well, as PyTorch's
    are and those of ``eigh``: no entry counts for two."""
    values = a.detach()
    change = a - values
    whole = values.tril() + values.tril(-1).transpose(-2, -1)
    return whole + (change + change.transpose(-2, -1)) / 2


@numpys("linalg.svd")
def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    a = as_tensor(joined(a))
    a = _symmetric(a) if hermitian else a
    if not compute_uv:
        return decompositions.svd_factors(a, False, "linalg.svd").S
    return _named(np.linalg.svd, *decompositions.svd_factors(a, full_matrices, "linalg.svd"))


@numpys("linalg.svdvals")
def svdvals(x: Any, /) -> Any:
    return decompositions.svd_factors(as_tensor(x), False, "linalg.svdvals").S


@numpys("linalg.qr")
def qr(a: Any, mode: str = "reduced") -> Any:
    if mode not in ("reduced", "complete", "r"):
        raise refuse("np.linalg.qr", "use mode 'reduced', 'complete' or 'r'")
    # R alone is that of the reduced form.
    form = "reduced" if mode == "r" else mode
    factors = decompositions.qr_factors(as_tensor(joined(a)), form, "linalg.qr")
    return factors[1] if mode == "r" else _named(np.linalg.qr, *factors)


@numpys("linalg.eigh")
def eigh(a: Any, UPLO: str = "L") -> Any:
    found = decompositions.eigh_factors(_square(a), UPLO, "linalg.eigh")
    return _named(np.linalg.eigh, *found)


@numpys("linalg.eigvalsh")
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    return decompositions.eigh_factors(_square(a), UPLO, "linalg.eigvalsh")[0]


@numpys("linalg.cholesky")
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    a = _square(a)
    # NumPy reads one triangle.
    return decompositions.cholesky(_symmetric(a.transpose(-2, -1) if upper else a), upper)


@numpys("linalg.matrix_power")
def matrix_power(a: Any, n: int) -> Any:
    return matrix_functions.matrix_power(_square(a), n)


@numpys("linalg.tensorinv")
def tensorinv(a: Any, ind: int = 2) -> Any:
    return systems.tensorinv(as_tensor(joined(a)), ind)


@numpys("linalg.tensorsolve")
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = common("np.linalg.tensorsolve", a, b)
    return systems.tensorsolve(a, b, axes)
