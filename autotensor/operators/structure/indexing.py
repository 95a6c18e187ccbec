"""Indexing: ``x[index]`` and ``x[index] = value``, gather, select, take, masks, nonzero, one-hot.

One pair carries all of it: ``getitem`` reads positions, ``put_into_zeros`` adds values at
positions of a Tensor of zeros; each is the other's derivative.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor.array_likes import array_of
from autotensor.creation import zeros_like
from autotensor.doors import not_a_tensor
from autotensor.engine import dtypes
from autotensor.engine.in_place import assign, keep_output, need_writable
from autotensor.engine.modes import modes
from autotensor.engine.operator import function_only, operator
from autotensor.engine.storage import lay_in_order, storage_of
from autotensor.engine.tensor import Tensor, method, raw, wrap
from autotensor.foreign import is_foreign
from autotensor.kernels.positions import join_at
from autotensor.keywords import also_called
from autotensor.operators.arguments import (
    common_shape,
    fitted,
    int_of,
    listed,
    need_least_dims,
    need_tensor,
    one_dim,
)
from autotensor.operators.structure.copying import apart
from autotensor.operators.structure.shapes import expand, flatten, reshape, resized
from autotensor.overlaps import parts_of

__all__ = [
    "argwhere", "gather", "getitem", "index_select", "masked_select", "narrow", "narrow_copy",
    "nonzero", "one_hot", "select", "take", "take_along_dim", "unravel_index",
]  # fmt: skip

INDEX_DTYPES = (dtypes.int64, dtypes.int32, dtypes.uint8, dtypes.bool)


# -- reading an index ------------------------------------------------------------------------------


def _for_numpy(index: Any) -> tuple[Any, ...]:
    """``index`` as a tuple of what NumPy takes: ints, slices, None, Ellipsis, bools and arrays."""
    if isinstance(index, list) and len(index) < 32 and any(map(_makes_a_tuple, index)):
        index = tuple(index)
    if not isinstance(index, tuple):
        return (_part_for_numpy(index),)
    parts = [_part_for_numpy(one) for one in index]
    places = [place for place, part in enumerate(parts) if part is Ellipsis]
    for place in reversed(places[1:]):  # the first stands for all that is missing
        del parts[place]
    return tuple(parts)


def _makes_a_tuple(part: Any) -> bool:
    """Whether PyTorch reads a list with ``part`` in it as if it were a tuple."""
    kinds = (slice, Sequence, Tensor, np.ndarray)
    return part is None or part is Ellipsis or isinstance(part, kinds)


def _part_for_numpy(part: Any) -> Any:
    if part is None or part is Ellipsis or isinstance(part, (bool, np.bool_)):
        return part
    if isinstance(part, slice):
        return _slice_for_numpy(part)
    if isinstance(part, (Tensor, np.ndarray, list, tuple)):
        return _array_for_numpy(part)
    if hasattr(part, "__index__") and not getattr(part, "ndim", 0):
        return part.__index__()
    if isinstance(part, Sequence) and not isinstance(part, (str, bytes)):
        return _array_for_numpy(list(part))  # a range, for instance
    found = array_of(part, "getitem")
    if found is not None:
        return _array_for_numpy(found)  # of a Series of pandas, for instance
    raise IndexError(
        "getitem: only ints, slices, None, Ellipsis, bools and integer or bool Tensors are valid "
        f"indices, got {type(part).__name__}"
    )


def _slice_for_numpy(part: slice) -> slice:
    bounds = []
    for one in (part.start, part.stop, part.step):
        if one is not None and not hasattr(one, "__index__"):
            raise TypeError(f"getitem: the bounds of a slice must be ints or None, got {one!r}")
        bounds.append(None if one is None else one.__index__())
    if bounds[2] is not None and bounds[2] <= 0:
        raise ValueError(
            f"getitem: the step of a slice must be greater than zero, got {bounds[2]}; use flip()"
        )
    return slice(*bounds)


def _array_for_numpy(part: Any) -> Any:
    """An index Tensor or list as an array of its own, for the graph keeps it; 0-d as an int."""
    try:
        array = np.array(array_of(part, "getitem") if isinstance(part, np.ndarray) else raw(part))
    except ValueError:
        raise IndexError(f"getitem: the list {part} is no index: its rows differ") from None
    if array.size == 0 and isinstance(part, (list, tuple)):
        array = array.astype(np.int64)
    known = array.dtype in INDEX_DTYPES if isinstance(part, Tensor) else array.dtype.kind in "iub"
    if not known:
        raise IndexError(
            "getitem: index Tensors must be of dtype int64, int32, uint8 or bool, "
            f"got {array.dtype}"
        )
    if array.dtype == dtypes.uint8:
        array = array.astype(np.bool_)  # as PyTorch reads bytes
    return int(array) if array.ndim == 0 and array.dtype.kind != "b" else array


def _in_two_steps(index: tuple[Any, ...], input: Any, name: str) -> tuple[tuple[Any, ...], ...]:
    """``index`` of ``input`` as one that NumPy reads as PyTorch does; where ints stand beside
    arrays, as two.

    NumPy counts such an int as an array, so that ``x[0, :, [1, 2]]`` puts the array's dimension
    first.  In PyTorch ints take their dimensions away beforehand.
    """
    if not any(map(_is_advanced, index)):
        return (index,)
    _need_fitting_masks(index, input.shape, name)
    if sum(map(_dims_read, index)) == input.ndim:
        # It stands for nothing, and so it separates nothing.
        index = tuple(part for part in index if part is not Ellipsis)
    if not any(type(part) is int for part in index):
        return (index,)
    first: list[Any] = []
    second: list[Any] = []
    for part in index:
        if _is_advanced(part):
            first += [slice(None)] * _dims_read(part)
            second.append(part)
        else:
            first.append(part)
            if type(part) is not int:
                second.append(part if part is Ellipsis else slice(None))
    return tuple(first), tuple(second)


def _is_advanced(part: Any) -> bool:
    return isinstance(part, (bool, np.bool_, np.ndarray))


def _need_fitting_masks(index: tuple[Any, ...], shape: tuple[int, ...], name: str) -> None:
    """``need_fitting_mask`` of those without elements; of others NumPy says it."""
    for place, part in enumerate(index):
        if isinstance(part, np.ndarray) and part.size == 0 and part.dtype.kind == "b":
            dim = sum(map(_dims_read, index[:place]))
            if any(one is Ellipsis for one in index[:place]):
                dim = len(shape) - sum(map(_dims_read, index[place:]))
            need_fitting_mask(part, shape, dim, name)


def need_fitting_mask(mask: np.ndarray, shape: tuple[int, ...], dim: int, name: str) -> None:
    """Raises IndexError unless a mask has the sizes of the dimensions from ``dim`` on."""
    sizes = shape[max(dim, 0) : max(dim, 0) + mask.ndim]
    if mask.shape != sizes:
        raise IndexError(
            f"{name}: a mask of shape {mask.shape} does not fit the dimensions of sizes {sizes} "
            f"that it stands for, from dim {dim} on; the Tensor has shape {tuple(shape)}"
        )


def _dims_read(part: Any) -> int:
    """How many dimensions a part of an index is about."""
    if part is None or part is Ellipsis:
        return 0
    return np.ndim(part) if _is_advanced(part) and np.asarray(part).dtype == np.bool_ else 1


# -- getitem and setitem ---------------------------------------------------------------------------


@operator(title="getitem", view=True, input=lambda g, index, shape: put_into_zeros(g, index, shape))
def item_at(input: Any, index: Any) -> Any:
    """Value and derivative of ``getitem``."""
    for dim, part in enumerate(index):
        if type(part) is np.ndarray:
            return _picked(input, index, dim)
    out = input[index]
    # A single element comes as a bare copy; with an Ellipsis, as the 0-d view that it should be.
    return out if isinstance(out, np.ndarray) else input[(*index, ...)]


def _picked(input: np.ndarray, index: tuple[Any, ...], dim: int) -> np.ndarray:
    """``input[index]`` whose first array stands in the place ``dim``.

    NumPy puts what arrays pick first in memory, also where slices stand before them; here, as in
    PyTorch, the result lies in order.
    """
    before, picks, after = index[:dim], index[dim], index[dim + 1 :]
    if picks.dtype.kind != "b" and all(isinstance(part, slice) for part in before + after):
        part = input[(*before, slice(None), *after)] if before or after else input
        if part.flags.c_contiguous and part.size:
            return part.take(picks, dim)
    out = input[index]
    return np.ascontiguousarray(out) if before else out


@operator(input=lambda g, index: item_at(g, index))
def put_into_zeros(input: Any, index: Any, size: Any) -> Any:
    """Zeros of shape ``size`` with ``input`` added at the positions ``index``.

    d input = g[index].
    """
    out = np.zeros(size, input.dtype)
    # Only in an array of integers can a position occur twice.
    if any(isinstance(part, np.ndarray) and part.dtype.kind != "b" for part in index):
        join_at(np.add, out, index, input)
    else:
        out[index] = input
    return out


@function_only
def getitem(input: Any, index: Any) -> Any:
    """``input[index]`` with ints, slices, None, Ellipsis, integer and bool Tensors, as in PyTorch.

    Basic indices give a view, others a copy.  The dimensions that index Tensors make stand where
    the first of them stood, or in front if something else stands between them.

    d input = put_into_zeros(g, index, shape(input)): zeros with g added at ``index``.

    ``(d_0, *)`` to the shape that the index leaves.

    Raises:
        IndexError: there is no such position, or too many indices.
        ValueError: the step of a slice is negative.

    Example:

        >>> x = at.arange(6.0).reshape(2, 3)
        >>> x[1], x[:, -1], x[at.tensor([1, 1]), 0]
        (tensor([3., 4., 5.]), tensor([2., 5.]), tensor([3., 3.]))
        >>> x.requires_grad_()[x > 3].sum().backward()
        >>> x.grad
        tensor([[0., 0., 0.],
                [0., 1., 1.]])
    """
    need_tensor(input, "getitem")
    out = input
    for step in _in_two_steps(_for_numpy(index), input, "getitem"):
        try:
            out = _part(out, step)
        except IndexError as error:
            raise _outside("getitem", error, input) from None
    return out


def _outside(name: str, error: IndexError, input: Any) -> IndexError:
    """What NumPy said of an index, which knows axes and arrays, in words of Tensors."""
    # The operator's own door has put its name before NumPy's words, and what it was given behind.
    words = str(error.__cause__ or error)
    for theirs, ours in (("for axis", "for dim"), ("along axis", "along dim"), ("array", "Tensor")):
        words = words.replace(theirs, ours)
    if words.startswith("only integers"):  # all the others have been refused before
        words = "an index is too large for an int64"
    return IndexError(f"{name}: {words}; the Tensor has shape {input.shape}")


@operator(
    title="overwrite",
    input=lambda g, index: overwrite_at(g, index, zeros_like(item_at(g, index))),
    value=lambda g, index: item_at(g, index),
)
def overwrite_at(input: Any, index: Any, value: Any) -> Any:
    """``input`` with ``value`` (broadcast) written at ``index``.

    d input = overwrite(g, index, 0), d value = g[index].
    """
    out = np.array(input)
    out[index] = value
    return out


def setitem(input: Tensor, index: Any, value: Any) -> None:
    """``input[index] = value``: a number, or a Tensor that broadcasts to the positions; more
    dimensions it may have in front, if their size is 1.

    From there on d input = g with 0 at the positions, d value = g at the positions.
    """
    if not isinstance(value, (Tensor, np.generic, int, float)):
        found = None if is_foreign(value) else array_of(value, "setitem")
        if found is None:
            raise not_a_tensor("setitem", "value", value, "a number or a Tensor")
        value = found
    try:
        parts = _for_numpy(index)
    except (IndexError, TypeError, ValueError) as error:
        error.args = (str(error).replace("getitem: ", "setitem: ", 1),)
        raise
    *before, last = _in_two_steps(parts, input, "setitem")
    if isinstance(value, (np.ndarray, np.generic)):
        value = wrap(np.asarray(value))
    elif value.__class__ is int and value < 0 and input.array.dtype.kind == "u":
        value = fitted(value, input.array.dtype, "setitem").item()
    if isinstance(value, Tensor) and value.array.shape[:1] == (1,):
        value = _without_first_ones(value)
    try:
        for step in before:
            input = item_at(input, step)
        if not (input.array.flags.writeable or any(map(_is_advanced, last))):
            # Of an expanded Tensor a part may be written to that shows no place twice.
            input, last = item_at(input, last), (Ellipsis,)
        if modes().grad_enabled and (
            input.requires_grad or (isinstance(value, Tensor) and value.requires_grad)
        ):
            assign(input, overwrite_at(input, last, value), "setitem")
            return
        need_writable(input, "setitem")
        keep_output(input)
        input.array[last] = raw(value)
    except IndexError as error:
        raise _outside("setitem", error, input) from None
    except ValueError as error:
        shape = value.shape if isinstance(value, Tensor) else ()
        raise RuntimeError(
            f"setitem: a value of shape {shape} does not fit the positions of shape "
            f"{input.array[last].shape} ({error})"
        ) from None
    except OverflowError:
        raise RuntimeError(
            f"setitem: {value} cannot be written to a Tensor of dtype {input.dtype}"
        ) from None
    _mark_written_at(input, last)


def delitem(input: Tensor, index: Any) -> None:
    """Refused: a Tensor keeps its shape."""
    raise TypeError(
        "delitem: the elements of a Tensor cannot be deleted; pick those to keep, as in x[mask]"
    )


_PICKS = np.ndarray, list, bool, np.bool_
"""In an index, what picks elements one by one."""


def _mark_written_at(input: Tensor, index: tuple[Any, ...]) -> None:
    """``mark_written`` of the part that an index names: what an operator has saved of the rest may
    be used.  Of an index that picks elements one by one, all counts as written."""
    storage = storage_of(input, shared=False)
    before = parts_of(storage)
    input.mark_written()
    for one in index:
        if isinstance(one, _PICKS):
            return
    part = input.array[index if Ellipsis in index else (*index, ...)]
    storage.parts = [*before, (storage.written, part)]


def _without_first_ones(value: Tensor) -> Tensor:
    """With dimensions of size 1 in front gone: NumPy takes them only where it broadcasts, and so
    not for a single position, nor for a mask."""
    first = next((dim for dim, size in enumerate(value.shape) if size != 1), value.ndim)
    return item_at(value, (0,) * first)


# -- by dimension ----------------------------------------------------------------------------------


LONG = (dtypes.int64,)
INTS = (dtypes.int64, dtypes.int32)
"""The dtypes that index Tensors may have: of some operators just the one, of most both."""


def index_array(index: Any, name: str, argument: str = "index", kinds: Any = INTS) -> np.ndarray:
    """A copy of an index Tensor as int64: the graph keeps it, and a write to it must not show.

    What only repeats, as ``expand`` leaves it, is copied once and repeats again.

    Raises:
        TypeError, RuntimeError: it is no Tensor, or not of one of the dtypes ``kinds``.
    """
    need_tensor(index, name, argument)
    array = np.asarray(raw(index))
    if array.dtype not in kinds and array.size:
        raise RuntimeError(
            f"{name}: {argument} must be of dtype {' or '.join(map(str, kinds))}, got {array.dtype}"
        )
    once = _once(array).astype(np.int64)
    return once if once.shape == array.shape else np.broadcast_to(once, array.shape)


def _once(array: np.ndarray) -> np.ndarray:
    """``array`` without its repetitions along whole dimensions, whose size becomes 1."""
    if 0 not in array.strides:
        return array
    return array[tuple(slice(None) if stride else slice(1) for stride in array.strides)]


def within(
    array: np.ndarray, size: int, name: str, place: str, negative: bool = False
) -> np.ndarray:
    """``array`` of positions in ``size``, those counted from the end counted from the start.

    Raises:
        IndexError: there is no such position; one below 0 counts only if ``negative``.
    """
    least = -size if negative else 0
    once = _once(array)
    if once.size and (once.min() < least or once.max() >= size):
        wrong = once[(once < least) | (once >= size)].flat[0]
        raise IndexError(
            f"{name}: index {wrong} is out of bounds for {place} of size {size} "
            f"(expected {least} to {size - 1})"
        )
    if not negative:
        return array
    return np.broadcast_to(np.where(once < 0, once + size, once), array.shape)


def on_dim(dim: int, index: Any) -> tuple[Any, ...]:
    """An index of everything along the first ``dim`` dimensions, and then ``index``."""
    return (slice(None),) * dim + (index,)


def slice_along(input: Any, dim: int, start: int | None, stop: int | None) -> Any:
    """Positions ``start … stop - 1`` along ``dim``; a view."""
    index = on_dim(dim, slice(start, stop))
    return input[index] if isinstance(input, np.ndarray) else _part(input, index)


def _part(input: Any, index: Any) -> Any:
    """``item_at``, a view of memory in the order that PyTorch gives it: a part of a convolution's
    output might otherwise need a copy to be seen by ``view``."""
    if isinstance(input, Tensor) and not input.array.flags.c_contiguous:
        lay_in_order(input)
    return item_at(input, index)


def _one_position(index: Any, size: int, name: str, argument: str) -> int:
    """An int, or a 0-d integer Tensor, as an int."""
    if isinstance(index, Tensor) and (index.ndim or index.dtype.kind not in "iu"):
        raise RuntimeError(
            f"{name}: {argument} must be an int or a 0-d integer Tensor, got shape {index.shape} "
            f"and dtype {index.dtype}"
        )
    if isinstance(index, (bool, np.bool_)) or not hasattr(index, "__index__"):
        raise TypeError(f"{name}: {argument} must be an int, got {type(index).__name__}")
    position = index.__index__()
    if not -size <= position <= size:
        raise IndexError(f"{name}: {argument} {position} is out of range for size {size}")
    return position


def select(input: Any, dim: int, index: int) -> Any:
    """Position ``index`` along ``dim``, which disappears; a view.

    ``(*, d_dim, *)`` to ``(*, *)``.  d input = select_scatter(zeros(shape(input)), g, dim, index).

    Raises:
        IndexError: no such dimension or position.

    Example:

        >>> x = at.tensor([[1, 2, 3], [4, 5, 6]])
        >>> x.select(0, 1), x.select(1, -1)
        (tensor([4, 5, 6]), tensor([3, 6]))
        >>> _ = x.select(0, 0).zero_()
        >>> x
        tensor([[0, 0, 0],
                [4, 5, 6]])
    """
    need_tensor(input, "select")
    if input.ndim == 0:
        raise IndexError("select: a Tensor without dimensions has nothing to select from")
    at = one_dim(dim, input.ndim, "select")
    size = input.shape[at]
    position = _one_position(index, size, "select", "index")
    if position == size:
        raise IndexError(f"select: index {position} is out of range for dim {dim} of size {size}")
    return _part(input, on_dim(at, position))


def narrow(input: Any, dim: int, start: int, length: int) -> Any:
    """``length`` positions from ``start`` along ``dim``; a view.

    ``(*, d_dim, *)`` to ``(*, length, *)``.  d input = slice_scatter(zeros(shape(input)), g, dim,
    start, start + length).

    Raises:
        RuntimeError, IndexError: the positions are not there.

    Example:

        >>> days = at.tensor([[10, 11, 12, 13], [20, 21, 22, 23]])
        >>> days.narrow(1, 1, 2)
        tensor([[11, 12],
                [21, 22]])
    """
    need_least_dims(input, 1, "narrow")
    at = one_dim(dim, input.ndim, "narrow")
    size = input.shape[at]
    first = _one_position(start, size, "narrow", "start")
    first += size if first < 0 else 0
    length = int_of(length, "narrow", "length")
    if length < 0 or first > size - length:
        raise RuntimeError(
            f"narrow: start {start} and length {length} do not lie within dim {dim} of size {size}"
        )
    return _part(input, on_dim(at, slice(first, first + length)))


def narrow_copy(input: Any, dim: int, start: int, length: int) -> Any:
    """``narrow`` with memory of its own.  Differentiated as ``narrow``.

    ``(*, d_dim, *)`` to ``(*, length, *)``.

    Raises:
        RuntimeError, IndexError: the positions are not there.

    Example:

        >>> x = at.arange(5)
        >>> part = x.narrow_copy(0, 1, 3)
        >>> _ = part.zero_()
        >>> x
        tensor([0, 1, 2, 3, 4])
    """
    return narrow(input, dim, start, length).clone()


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The positions ``index`` (1-d, integer) along ``dim``.  d input =
    index_add(zeros(shape(input)), dim, index, g).

    ``(*, d_dim, *)`` and ``(k,)`` to ``(*, k, *)``.

    Raises:
        IndexError: no such position.
        RuntimeError, IndexError: ``index`` has more than one dimension, or is not of integers.

    Example:

        >>> x = at.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
        >>> y = x.index_select(1, at.tensor([2, 0, 2]))
        >>> y
        tensor([[3., 1., 3.],
                [6., 4., 6.]], grad_fn=<GetitemBackward0>)
        >>> y.sum().backward()
        >>> x.grad  # column 2 was read twice
        tensor([[1., 0., 2.],
                [1., 0., 2.]])
    """
    need_tensor(input, "index_select")
    at = one_dim(dim, input.ndim, "index_select")
    array = index_array(index, "index_select")
    if array.ndim > 1:
        raise IndexError(f"index_select: index must be a vector, got shape {array.shape}")
    if input.ndim == 0 and array.size != 1:
        raise RuntimeError(f"index_select: one index selects from a 0-d Tensor, got {array.size}")
    size = input.shape[at] if input.ndim else 1
    positions = within(array.reshape(-1), size, "index_select", f"dim {dim}")
    return apart(item_at(input, on_dim(at, positions) if input.ndim else ()), input)


