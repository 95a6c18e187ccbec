"""Sums, extremes, scans, order; softmax."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import autotensor as at
from nn.onnx.aligning import Value
from nn.onnx.converters.pointwise import as_operands, common_dtype
from nn.onnx.converters.registry import converts
from nn.onnx.converters.structure import numel
from nn.onnx.graph import Graph

__all__ = ["reduced"]

_INT64 = np.dtype(np.int64)


def reduced(g: Graph, kind: str, x: Any, dims: Any, keepdim: Any) -> Any:
    """``x`` reduced over ``dims``: None or () are all of them, as far as ONNX goes."""
    axes = (
        None
        if dims is None
        else [int(one) for one in (dims if isinstance(dims, (tuple, list)) else (dims,))]
    )
    return g.op(f"Reduce{kind}", x, axes or None, keepdims=int(keepdim))


def _dims(dim: Any, ndim: int) -> list[int]:
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return list(range(ndim))
    return [int(one) % max(ndim, 1) for one in (dim if isinstance(dim, (tuple, list)) else [dim])]


@converts("sum")
def _sum(g: Graph, input: Value, dims: Any, keepdim: Any, output: Value) -> Any:
    x = g.cast(input, input.dtype, output.dtype)
    return reduced(g, "Sum", x, dims, keepdim) if input.ndim and dims else x


@converts(at.mean)
def _mean(g: Graph, input: Value, dim: Any, keepdim: Any, output: Value) -> Any:
    x = g.cast(input, input.dtype, output.dtype)
    return reduced(g, "Mean", x, _dims(dim, input.ndim), keepdim) if input.ndim else x


@converts("prod")
def _prod(g: Graph, input: Value, dims: Any, keepdim: Any, output: Value) -> Any:
    x = g.cast(input, input.dtype, output.dtype)
    return reduced(g, "Prod", x, dims, keepdim) if input.ndim and dims else x


def _extreme(kind: str) -> Any:
    def convert(g: Graph, input: Value, dims: Any, keepdim: Any, output: Value) -> Any:
        if not input.ndim:
            return input
        if input.dtype.kind == "b":
            found = reduced(g, kind, g.cast(input, input.dtype, np.int32), dims, keepdim)
            return g.cast(found, np.int32, np.bool_)
        return reduced(g, kind, input, dims, keepdim)

    return convert


converts("amax", "max_of_all")(_extreme("Max"))
converts("amin", "min_of_all")(_extreme("Min"))


@converts("reduced")
def _any_or_all(g: Graph, input: Value, ufunc: Any, dims: Any, keepdim: Any, output: Value) -> Any:
    truth = g.cast(input, input.dtype, np.bool_)
    if not input.ndim or not dims:
        return truth
    kind = {"logical_or": "Max", "logical_and": "Min"}[ufunc.__name__]
    return g.cast(
        reduced(g, kind, g.cast(truth, np.bool_, np.int32), dims, keepdim), np.int32, np.bool_
    )


@converts(at.argmax, at.argmin)
def _arg(g: Graph, input: Value, dim: Any, keepdim: Any) -> Any:
    kind = "ArgMax" if g.name == "argmax" else "ArgMin"
    x: Any = input
    if input.dtype.kind == "b":
        x = g.cast(input, input.dtype, np.int32)
    if input.ndim == 0:
        return np.int64(0)
    if dim is None:
        found = g.op(kind, g.op("Reshape", x, [-1]), axis=0, keepdims=0)
        return g.op("Reshape", found, [1] * input.ndim) if keepdim else found
    return g.op(kind, x, axis=int(dim) % input.ndim, keepdims=int(bool(keepdim)))


@converts(at.max, at.min)
def _max_or_min(g: Graph, input: Value, other: Any, keepdim: Any, dim: Any, output: Any) -> Any:
    kind = "Max" if g.name == "max" else "Min"
    if isinstance(other, Value):
        return g.op(kind, *as_operands(g, output.dtype, input, other))
    dim = other if dim is None else dim
    if dim is None:
        return _extreme(kind)(g, input, None, 0, output)
    if not input.ndim:
        return input, np.int64(0)
    at = int(dim) % input.ndim
    values = reduced(g, kind, input, [at], bool(keepdim))
    return values, g.op(f"Arg{kind}", input, axis=at, keepdims=int(bool(keepdim)))


@converts(at.var, at.var_mean)
def _moments(
    g: Graph,
    input: Value,
    dim: Any,
    unbiased: Any,
    keepdim: Any,
    correction: Any,
    root: Any,
    with_mean: Any,
    output: Any,
) -> Any:
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = 1.0 if unbiased is None or unbiased else 0.0
    first = output[0] if isinstance(output, tuple) else output
    x, axes = g.cast(input, input.dtype, first.dtype), _dims(dim, input.ndim)
    apart = g.op("Sub", x, reduced(g, "Mean", x, axes, True))
    total = reduced(g, "SumSquare", apart, axes, bool(keepdim))
    count = numel([input.shape[at] for at in axes])
    freedom = g.scalar(count - correction if isinstance(count, int) else count, first.dtype)
    if not isinstance(count, int) and correction:
        freedom = g.op("Sub", freedom, g.scalar(correction, first.dtype))
    found = g.op("Div", total, freedom)
    found = g.op("Sqrt", found) if root else found
    return (found, reduced(g, "Mean", x, axes, bool(keepdim))) if with_mean else found


@converts("vector_norm")
def _vector_norm(g: Graph, input: Value, p: Any, dims: Any, keepdim: Any) -> Any:
    size = g.op("Abs", input)
    if not input.ndim:
        return size
    if p in (1.0, 2.0):
        return reduced(g, "L1" if p == 1 else "L2", input, dims, keepdim)
    if math.isinf(p):
        return reduced(g, "Max" if p > 0 else "Min", size, dims, keepdim)
    if p == 0:
        some = g.op("Not", g.op("Equal", input, g.scalar(0, input.dtype)))
        return reduced(g, "Sum", g.cast(some, np.bool_, input.dtype), dims, keepdim)
    powers = reduced(g, "Sum", g.op("Pow", size, g.scalar(p, input.dtype)), dims, keepdim)
    return g.op("Pow", powers, g.scalar(1 / p, input.dtype))


@converts("logsumexp")
def _logsumexp(g: Graph, input: Value, dims: Any, keepdim: Any) -> Any:
    return reduced(g, "LogSumExp", input, dims, keepdim) if input.ndim else input


def _softened(kind: str) -> Any:
    def convert(g: Graph, input: Value, dims: Sequence[int]) -> Any:
        if len(dims) == 1 and input.ndim:
            return g.op(kind, input, axis=int(dims[0]) % input.ndim)
        if not input.ndim:
            return g.op("Squeeze", g.op(kind, g.op("Unsqueeze", input, [0]), axis=0), [0])
        return g.refuse("is over several dimensions")

    return convert


converts("softmax")(_softened("Softmax"))
converts("log_softmax")(_softened("LogSoftmax"))


@converts("cumsum")
def _cumsum(g: Graph, input: Value, dim: Any, output: Value) -> Any:
    x = g.cast(input, input.dtype, output.dtype)
    return g.op("CumSum", x, g.scalar(int(dim) % max(input.ndim, 1), _INT64)) if input.ndim else x


# -- order -----------------------------------------------------------------------------------------


def _top(g: Graph, input: Value, count: Any, dim: Any, largest: Any) -> tuple[Any, Any]:
    at = int(dim) % max(input.ndim, 1)
    if not input.ndim:
        return input, np.int64(0)
    x: Any = input
    kind = input.dtype
    if kind.kind == "b" or kind.itemsize < 4:
        kind = np.dtype(np.float32 if kind.kind == "f" else np.int64)
        x = g.cast(input, input.dtype, kind)
    values, places = g.op("TopK", x, [count], outputs=2, axis=at, largest=int(largest))
    return g.cast(values, kind, input.dtype), places


@converts(at.topk)
def _topk(g: Graph, input: Value, k: Any, dim: Any, largest: Any) -> Any:
    return _top(g, input, k, dim, largest)


@converts(at.sort)
def _sort(g: Graph, input: Value, dim: Any, descending: Any) -> Any:
    return _top(g, input, input.shape[int(dim)] if input.ndim else 1, dim, descending)


@converts("argsort")
def _argsort(g: Graph, input: Value, dim: Any, descending: Any) -> Any:
    return _top(g, input, input.shape[int(dim)] if input.ndim else 1, dim, descending)[1]


@converts(at.argsort)
def _argsort_public(g: Graph, input: Value, dim: Any, descending: Any) -> Any:
    return _top(g, input, input.shape[int(dim)] if input.ndim else 1, dim, descending)[1]


@converts(at.median, at.kthvalue)
def _kth(g: Graph, input: Value, dim: Any, keepdim: Any, k: Any = None) -> Any:
    if not input.ndim:
        return input if dim is None else (input, np.int64(0))
    x: Any = input
    if dim is None:
        x, axis, size = g.op("Reshape", input, [-1]), 0, numel(input.shape)
    else:
        axis = int(dim) % input.ndim
        size = input.shape[axis]
    count = (size + 1) // 2 if k is None else k
    found = g.op("TopK", x, [count], outputs=2, axis=axis, largest=0)
    last = [g.op("Slice", one, [-1], [np.iinfo(np.int64).max], [axis]) for one in found]
    if dim is None or not keepdim:
        last = [g.op("Squeeze", one, [axis]) for one in last]
    return last[0] if dim is None else tuple(last)


@converts(at.cumprod)
def _cumprod(g: Graph, input: Value, dim: Any, output: Value) -> Any:
    if not input.ndim:
        return g.cast(input, input.dtype, output.dtype)
    axis = int(dim) % input.ndim
    size = g.number(input.shape[axis])
    if size > 64:
        g.refuse("is over more than 64 elements")
    x = g.cast(input, input.dtype, output.dtype)
    if size < 2:
        return x
    parts = g.op("Split", x, outputs=size, axis=axis, num_outputs=size)
    found = [parts[0]]
    for one in parts[1:]:
        found.append(g.op("Mul", found[-1], one))
    return g.op("Concat", *found, axis=axis)


@converts(at.bucketize)
def _bucketize(g: Graph, input: Any, boundaries: Value, right: Any, output: Value) -> Any:
    wide = common_dtype(input, boundaries)
    x, edges = as_operands(g, wide, input, boundaries)
    kind = "LessOrEqual" if right else "Less"
    below = g.op(kind, edges, g.op("Unsqueeze", x, [-1]))
    return reduced(g, "Sum", g.cast(below, np.bool_, output.dtype), [-1], False)


# -- what is not there -----------------------------------------------------------------------------


@converts(at.mode, at.cummax, at.cummin, at.nanmedian)
def _places_in_values(g: Graph, input: Value) -> Any:
    """These look for places by NumPy and read there: such places would be those of the example."""
    g.refuse("finds its result by the values of the input, for which ONNX has no operator")
