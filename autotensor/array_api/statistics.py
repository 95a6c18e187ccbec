"""The standard's sums, extremes and spreads."""

from __future__ import annotations

from autotensor.array_api.arguments import need_own, reduced
from autotensor.creation import full
from autotensor.engine.tensor import Tensor
from autotensor.operators import reductions, structure
from autotensor.operators.arguments import existing_dim
from autotensor.types import DType, Ints, Number

__all__ = [
    "cumulative_prod", "cumulative_sum", "max", "mean", "min", "prod", "std", "sum", "var",
]  # fmt: skip


def cumulative_sum(
    x: Tensor,
    /,
    *,
    axis: int | None = None,
    dtype: DType | None = None,
    include_initial: bool = False,
) -> Tensor:
    """The sums of the elements up to each along ``axis``, which may be left out in one dimension;
    with ``include_initial`` of none of them as well.

    ``(…, n, …) → (…, n, …)``, or n + 1.  Integers and bools are added up in int64 unless a dtype is
    given.  Differentiated as ``autotensor.cumsum``.

    Raises:
        TypeError: ``x`` is no Tensor.
        ValueError: no ``axis``, and more than one dimension.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.cumulative_sum(at.tensor([1, 2, 3]), include_initial=True)
        tensor([0, 1, 3, 6])
    """
    dim = _line(x, axis, "cumulative_sum")
    out = reductions.cumsum(x, dim, dtype=dtype)
    return _begun(out, dim, 0) if include_initial else out


def cumulative_prod(
    x: Tensor,
    /,
    *,
    axis: int | None = None,
    dtype: DType | None = None,
    include_initial: bool = False,
) -> Tensor:
    """The products of the elements up to each along ``axis``, which may be left out in one
    dimension; with ``include_initial`` of none of them as well.

    ``(…, n, …) → (…, n, …)``, or n + 1.  Integers and bools are multiplied in int64 unless a dtype
    is given.  Differentiated as ``autotensor.cumprod``.

    Raises:
        TypeError: ``x`` is no Tensor.
        ValueError: no ``axis``, and more than one dimension.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.cumulative_prod(at.tensor([1, 2, 3]), include_initial=True)
        tensor([1, 1, 2, 6])
    """
    dim = _line(x, axis, "cumulative_prod")
    out = reductions.cumprod(x, dim, dtype=dtype)
    return _begun(out, dim, 1) if include_initial else out


def _line(x: Tensor, axis: int | None, name: str) -> int:
    """The dimension to go along."""
    if axis is None and need_own(x, name).ndim > 1:
        raise ValueError(f"{name}: x of shape {x.shape} has more than one axis; say which")
    return existing_dim(need_own(x, name), 0 if axis is None else axis, name)


def _begun(out: Tensor, dim: int, value: Number) -> Tensor:
    """``out`` with ``value`` in front."""
    shape = (*out.shape[:dim], 1, *out.shape[dim + 1 :])
    return structure.cat([full(shape, value, dtype=out.dtype), out], dim)


def max(x: Tensor, /, *, axis: Ints | None = None, keepdims: bool = False) -> Tensor:
    """The largest element; NaN if there is one.

    ``(*) → ()``; over ``axis`` those dimensions go, or become 1 with ``keepdims``.  Differentiated
    as ``autotensor.amax``: equal ones share the gradient.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.
        RuntimeError, IndexError: there is no element.

    Example:

        >>> at.array_api.max(at.tensor([[1, 5], [7, 2]]), axis=0)
        tensor([7, 5])
    """
    return reduced(reductions.amax, need_own(x, "max"), axis, keepdims)


def min(x: Tensor, /, *, axis: Ints | None = None, keepdims: bool = False) -> Tensor:
    """The smallest element; NaN if there is one.

    ``(*) → ()``; over ``axis`` those dimensions go, or become 1 with ``keepdims``.  Differentiated
    as ``autotensor.amin``: equal ones share the gradient.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.
        RuntimeError, IndexError: there is no element.

    Example:

        >>> at.array_api.min(at.tensor([[1, 5], [7, 2]]), axis=0)
        tensor([1, 2])
    """
    return reduced(reductions.amin, need_own(x, "min"), axis, keepdims)


def mean(x: Tensor, /, *, axis: Ints | None = None, keepdims: bool = False) -> Tensor:
    """The mean; NaN of nothing.

    ``(*) → ()``; over ``axis`` those dimensions go, or become 1 with ``keepdims``.  Differentiated
    as ``autotensor.mean``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: no floating-point dtype.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.mean(at.tensor([[1.0, 5.0], [7.0, 2.0]]), axis=0)
        tensor([4.0000, 3.5000])
    """
    return reduced(reductions.mean, need_own(x, "mean"), axis, keepdims)


def prod(
    x: Tensor,
    /,
    *,
    axis: Ints | None = None,
    dtype: DType | None = None,
    keepdims: bool = False,
) -> Tensor:
    """The product; 1 of nothing.

    ``(*) → ()``; over ``axis`` those dimensions go, or become 1 with ``keepdims``.  Integers and
    bools are multiplied in int64 unless a dtype is given.  Differentiated as ``autotensor.prod``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.prod(at.tensor([[1, 5], [7, 2]]), axis=0)
        tensor([ 7, 10])
    """
    return reduced(reductions.prod, need_own(x, "prod"), axis, keepdims, dtype=dtype)


def std(
    x: Tensor,
    /,
    *,
    axis: Ints | None = None,
    correction: float = 0.0,
    keepdims: bool = False,
) -> Tensor:
    """The standard deviation, the root of ``var``.

    ``(*) → ()``; over ``axis`` those dimensions go, or become 1 with ``keepdims``.  Differentiated
    as ``autotensor.std``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: no floating-point dtype.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.std(at.tensor([1.0, 3.0]))
        tensor(1.)
    """
    return reduced(reductions.std, need_own(x, "std"), axis, keepdims, correction=correction)


def sum(
    x: Tensor,
    /,
    *,
    axis: Ints | None = None,
    dtype: DType | None = None,
    keepdims: bool = False,
) -> Tensor:
    """The sum; 0 of nothing.

    ``(*) → ()``; over ``axis`` those dimensions go, or become 1 with ``keepdims``.  Integers and
    bools are added up in int64 unless a dtype is given.  Differentiated as ``autotensor.sum``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.sum(at.tensor([[1, 5], [7, 2]]), axis=0)
        tensor([8, 7])
    """
    return reduced(reductions.sum, need_own(x, "sum"), axis, keepdims, dtype=dtype)


def var(
    x: Tensor,
    /,
    *,
    axis: Ints | None = None,
    correction: float = 0.0,
    keepdims: bool = False,
) -> Tensor:
    """The mean square of what the elements are away from their mean; the sum of the squares is
    divided by their number less ``correction``.

    ``(*) → ()``; over ``axis`` those dimensions go, or become 1 with ``keepdims``.  Differentiated
    as ``autotensor.var``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: no floating-point dtype.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.var(at.tensor([1.0, 3.0]))
        tensor(1.)
        >>> at.array_api.var(at.tensor([1.0, 3.0]), correction=1)
        tensor(2.)
    """
    return reduced(reductions.var, need_own(x, "var"), axis, keepdims, correction=correction)