def grid(index: np.ndarray, dim: int) -> tuple[Any, ...]:
    """Indices that read ``index`` along ``dim`` and count along every other dimension.

    First and last dimensions along which ``index`` only repeats (``numbers[:, None].expand(n, c)``)
    are read whole, as slices: rows in place of elements.
    """
    # Of nothing there is no first row, and NumPy gives its dimensions no steps.
    steps = index.strides if index.size else (1,) * index.ndim
    varies = [axis for axis, step in enumerate(steps) if step or axis == dim]
    first, end = varies[0], varies[-1] + 1
    whole = tuple(map(slice, index.shape))
    axes = list(np.ogrid[whole[first:end]])
    axes[dim - first] = index[(0,) * first + (...,) + (0,) * (index.ndim - end)]
    return whole[:first] + tuple(axes) + whole[end:]


def positions_along(input: Any, dim: int, index: Any, name: str) -> tuple[int, np.ndarray]:
    """``dim`` from 0 and ``index`` of ``gather`` and ``scatter``, after all checks of their sizes.

    The dimensions of ``index`` are those of ``input``, a 0-d one counting as ``(1,)``.
    """
    need_tensor(input, name)
    array = index_array(index, name)
    at = one_dim(dim, input.ndim, name)
    if array.size and (array.ndim or 1) != (input.ndim or 1):
        raise RuntimeError(
            f"{name}: index has {array.ndim} dimensions but input has {input.ndim}; they must agree"
        )
    shape = input.shape or (1,)
    if array.ndim == 0:
        array = array.reshape(1)
    if array.size:
        for axis, (have, want) in enumerate(zip(shape, array.shape, strict=True)):
            if axis != at and want > have:
                raise RuntimeError(
                    f"{name}: index of shape {array.shape} is larger than input of shape "
                    f"{shape} in dim {axis}"
                )
        within(array, shape[at], name, f"dim {dim}")
    return at, array


