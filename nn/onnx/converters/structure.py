"""Operators that arrange elements: shapes, parts, joining; reading and writing by index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autotensor as at
import nn.functional as F
from nn.onnx.aligning import Value
from nn.onnx.converters.pointwise import as_operands
from nn.onnx.converters.registry import converts
from nn.onnx.graph import Graph
from nn.onnx.sizes import Size

__all__ = ["numel", "placed", "reshaped"]

_LAST = np.iinfo(np.int64).max
_INT64 = np.dtype(np.int64)


# -- shapes ----------------------------------------------------------------------------------------


def numel(shape: Sequence[Any]) -> Any:
    """The product of sizes."""
    total: Any = 1
    for one in shape:
        total = total * one
    return total


def reshaped(g: Graph, one: Any, sizes: Sequence[Any], before: Sequence[Any] = ()) -> str:
    """``one`` in the shape ``sizes``; ``before`` is the shape it has, if that is known."""
    wanted = list(sizes)
    differ = [at for at, size in enumerate(wanted) if isinstance(size, Size)]
    if 0 not in wanted:
        for at in differ[1:] if len(differ) > 1 else []:
            if at < len(before) and before[at] == wanted[at]:
                wanted[at] = 0
        differ = [at for at, size in enumerate(wanted) if isinstance(size, Size)]
        if len(differ) == 1:
            wanted[differ[0]] = -1
    return str(g.op("Reshape", one, wanted, allowzero=1 if 0 in sizes else None))


@converts("reshape", "reshape_from")
def _reshape(g: Graph, input: Value, output: Value) -> Any:
    return reshaped(g, input, output.shape, input.shape)


@converts("permute")
def _permute(g: Graph, input: Value, dims: Sequence[int]) -> Any:
    return g.op("Transpose", input, perm=[int(one) % input.ndim for one in dims])


@converts("expand")
def _expand(g: Graph, input: Value, output: Value) -> Any:
    return g.op("Expand", input, list(output.shape))


@converts("clone", "contiguous", at.contiguous)
def _same(g: Graph, input: Value) -> Any:
    return input


@converts("cast")
def _cast(g: Graph, input: Value, output: Value) -> Any:
    return g.cast(input, input.dtype, output.dtype)


@converts("fill")
def _fill(g: Graph, value: Any, output: Value) -> Any:
    return g.op("Expand", as_operands(g, output.dtype, value)[0], list(output.shape))


@converts("copy_")
def _copied(g: Graph, input: Value, other: Value, output: Value) -> Any:
    return g.op("Expand", g.cast(other, other.dtype, output.dtype), list(output.shape))


@converts(("autotensor.engine.in_place", "assign"))
def _assign(g: Graph, value: Value, output: Value) -> Any:
    return g.cast(value, value.dtype, output.dtype)


@converts("flip")
def _flip(g: Graph, input: Value, dims: Sequence[int]) -> Any:
    count = len(dims)
    if not count:
        return input
    return g.op("Slice", input, [-1] * count, [-_LAST] * count, [*dims], [-1] * count)


@converts("roll")
def _roll(g: Graph, input: Value, shifts: Any, dims: Any) -> Any:
    shifts, dims = ([one] if isinstance(one, int) else [*one] for one in (shifts, dims))
    out: Any = input
    if not dims:
        out = g.op("Reshape", input, [-1])
    for shift, dim in zip(shifts, dims or [0], strict=True):
        size = input.shape[dim] if dims else numel(input.shape)
        if isinstance(size, int):
            shift %= max(size, 1)
        if shift == 0:
            continue
        end, start = (
            g.op("Slice", out, [a], [b], [dim]) for a, b in ((-shift, _LAST), (0, -shift))
        )
        out = g.op("Concat", end, start, axis=int(dim))
    return out if dims else reshaped(g, out, input.shape)


@converts("tril", "triu")
def _triangle(g: Graph, input: Value, diagonal: Any, output: Value) -> Any:
    x: Any = input
    narrow = input.dtype.kind == "b" or input.dtype.itemsize < 4
    kind = np.dtype(np.float32 if input.dtype.kind == "f" else np.int64) if narrow else input.dtype
    x = g.cast(x, input.dtype, kind)
    return g.cast(
        g.op("Trilu", x, g.scalar(diagonal, _INT64), upper=int(g.name == "triu")),
        kind,
        output.dtype,
    )


@converts("diagonal")
def _diagonal(g: Graph, input: Value, offset: Any, dim1: Any, dim2: Any) -> Any:
    dims = [dim1 % input.ndim, dim2 % input.ndim]
    rest = [at for at in range(input.ndim) if at not in dims]
    rows, columns = (g.number(input.shape[at]) for at in dims)
    places = np.diagonal(np.arange(rows * columns).reshape(rows, columns), offset)
    moved = g.op("Transpose", input, perm=rest + dims)
    flat = reshaped(g, moved, [*(input.shape[at] for at in rest), rows * columns])
    return g.op("Gather", flat, np.array(places), axis=len(rest))


@converts(at.diag_embed)
def _diag_embed(g: Graph, input: Value, offset: Any, dim1: Any, dim2: Any, output: Value) -> Any:
    ends = sorted((dim1 % output.ndim, dim2 % output.ndim))
    if offset or ends != [output.ndim - 2, output.ndim - 1]:
        g.refuse("makes another diagonal than that of the last two dimensions")
    size = output.shape[-1]
    return g.op(
        "Where", g.diagonal(size), g.op("Unsqueeze", input, [-1]), g.scalar(0, output.dtype)
    )


@converts("unfold")
def _windows(g: Graph, input: Value, dim: Any, size: Any, step: Any, output: Value) -> Any:
    dim %= input.ndim
    count = output.shape[dim]
    starts = g.range(count)
    places = g.op(
        "Add",
        g.op("Unsqueeze", g.op("Mul", starts, g.scalar(step, _INT64)), [1]),
        np.arange(g.number(size)),
    )
    found = g.op("Gather", input, places, axis=dim)
    order = [at for at in range(input.ndim + 1) if at != dim + 1]
    return g.op("Transpose", found, perm=[*order, dim + 1])


@converts(at.repeat_interleave)
def _repeat_interleave(g: Graph, input: Any, repeats: Any, dim: Any, output: Value) -> Any:
    if not isinstance(repeats, int):
        g.refuse("repeats each element another number of times")
    shape: list[Any] = list(input.shape)
    x: Any = input
    if dim is None:
        x, shape, dim = g.op("Reshape", input, [-1]), [numel(shape)], 0
    dim %= len(shape)
    wide = g.op(
        "Expand", g.op("Unsqueeze", x, [dim + 1]), [*shape[: dim + 1], repeats, *shape[dim + 1 :]]
    )
    return reshaped(g, wide, output.shape)


# -- joining ---------------------------------------------------------------------------------------


def _joined(given: Any, output: Value) -> list[Any]:
    """Without the empty 1-d Tensors that ``cat`` skips."""
    return [one for one in given if one.ndim == output.ndim or one.shape != (0,)]


@converts(at.cat)
def _cat(g: Graph, tensors: Any, dim: Any, output: Value) -> Any:
    parts = as_operands(g, output.dtype, *_joined(tensors, output))
    return (
        g.op("Concat", *parts, axis=int(dim) % max(output.ndim, 1)) if len(parts) > 1 else parts[0]
    )


@converts(at.stack)
def _stack(g: Graph, tensors: Any, dim: Any, output: Value) -> Any:
    at = int(dim) % output.ndim
    parts = [g.op("Unsqueeze", one, [at]) for one in as_operands(g, output.dtype, *tensors)]
    return g.op("Concat", *parts, axis=at) if len(parts) > 1 else parts[0]


_PADDING = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@converts(F.pad)
def _pad(g: Graph, input: Value, pad: Any, mode: str, value: Any) -> Any:
    count = len(pad) // 2
    before = [0] * (input.ndim - count) + [pad[2 * at] for at in reversed(range(count))]
    after = [0] * (input.ndim - count) + [pad[2 * at + 1] for at in reversed(range(count))]
    filler = None
    if mode == "constant":
        filler = g.scalar(0 if value is None else value, input.dtype)
    return g.op("Pad", input, before + after, filler, mode=_PADDING[mode])


@converts(at.one_hot)
def _one_hot(g: Graph, input: Value, num_classes: Any, output: Value) -> Any:
    if num_classes == -1:
        g.refuse("finds the number of classes in its input; give num_classes")
    values = np.array([0, 1], np.int64)
    return g.op("OneHot", input, g.scalar(num_classes, _INT64), values, axis=-1)


# -- reading by index ------------------------------------------------------------------------------


def _parts_of(g: Graph, index: Any, ndim: int) -> list[Any]:
    """``index`` as a list without an Ellipsis, as long as there are dimensions (and Nones)."""
    if isinstance(index, list) and any(not isinstance(one, int) for one in index):
        index = tuple(index)
    parts = list(index) if isinstance(index, tuple) else [index]
    parts = [_as_value(one) if isinstance(one, (list, np.ndarray)) else one for one in parts]
    if any(isinstance(one, bool) for one in parts):
        g.refuse("is indexed with True or False")
    read = sum(_dims_read(one) for one in parts)
    at = next((at for at, one in enumerate(parts) if one is Ellipsis), None)
    rest = [slice(None)] * (ndim - read)
    return parts + rest if at is None else parts[:at] + rest + parts[at + 1 :]


def _as_value(one: Any) -> Value:
    array = np.asarray(one)
    return Value(array.shape, array.dtype, array)


def _is_mask(part: Any) -> bool:
    return (isinstance(part, Value) and part.dtype.kind in "b") or (
        isinstance(part, Value) and part.dtype == np.uint8
    )


def _dims_read(part: Any) -> int:
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if _is_mask(part) else 1


def _sliced(g: Graph, x: Any, shape: Sequence[Any], parts: list[Any]) -> Any:
    """``x`` after the slices among ``parts``, and after whole numbers as slices of one."""
    starts, ends, axes, steps = [], [], [], []
    axis = 0
    for part in parts:
        if isinstance(part, slice):
            start = 0 if part.start is None else part.start
            stop = shape[axis] if part.stop is None else part.stop
            step = 1 if part.step is None else part.step
            if (start, step) != (0, 1) or stop != shape[axis]:
                starts.append(start)
                ends.append(_LAST if part.stop is None else stop)
                axes.append(axis)
                steps.append(step)
        axis += _dims_read(part)
    if axes:
        x = g.op("Slice", x, _numbers(g, starts), _numbers(g, ends), axes, _numbers(g, steps))
    return x


def _numbers(g: Graph, given: list[Any]) -> Any:
    """Where slices begin or end: sizes, and Tensors with one number."""
    if not any(isinstance(one, Value) for one in given):
        return given
    parts = [
        g.op("Reshape", g.cast(one, one.dtype, _INT64), [1]) if isinstance(one, Value) else [one]
        for one in given
    ]
    return g.op("Concat", *parts, axis=0) if len(parts) > 1 else parts[0]


@converts(at.getitem, "getitem")
def _getitem(g: Graph, input: Value, index: Any) -> Any:
    return _read(g, input, input.shape, index)


def _read(g: Graph, x: Any, shape: Sequence[Any], index: Any) -> Any:
    parts = _parts_of(g, index, len(shape))
    x = _sliced(g, x, shape, parts)
    # Whole numbers take their dimensions away, from the last on.
    axis = sum(map(_dims_read, parts))
    left: list[Any] = []
    for part in reversed(parts):
        axis -= _dims_read(part)
        whole = isinstance(part, (int, Size))
        if (
            isinstance(part, Value)
            and part.ndim == 0
            and part.dtype.kind in "iu"
            and not _is_mask(part)
        ):
            part, whole = g.cast(part, part.dtype, _INT64), True
        if whole:
            x = g.op(
                "Gather",
                x,
                part if not isinstance(part, (int, Size)) else g.scalar(part, _INT64),
                axis=axis,
            )
        else:
            left.insert(0, part)
    places = [part for part in left if isinstance(part, Value)]
    if places:
        x, left = _gathered(g, x, left)
    news = [at for at, part in enumerate(left) if part is None]
    return g.op("Unsqueeze", x, news) if news else x


def _gathered(g: Graph, x: Any, parts: list[Any]) -> tuple[Any, list[Any]]:
    """``x`` read at index Tensors; the parts of the result's dimensions, slices and Nones."""
    kept = [part for part in parts if part is not None]
    where: list[int] = []
    indices: list[tuple[Any, int]] = []
    axis = 0
    for part in kept:
        if isinstance(part, Value):
            count = _dims_read(part)
            if _is_mask(part):
                found = g.op("NonZero", g.cast(part, part.dtype, np.bool_))
                indices += [(g.op("Gather", found, np.int64(at), axis=0), 1) for at in range(count)]
            else:
                indices.append((g.cast(part, part.dtype, _INT64), part.ndim))
            where += range(axis, axis + count)
        axis += _dims_read(part)
    # Nones between index Tensors separate them, as slices do.
    firsts = [at for at, part in enumerate(parts) if isinstance(part, Value)]
    together = firsts == list(range(firsts[0], firsts[-1] + 1))
    ndim = max(count for _, count in indices)
    if len(indices) == 1:
        x = g.op("Gather", x, indices[0][0], axis=where[0])
        at = where[0]
    else:
        others = [at for at in range(axis) if at not in where]
        x = g.op("Transpose", x, perm=where + others)
        x = g.op("GatherND", x, _as_columns(g, [one for one, _ in indices]))
        at = where[0] if together else 0
        if at:
            total = ndim + len(others)
            order = [*range(ndim, ndim + at), *range(ndim), *range(ndim + at, total)]
            x = g.op("Transpose", x, perm=order)
    made: list[Any] = [slice(None)] * ndim
    rest = [part for part in parts if not isinstance(part, Value)]
    front = firsts[0] if together else 0
    return x, rest[:front] + made + rest[front:]