def gather(input: Any, dim: int, index: Any) -> Any:
    """``out[i, j, k] = input[i, index[i, j, k], k]`` (for dim 1); the shape is that of ``index``.

    d input = scatter_add(zeros(shape(input)), dim, index, g).

    Raises:
        IndexError, RuntimeError: no such position; other numbers of dimensions.

    Example:

        >>> scores = at.tensor([[1.0, 7.0, 2.0], [5.0, 3.0, 2.0]], requires_grad=True)
        >>> targets = at.tensor([1, 0])
        >>> picked = scores.gather(1, targets.unsqueeze(1))  # each row's, at its target
        >>> picked
        tensor([[7.],
                [5.]], grad_fn=<GetitemBackward0>)
        >>> picked.sum().backward()
        >>> scores.grad
        tensor([[0., 1., 0.],
                [1., 0., 0.]])
    """
    at, array = positions_along(input, dim, index, "gather")
    if array.size == 0:
        return item_at(reshape(input, (-1,)) if input.ndim != 1 else input, (array,))
    if input.ndim == 0:
        return reshape(item_at(reshape(input, (1,)), (array,)), index.shape)
    out = item_at(input, grid(array, at))
    return out if index.ndim else reshape(out, ())


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """``gather`` whose arguments are broadcast; flattened without ``dim``.

    Differentiated as ``gather``.

    Indices below 0 count from the end.

    ``(*, d_dim, *)`` and indices ``(*, k, *)`` to ``(*, k, *)``.

    Raises:
        RuntimeError, IndexError: no such position; other numbers of dimensions.

    Example:

        >>> x = at.tensor([[3, 1, 2], [9, 7, 8]])
        >>> at.take_along_dim(x, x.argsort(dim=1), dim=1)  # the rows, sorted
        tensor([[1, 2, 3],
                [7, 8, 9]])
    """
    need_tensor(input, "take_along_dim")
    if dim is None:
        numbers = element_numbers(input, indices, "take_along_dim", "indices")
        return item_at(flatten(input), (numbers.reshape(-1),))
    array = index_array(indices, "take_along_dim", "indices", LONG)
    at = one_dim(dim, input.ndim, "take_along_dim")
    if array.ndim != input.ndim:
        raise RuntimeError(
            f"take_along_dim: indices of shape {array.shape} must have as many dimensions as input "
            f"of shape {input.shape}"
        )
    if input.ndim == 0:
        within(array, 1, "take_along_dim", f"dim {dim}", True)
        return input.clone()
    array = within(array, input.shape[at], "take_along_dim", f"dim {dim}", True)
    both = f"indices of shape {array.shape} and input of shape {input.shape}"
    problem = f"take_along_dim: {both} do not broadcast outside dim {dim}"
    rest = common_shape(problem, resized(input.shape, at, 1), resized(array.shape, at, 1))
    wide, wanted = (resized(rest, at, one.shape[at]) for one in (input, array))
    return item_at(expand(input, wide), grid(np.broadcast_to(array, wanted), at))


# -- anywhere --------------------------------------------------------------------------------------


def take(input: Any, index: Any) -> Any:
    """Elements by their number, as if ``input`` were flattened, in the shape of ``index``.

    Numbers below 0 count from the end.  d input = put(zeros(shape(input)), index, g,
    accumulate=True).

    Raises:
        IndexError: no such element.

    Example:

        >>> x = at.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        >>> y = x.take(at.tensor([0, 3, 3]))
        >>> y
        tensor([1., 4., 4.], grad_fn=<GetitemBackward0>)
        >>> y.sum().backward()
        >>> x.grad
        tensor([[1., 0.],
                [0., 2.]])
    """
    need_tensor(input, "take")
    return item_at(flatten(input), (element_numbers(input, index, "take"),))


def element_numbers(input: Any, index: Any, name: str, argument: str = "index") -> np.ndarray:
    """``index`` of elements of the flattened ``input``, those below 0 counted from the end."""
    array = index_array(index, name, argument, LONG)
    return within(array, math.prod(input.shape), name, "the flattened input", True)


def masked_select(input: Any, mask: Any) -> Any:
    """The elements of ``input`` where ``mask`` (bool) is true, in one dimension.

    The two are broadcast.  d input = masked_scatter(zeros(shape(input)), mask, g).

    ``(*)`` and ``(*)`` to ``(n,)``, n the number of true ones.

    Raises:
        RuntimeError: ``mask`` is not of bools, or the shapes do not broadcast.

    Example:

        >>> x = at.tensor([[1, -2], [-3, 4]])
        >>> x.masked_select(x > 0)
        tensor([1, 4])
    """
    need_tensor(input, "masked_select")
    wide, chosen = with_mask(input, mask, "masked_select")
    return item_at(wide, (chosen,))