def _as_columns(g: Graph, indices: list[Any]) -> Any:
    """Index Tensors, broadcast, as the last dimension of one."""
    total = indices[0]
    for one in indices[1:]:
        total = g.op("Add", total, one)
    shape = g.op("Shape", total)
    wide = [g.op("Expand", one, shape) for one in indices]
    return g.op("Concat", *(g.op("Unsqueeze", one, [-1]) for one in wide), axis=-1)


def placed(g: Graph, index: Any, shape: Sequence[Any]) -> Any:
    """The positions that ``index`` reads, as numbers of elements in row-major order."""
    return _read(g, reshaped(g, g.range(numel(shape)), shape), shape, index)


@converts(("autotensor.operators.structure.indexing", "setitem"), "overwrite")
def _setitem(g: Graph, input: Value, index: Any, value: Any, output: Value) -> Any:
    filler = as_operands(g, output.dtype, value)[0]
    number = not isinstance(value, Value) or value.ndim == 0
    if isinstance(index, Value) and _is_mask(index) and number:
        mask: Any = g.cast(index, index.dtype, np.bool_)
        ends = list(range(index.ndim, input.ndim))
        mask = g.op("Unsqueeze", mask, ends) if ends else mask
        return g.op("Where", mask, filler, input)
    places = placed(g, index, input.shape)
    wide = g.op("Expand", filler, g.op("Shape", places))
    flat = g.op("Reshape", input, [-1])
    places, wide = (g.op("Reshape", one, [-1]) for one in (places, wide))
    return reshaped(g, g.op("ScatterElements", flat, places, wide), input.shape, input.shape)