def with_mask(input: Any, mask: Any, name: str) -> tuple[Any, np.ndarray]:
    """``input``, and the bool Tensor ``mask`` as an array, broadcast to one shape."""
    chosen = bool_array(mask, name)
    both = f"mask of shape {chosen.shape} and input of shape {input.shape}"
    shape = common_shape(f"{name}: {both} do not broadcast", chosen.shape, input.shape)
    return expand(input, shape), np.broadcast_to(chosen, shape)


def bool_array(mask: Any, name: str) -> np.ndarray:
    """A copy of a bool Tensor.  Raises TypeError or RuntimeError where it is none."""
    need_tensor(mask, name, "mask")
    if mask.dtype != np.bool_:
        raise RuntimeError(f"{name}: mask must be of dtype bool, got {mask.dtype}")
    return np.array(raw(mask))


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """Where ``input`` is not 0: ``(n, ndim)`` indices, or one ``(n,)`` for each dimension.

    int64, in row-major order.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([[0, 5], [6, 0]])
        >>> x.nonzero()
        tensor([[0, 1],
                [1, 0]])
        >>> x.nonzero(as_tuple=True)
        (tensor([0, 1]), tensor([1, 0]))
        >>> x[x.nonzero(as_tuple=True)]
        tensor([5, 6])
    """
    need_tensor(input, "nonzero")
    array = np.asarray(raw(input))
    found = np.nonzero(array.reshape(1) if array.ndim == 0 else array)
    if as_tuple:
        return tuple(wrap(one.astype(np.int64, copy=False)) for one in found)
    places = np.stack(found[: array.ndim], 1) if array.ndim else np.empty((len(found[0]), 0))
    return wrap(places.astype(np.int64, copy=False))