@converts("put_into_zeros")
def _put_into_zeros(g: Graph, input: Value, index: Any, output: Value) -> Any:
    places = placed(g, index, output.shape)
    zeros = g.op("Expand", g.scalar(0, output.dtype), [numel(output.shape)])
    places, flat = (g.op("Reshape", one, [-1]) for one in (places, input))
    return reshaped(g, g.op("ScatterElements", zeros, places, flat, reduction="add"), output.shape)


@converts(at.index_select)
def _index_select(g: Graph, input: Value, dim: Any, index: Value) -> Any:
    return g.op("Gather", input, index, axis=int(dim) % max(input.ndim, 1))


@converts(at.gather)
def _gather(g: Graph, input: Value, dim: Any, index: Value) -> Any:
    dim, x = int(dim) % max(input.ndim, 1), input
    if index.ndim == 0:
        return g.op("Gather", g.op("Reshape", input, [-1]), index)
    bounds = [at for at in range(input.ndim) if at != dim and input.shape[at] != index.shape[at]]
    if bounds:  # ONNX wants the other sizes to be equal
        x = g.op("Slice", input, [0] * len(bounds), [index.shape[at] for at in bounds], bounds)
    return g.op("GatherElements", x, index, axis=dim)


@converts(at.take_along_dim)
def _take_along_dim(g: Graph, input: Value, indices: Value, dim: Any) -> Any:
    if dim is None:
        return g.op("Gather", g.op("Reshape", input, [-1]), g.op("Reshape", indices, [-1]))
    dim %= input.ndim
    ends = [1 if at == dim else size for at, size in enumerate(indices.shape)]
    wide = g.op("Expand", input, ends)
    others = [1 if at == dim else size for at, size in enumerate(input.shape)]
    return g.op("GatherElements", wide, g.op("Expand", indices, others), axis=dim)


@converts(at.take)
def _take(g: Graph, input: Value, index: Value) -> Any:
    return g.op("Gather", g.op("Reshape", input, [-1]), index)


@converts(at.masked_select)
def _masked_select(g: Graph, input: Value, mask: Value, output: Value) -> Any:
    x: Any = input
    wide: Any = mask
    if input.shape != mask.shape:
        shape = np.broadcast_shapes(*(tuple(map(g.number, one.shape)) for one in (input, mask)))
        x, wide = (g.op("Expand", one, list(shape)) for one in (input, mask))
    return g.op("Compress", g.op("Reshape", x, [-1]), g.op("Reshape", wide, [-1]), axis=0)


@converts(at.masked_scatter)
def _masked_scatter(g: Graph, input: Value, mask: Value, source: Value) -> Any:
    if input.shape != mask.shape:
        g.refuse("broadcasts its mask")
    chosen = g.op("Reshape", g.cast(mask, np.bool_, np.int64), [-1])
    count = g.op("CumSum", chosen, g.scalar(0, _INT64))
    places = g.op("Max", g.op("Sub", count, g.scalar(1, _INT64)), g.scalar(0, _INT64))
    found = g.op("Gather", g.op("Reshape", source, [-1]), places)
    return g.op("Where", mask, reshaped(g, found, input.shape), input)