def argwhere(input: Any) -> Any:
    """``nonzero(input)``.

    ``(*)`` of d dimensions to ``(n, d)``, int64.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.argwhere(at.tensor([0.5, 0.0, -1.0]) != 0)
        tensor([[0],
                [2]])
    """
    return nonzero(input)


@function_only
def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """For each dimension of ``shape``, the index of elements counted in row-major order.

    A number beyond the elements starts again at 0.

    ``(*)`` to one ``(*)`` for each dimension.

    Example:

        >>> x = at.tensor([[1, 9, 3], [4, 5, 6]])
        >>> at.unravel_index(x.argmax(), x.shape)  # row 0, column 1
        (tensor(0), tensor(1))
    """
    need_tensor(indices, "unravel_index", "indices")
    if indices.dtype.kind not in "iu":
        raise TypeError(f"unravel_index: indices must be integers, got {indices.dtype}")
    sizes = listed(shape)
    if not all(isinstance(one, (int, np.integer)) and one >= 0 for one in sizes):
        raise ValueError(f"unravel_index: shape must be ints of at least 0, got {shape!r}")
    array = indices.array.astype(np.int64)
    if array.size and not math.prod(sizes):
        raise ValueError(f"unravel_index: there are no elements in shape {sizes}")
    steps = [math.prod(sizes[at + 1 :]) for at in range(len(sizes))]
    along = zip(steps, sizes, strict=True)
    return tuple(wrap(np.asarray(array // max(step, 1) % max(size, 1))) for step, size in along)


@function_only
@also_called(tensor="input")
def one_hot(input: Any, num_classes: int = -1) -> Any:
    """``(*)`` of class numbers to ``(*, num_classes)`` of 0 and 1, int64.

    ``num_classes`` -1 means one more than the largest.

    Raises:
        RuntimeError: a negative class, or one that is too large.

    Example:

        >>> F.one_hot(at.tensor([2, 0, 1]))
        tensor([[0, 0, 1],
                [1, 0, 0],
                [0, 1, 0]])
        >>> F.one_hot(at.tensor([[2, 0]]), num_classes=5).shape
        torch.Size([1, 2, 5])
    """
    need_tensor(input, "one_hot")
    array = raw(input)
    if array.dtype.kind not in "iu":
        raise RuntimeError(f"one_hot: expected integer class numbers, got dtype {array.dtype}")
    if num_classes == -1:
        if array.size == 0:
            raise RuntimeError("one_hot: num_classes must be given for an empty input")
        num_classes = int(array.max()) + 1
    if array.size and not (array.min() >= 0 and array.max() < num_classes):
        raise RuntimeError(
            f"one_hot: class numbers must be from 0 to {num_classes - 1}, "
            f"got {array.min()} to {array.max()}"
        )
    out = np.zeros((*array.shape, num_classes), np.int64)
    np.put_along_axis(out, array[..., None], 1, axis=-1)
    return wrap(out)


method(getitem, "__getitem__")
method(setitem, "__setitem__")
method(delitem, "__delitem__")