@converts(at.nonzero)
def _nonzero(g: Graph, input: Value, as_tuple: Any, output: Any) -> Any:
    found = g.op("NonZero", input)
    if as_tuple:
        return tuple(g.op("Gather", found, np.int64(at), axis=0) for at in range(len(output)))
    return g.op("Transpose", found, perm=[1, 0])


# -- writing by index ------------------------------------------------------------------------------


@converts(at.scatter)
def _scatter(
    g: Graph, input: Value, dim: Any, index: Value, src: Any, value: Any, reduce: Any, output: Value
) -> Any:
    source = src if value is None else value
    if not isinstance(source, Value) or source.ndim == 0:
        source = g.op("Expand", as_operands(g, output.dtype, source)[0], list(index.shape))
    else:
        source = _as_large(g, source, index)
    kinds = {None: None, "add": "add", "multiply": "mul"}
    return g.op("ScatterElements", input, index, source, axis=int(dim), reduction=kinds[reduce])


def _as_large(g: Graph, source: Value, index: Value) -> Any:
    """The part of ``source`` that ``index`` is about."""
    bounds = [at for at in range(index.ndim) if source.shape[at] != index.shape[at]]
    if not bounds:
        return source
    return g.op("Slice", source, [0] * len(bounds), [index.shape[at] for at in bounds], bounds)


@converts(at.scatter_add)
def _scatter_add(g: Graph, input: Value, dim: Any, index: Value, src: Value) -> Any:
    source = _as_large(g, src, index)
    return g.op("ScatterElements", input, index, source, axis=int(dim), reduction="add")


@converts(at.scatter_reduce)
def _scatter_reduce(
    g: Graph, input: Value, dim: Any, index: Value, src: Value, reduce: str, include_self: Any
) -> Any:
    kinds = {"sum": "add", "prod": "mul", "amax": "max", "amin": "min"}
    if reduce not in kinds or not include_self:
        g.refuse("takes a mean, or leaves out what was there")
    source = _as_large(g, src, index)
    return g.op("ScatterElements", input, index, source, axis=int(dim), reduction=kinds[reduce])


@converts(at.index_add)
def _index_add(g: Graph, input: Value, dim: Any, index: Value, source: Value, alpha: Any) -> Any:
    dim = int(dim) % max(input.ndim, 1)
    x: Any = source if alpha == 1 else g.op("Mul", source, g.scalar(alpha, source.dtype))
    places = index if index.ndim == 1 else g.op("Reshape", index, [-1])
    shape = [source.shape[at] if at == dim else 1 for at in range(source.ndim)]
    wide = g.op("Expand", reshaped(g, places, shape), list(source.shape))
    return g.op("ScatterElements", input, wide, x, axis=dim, reduction="add")
