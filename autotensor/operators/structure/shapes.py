"""Shapes: reshape, permute, expand (broadcasting) and other views; flips and rolls, which copy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.creation import zeros_like
from autotensor.engine import dtypes
from autotensor.engine.backward import unbroadcast
from autotensor.engine.in_place import in_place, named, refuse_unseen, share_memory
from autotensor.engine.modes import enable_grad, modes
from autotensor.engine.operator import function_only, has_in_place, operator
from autotensor.engine.storage import lay_in_order, storage_of
from autotensor.engine.tensor import Tensor, method, raw, wrap
from autotensor.facts import Size, dtype
from autotensor.keywords import MISSING, also_called, in_other_words, open_to_others
from autotensor.operators.arguments import (
    all_dims,
    common_shape,
    dim_of,
    int_of,
    listed,
    need_least_dims,
    need_tensor,
    need_tensor_itself,
    one_dim,
    sizes_of,
    unpacked,
)

__all__ = [
    "adjoint", "broadcast_shapes", "broadcast_tensors", "broadcast_to", "contiguous", "detach",
    "expand", "expand_as", "flatten", "flip", "fliplr", "flipud", "moveaxis", "movedim", "permute",
    "ravel", "reshape", "reshape_as", "roll", "rot90", "squeeze", "sum_to_size",
    "swapaxes", "swapdims", "t", "transpose", "unflatten", "unsqueeze", "view", "view_as",
]  # fmt: skip


def reshaping(compute: Callable[..., Any], name: str | None = None) -> Callable[..., Tensor]:
    """The in-place form of an operator whose value is a view: the Tensor becomes that view.

    Other Tensors on the memory stay as they are; one that was their base becomes a view too, of a
    stand-in that keeps the old shape.
    """
    title = compute.__name__ + "_"  # its aliases go by this name too

    def reshape(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if modes().grad_enabled and input.requires_grad:
            refuse_unseen(input, title)
        shared = input._storage is not None or input.view_of is not None
        before = wrap(input.array, input.made_by)
        before.view_of = input.view_of
        before._storage = storage_of(input)
        with enable_grad():
            out = compute(before, *args, **kwargs)
        input.array = out.array
        if not input.is_leaf:
            input.move_to(out.node)
            input._requires_grad = out._requires_grad
        input.view_of = out.view_of if shared else None
        input.mark_written()  # a rule that kept this very Tensor would find the new shape
        return input

    return named(reshape, title, compute)


def turns_into_it(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Says of an operator whose value is a view that Tensor has its in-place form."""
    return has_in_place(compute, reshaping)


# -- views -----------------------------------------------------------------------------------------


@operator(title="reshape", view=True, input=lambda g, shape: reshape_to(g, shape))
def reshape_to(input: Any, sizes: Any) -> Any:
    """Value and derivative of ``reshape``."""
    return input.reshape(sizes)


@operator(view=True, input=lambda g, shape, order: _in_memory_order(reshape_to(g, shape), order))
def _reshape_from(input: Any, sizes: Any, order: Any) -> Any:
    """``reshape_to`` of an input whose dimensions lie in memory in another order, ``order``.

    d input = reshape(g, shape(input)).  It is laid out like the input, because it goes back through
    operators whose saved values are: an elementwise product of two memory orders takes ten times as
    long as one of the same order.
    """
    return input.reshape(sizes)


def _in_memory_order(g: Any, order: tuple[int, ...]) -> Any:
    """``g`` with its dimensions in the memory order ``order``, outermost first."""
    if isinstance(g, Tensor):
        return g
    return np.ascontiguousarray(g.transpose(order)).transpose(undoing(order))


def _reshaped(input: Any, sizes: tuple[int, ...]) -> Any:
    """``reshape_to`` or ``_reshape_from``, as the memory of ``input`` wants it.  Where that must
    copy, a Tensor that shares its memory with no other moves to the copy: a write to either is
    seen by both, as where the Tensor had been in row-major order."""
    array = raw(input)
    if array.flags.c_contiguous:
        return reshape_to(input, sizes)
    if array.ndim < 3:
        out = reshape_to(input, sizes)
    else:
        strides = array.strides
        order = sorted(range(array.ndim), key=lambda at: -strides[at])
        out = _reshape_from(input, sizes, tuple(order))
    copied = isinstance(input, Tensor) and not np.may_share_memory(out.array, array)
    if copied and lay_in_order(input, out.array.reshape(array.shape)):
        share_memory(out, reshape_to, input, sizes)
    return out


def undoing(order: Sequence[int]) -> tuple[int, ...]:
    """The order of dimensions that undoes ``order``: the inverse permutation."""
    return tuple(sorted(range(len(order)), key=order.__getitem__))


@operator(title="permute", view=True, input=lambda g, dims: permute_to(g, undoing(dims)))
def permute_to(input: Any, dims: Any) -> Any:
    """Value and derivative of ``permute``."""
    return input.transpose(dims)


@operator(title="expand", view=True, input=lambda g: g)
def expand_to(input: Any, sizes: Any) -> Any:
    """Value and derivative of ``expand``; the engine sums g back to the input's shape."""
    if math.prod(sizes) == input.size:  # nothing is stretched, so it may be written to
        return input.reshape(sizes)
    return np.broadcast_to(input, sizes)


def contiguous(input: Any) -> Any:
    """``input`` itself if it lies in row-major order, else a copy that does.  d input = g.

    A Tensor that shares its memory with no other is laid out anew, and is itself the result.

    ``(*)`` to ``(*)``.

    Example:

        >>> x = at.arange(6).reshape(2, 3)
        >>> turned = x.t()
        >>> turned.is_contiguous(), turned.stride()
        (False, (1, 3))
        >>> turned.contiguous().stride()
        (2, 1)
    """
    need_tensor(input, "contiguous")
    if raw(input).flags.c_contiguous or (isinstance(input, Tensor) and lay_in_order(input)):
        return input
    return row_major(input)


@operator(title="contiguous", input=lambda g: g)
def row_major(input: Any) -> Any:
    """Value and derivative of ``contiguous``."""
    return np.ascontiguousarray(input)


@open_to_others
def reshape(input: Any = MISSING, *shape: Any, **others: Any) -> Any:
    """``input`` in another shape of as many elements; one size may be -1.  A view where possible.

    d input = reshape(g, shape(input)).

    A Tensor that shares its memory with no other may be laid out anew, where PyTorch copies.

    ``(*)`` to ``shape``.

    Raises:
        RuntimeError: another number of elements, or more than one -1.

    Example:

        >>> x = at.arange(6.0, requires_grad=True)
        >>> x.reshape(2, 3)
        tensor([[0., 1., 2.],
                [3., 4., 5.]], grad_fn=<ReshapeBackward0>)
        >>> x.reshape(-1, 2).shape
        torch.Size([3, 2])
        >>> (x.reshape(2, 3) * at.tensor([[1.0], [10.0]])).sum().backward()
        >>> x.grad
        tensor([ 1.,  1.,  1., 10., 10., 10.])
    """
    if others:
        return in_other_words(reshape, (input, *shape), others)
    array = need_tensor(input, "reshape")
    sizes = sizes_of(shape, "reshape")
    known = math.prod(size for size in sizes if size != -1)
    count = array.size
    free = sizes.count(-1)
    fits = (known and count % known == 0) if free else count == known
    if not fits or free > 1 or min(sizes, default=0) < -1:
        raise RuntimeError(
            f"reshape: shape {sizes} is invalid for an input of shape {input.shape} "
            f"with {count} elements"
        )
    return _reshaped(input, sizes)


@also_called(dtype="size")
def view(input: Any, *size: Any) -> Any:
    """``reshape`` that never copies, or the same bits as another dtype (``view(dtype)``).

    d input = reshape(g, shape(input)).

    A Tensor that shares its memory with no other may be laid out anew, where PyTorch refuses.

    ``(*)`` to ``size``.

    Raises:
        RuntimeError: the memory does not allow it; use ``reshape``.

    Example:

        >>> x = at.arange(4)
        >>> y = x.view(2, 2)
        >>> y[0, 0] = 9  # the same memory
        >>> x
        tensor([9, 1, 2, 3])
        >>> at.tensor([1.0]).view(at.int32)  # the bits of a float32
        tensor([1065353216], dtype=int32)
    """
    if len(size) == 1 and isinstance(size[0], (dtype, np.dtype, type, str)):
        need_tensor_itself(input, "view")
        return _as_bits_of(input, size[0])
    try:
        out = reshape(input, *size)
    except (RuntimeError, TypeError) as error:
        error.args = (str(error).replace("reshape: ", "view: ", 1), *error.args[1:])
        raise
    if input.numel() and not np.may_share_memory(out.array, input.array):
        raise RuntimeError(
            f"view: a Tensor of shape {input.shape} and strides {input.stride()} cannot be seen as "
            f"{out.shape} without copying; use reshape()"
        )
    return out


def _as_bits_of(input: Any, dtype: Any) -> Any:
    """The memory of ``input`` read as another dtype, outside the graph."""
    kind = dtypes.canonical(dtype, "view")
    try:
        out = wrap(input.array.view(kind))
    except ValueError:
        raise RuntimeError(
            f"view: a Tensor of shape {input.shape}, strides {input.stride()} and dtype "
            f"{input.array.dtype} cannot be read as {kind}: where an element takes another number "
            "of bytes, the last dimension must lie in one piece and be cut evenly; use .to() for "
            "the values, or contiguous() before"
        ) from None
    out._storage = storage_of(input)
    return out


@open_to_others
def flatten(input: Any = MISSING, start_dim: int = 0, end_dim: int = -1, **others: Any) -> Any:
    """``(d_0, …, d_start · … · d_end, …, d_n)``: some neighbouring dimensions made one.

    d input = reshape(g, shape(input)).

    Raises:
        IndexError: no such dimension.
        RuntimeError: ``start_dim`` after ``end_dim``.

    Example:

        >>> batch = at.zeros(32, 16, 5, 5)
        >>> batch.flatten(1).shape
        torch.Size([32, 400])
        >>> batch.flatten(0, 1).shape
        torch.Size([512, 5, 5])
    """
    if others:
        return in_other_words(flatten, (input, start_dim, end_dim), others)
    shape = need_tensor(input, "flatten").shape
    start = one_dim(start_dim, len(shape), "flatten")
    end = one_dim(end_dim, len(shape), "flatten")
    if start > end:
        raise RuntimeError(f"flatten: start_dim {start_dim} must not come after end_dim {end_dim}")
    if start == end and shape:
        return input
    merged = math.prod(shape[start : end + 1])
    return _reshaped(input, (*shape[:start], merged, *shape[end + 1 :]))


def ravel(input: Any) -> Any:
    """All elements in one dimension; a view of what lies in row-major order.

    d input = reshape(g, shape(input)).

    ``(*)`` to ``(n,)``.

    Example:

        >>> at.tensor([[1, 2], [3, 4]]).ravel()
        tensor([1, 2, 3, 4])
        >>> at.tensor([[1, 2], [3, 4]]).t().ravel()  # by rows: a copy
        tensor([1, 3, 2, 4])
    """
    return reshape(contiguous(input), -1)


def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """Dimension ``dim`` split into ``sizes``; one may be -1.  d input = reshape(g, shape(input)).

    ``(*, d_dim, *)`` to ``(*, *sizes, *)``.

    Raises:
        RuntimeError: ``sizes`` do not multiply to the size.

    Example:

        >>> queries = at.zeros(32, 10, 64)
        >>> queries.unflatten(-1, (8, -1)).shape  # 8 heads of 8
        torch.Size([32, 10, 8, 8])
    """
    at = dim_of(input, dim, "unflatten")
    size = input.shape[at] if input.ndim else 1
    if not isinstance(sizes, (tuple, list)):
        raise TypeError(f"unflatten: sizes must be a tuple of ints, got {sizes!r}")
    wanted = sizes_of((sizes,), "unflatten")
    free = wanted.count(-1)
    known = math.prod(one for one in wanted if one != -1)
    if free == 1 and known and size % known == 0:
        wanted = tuple(size // known if one == -1 else one for one in wanted)
    if not wanted or math.prod(wanted) != size or min(wanted) < 0:
        raise RuntimeError(
            f"unflatten: sizes {wanted} do not multiply to {size}, the size of dim {dim} of an "
            f"input of shape {input.shape}; one of them may be -1"
        )
    return reshape(input, resized(input.shape, at, *wanted))


def reshape_as(input: Any, other: Any) -> Any:
    """``input`` in the shape of ``other``.  d input = reshape(g, shape(input)).

    Raises:
        RuntimeError: another number of elements.

    Example:

        >>> at.arange(4).reshape_as(at.zeros(2, 2))
        tensor([[0, 1],
                [2, 3]])
    """
    need_tensor(other, "reshape_as", "other")
    return reshape(input, other.shape)


def view_as(input: Any, other: Any) -> Any:
    """``view`` of ``input`` in the shape of ``other``.  d input = reshape(g, shape(input)).

    Raises:
        RuntimeError: another number of elements, or a memory that does not allow it.

    Example:

        >>> x = at.arange(4)
        >>> x.view_as(at.zeros(2, 2))[0] = 7
        >>> x
        tensor([7, 7, 2, 3])
    """
    need_tensor(other, "view_as", "other")
    return view(input, other.shape)


@open_to_others
def permute(input: Any = MISSING, *dims: Any, **others: Any) -> Any:
    """Dimensions reordered: dimension i of the output is dimension ``dims[i]`` of the input.

    d input = permute(g, inverse(dims)): the order that undoes it.

    ``(d_0, …, d_n)`` to ``(d_dims[0], …, d_dims[n])``; a view.

    Raises:
        RuntimeError: not each dimension just once.

    Example:

        >>> picture = at.zeros(28, 32, 3)  # height, width, channels
        >>> picture.permute(2, 0, 1).shape
        torch.Size([3, 28, 32])
    """
    if others:
        return in_other_words(permute, (input, *dims), others)
    need_tensor(input, "permute")
    named = sizes_of(dims, "permute")
    order = all_dims(named, input.ndim, "permute")
    if len(named) != input.ndim:
        raise RuntimeError(f"permute: {named} must name each of the {input.ndim} dimensions once")
    return permute_to(input, order)


@turns_into_it
@also_called(axis0="dim0", axis1="dim1")
@open_to_others
def transpose(input: Any = MISSING, dim0: int = MISSING, dim1: int = MISSING, **others: Any) -> Any:
    """``input`` with two dimensions exchanged.

    ``(*, m, *, n, *)`` to ``(*, n, *, m, *)``; a view.  d input = transpose(g, dim0, dim1).

    Raises:
        IndexError: no such dimension.

    Example:

        >>> x = at.tensor([[1, 2, 3], [4, 5, 6]])
        >>> x.transpose(0, 1)
        tensor([[1, 4],
                [2, 5],
                [3, 6]])
        >>> at.zeros(2, 3, 4).transpose(-1, 0).shape
        torch.Size([4, 3, 2])
    """
    if others:
        return in_other_words(transpose, (input, dim0, dim1), others)
    need_tensor(input, "transpose")
    order = list(range(input.ndim))
    first = one_dim(dim0, input.ndim, "transpose")
    second = one_dim(dim1, input.ndim, "transpose")
    if not order:
        return permute_to(input, ())
    order[first], order[second] = second, first
    return permute_to(input, tuple(order))


@turns_into_it
def t(input: Any) -> Any:
    """The transpose of a matrix; 0-d and 1-d Tensors as they are.  d input = gᵀ.

    ``(m, n)`` to ``(n, m)``; a view.

    Raises:
        RuntimeError: more than 2 dimensions.

    Example:

        >>> at.tensor([[1, 2, 3], [4, 5, 6]]).t()
        tensor([[1, 4],
                [2, 5],
                [3, 6]])
    """
    need_tensor(input, "t")
    if input.ndim > 2:
        raise RuntimeError(f"t: expected at most 2 dimensions, got {input.ndim}; use transpose()")
    return permute_to(input, tuple(reversed(range(input.ndim))))


def adjoint(input: Any) -> Any:
    """The last two dimensions exchanged, as ``.mT``.  d input = gᵀ.

    ``(*, m, n)`` to ``(*, n, m)``, and ``()`` to ``()``; a view.

    Raises:
        RuntimeError: one dimension.

    Example:

        >>> a = at.tensor([[0.0, -1.0], [1.0, 0.0]])  # a quarter turn
        >>> a.adjoint() @ a
        tensor([[1., 0.],
                [0., 1.]])
    """
    need_least_dims(input, 2 if need_tensor(input, "adjoint").ndim else 0, "adjoint")
    return transpose(input, -2, -1) if input.ndim else permute_to(input, ())


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Dimensions ``source`` moved to the places ``destination``; the others keep their order.

    d input = movedim(g, destination, source).

    A view.

    ``(d_0, …, d_n)`` to the same sizes in another order.

    Raises:
        IndexError, RuntimeError: no such dimensions, or not as many places.

    Example:

        >>> batch = at.zeros(16, 28, 32, 3)
        >>> batch.movedim(-1, 1).shape  # channels after the batch
        torch.Size([16, 3, 28, 32])
        >>> batch.movedim((1, 2), (0, 1)).shape
        torch.Size([28, 32, 16, 3])
    """
    need_tensor(input, "movedim")
    start = all_dims(listed(source), input.ndim, "movedim")
    end = all_dims(listed(destination), input.ndim, "movedim")
    if len(start) != len(end):
        raise RuntimeError(f"movedim: {source} and {destination} must be of the same length")
    order = [dim for dim in range(input.ndim) if dim not in start]
    for place, dim in sorted(zip(end, start, strict=True)):
        order.insert(place, dim)
    return permute_to(input, tuple(order))


@turns_into_it
@open_to_others
def squeeze(input: Any = MISSING, dim: Any = None, **others: Any) -> Any:
    """``input`` without its dimensions of size 1: all, or those of ``dim`` that have it.

    A view.  d input = reshape(g, shape(input)).

    ``(*, 1, *)`` to ``(*, *)``.

    Raises:
        IndexError: no such dimension.

    Example:

        >>> x = at.zeros(1, 3, 1, 2)
        >>> x.squeeze().shape, x.squeeze(0).shape, x.squeeze(1).shape
        (torch.Size([3, 2]), torch.Size([3, 1, 2]), torch.Size([1, 3, 1, 2]))
    """
    if others:
        return in_other_words(squeeze, (input, MISSING if dim is None else dim), others)
    shape = need_tensor(input, "squeeze").shape
    dims = () if type(dim) is tuple and not dim else all_dims(dim, len(shape), "squeeze")
    return reshape_to(input, tuple(n for at, n in enumerate(shape) if n != 1 or at not in dims))


@turns_into_it
@open_to_others
def unsqueeze(input: Any = MISSING, dim: int = MISSING, **others: Any) -> Any:
    """``input`` with a new dimension of size 1 at place ``dim``.

    d input = reshape(g, shape(input)).

    ``(*)`` to ``(*, 1, *)``; a view.

    Raises:
        IndexError: no such place.

    Example:

        >>> x = at.tensor([1, 2, 3])
        >>> x.unsqueeze(0).shape, x.unsqueeze(1).shape
        (torch.Size([1, 3]), torch.Size([3, 1]))
        >>> x.unsqueeze(1) * x  # a table of products
        tensor([[1, 2, 3],
                [2, 4, 6],
                [3, 6, 9]])
    """
    if others:
        return in_other_words(unsqueeze, (input, dim), others)
    shape = need_tensor(input, "unsqueeze").shape
    at = one_dim(dim, len(shape) + 1, "unsqueeze")
    return reshape_to(input, (*shape[:at], 1, *shape[at:]))


def expand(input: Any, *size: Any) -> Any:
    """Dimensions of size 1 stretched, new ones put in front; -1 keeps a size.  A view.

    d input = sum_to_size(g, shape(input)): summed over what was stretched.

    Only parts that were not stretched can be written to; PyTorch's ``fill_`` writes to all of it.

    ``(*, 1, *)`` to ``(*, n, *)``.

    Raises:
        RuntimeError: a size other than 1 stretched, or fewer sizes than dimensions.

    Example:

        >>> bias = at.tensor([1.0, 2.0], requires_grad=True)
        >>> rows = bias.expand(3, -1)
        >>> rows
        tensor([[1., 2.],
                [1., 2.],
                [1., 2.]], grad_fn=<ExpandBackward0>)
        >>> rows.sum().backward()
        >>> bias.grad
        tensor([3., 3.])
    """
    shape = need_tensor(input, "expand").shape
    wanted = sizes_of(size, "expand")
    extra = len(wanted) - len(shape)
    aligned = (-1,) * extra + shape  # -1 where there is nothing yet
    full = [have if want == -1 else want for have, want in zip(aligned, wanted, strict=extra >= 0)]
    fits = all(have in (-1, 1, want) for have, want in zip(aligned, full, strict=False))
    if extra < 0 or not fits or min(full, default=0) < 0:
        raise RuntimeError(
            f"expand: an input of shape {shape} cannot be stretched to {wanted}; "
            "sizes must match from the last dimension on, or be 1 in the input"
        )
    return expand_to(input, tuple(full))


def broadcast_to(input: Any, *size: Any) -> Any:
    """``expand(input, size)``.  Differentiated as ``expand``.

    ``(*)`` to ``size``.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.broadcast_to(at.tensor([[1], [2]]), (2, 3))
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    return expand(input, *size)


def resized(shape: Sequence[int], dim: int, *sizes: int) -> tuple[int, ...]:
    """``shape`` with ``sizes`` in the place of the one of ``dim``."""
    return (*shape[:dim], *sizes, *shape[dim + 1 :])


def expand_as(input: Any, other: Any) -> Any:
    """``input`` stretched to the shape of ``other``.  Differentiated as ``expand``.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.tensor([[1], [2]]).expand_as(at.zeros(2, 3))
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    need_tensor(other, "expand_as", "other")
    return expand(input, other.shape)


@function_only
def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that Tensors of ``shapes`` (tuples, or an int for one dimension) broadcast to.

    Raises:
        RuntimeError: they do not.

    Example:

        >>> at.broadcast_shapes((4, 1), (3,)), at.broadcast_shapes((2,), (5, 3, 1))
        (torch.Size([4, 3]), torch.Size([5, 3, 2]))
    """
    problem = (
        f"broadcast_shapes: shapes {', '.join(map(str, shapes))} do not broadcast; sizes, counted "
        "from the last, must be equal or 1"
    )
    return Size(common_shape(problem, *shapes))


@function_only
def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """All of ``tensors`` stretched to their common shape.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> x, y = at.broadcast_tensors(at.tensor([[1], [2]]), at.tensor([3, 4]))
        >>> x
        tensor([[1, 1],
                [2, 2]])
        >>> y
        tensor([[3, 4],
                [3, 4]])
    """
    several = unpacked(tensors)
    for one in several:
        need_tensor(one, "broadcast_tensors")
    shape = broadcast_shapes(*(one.shape for one in several))
    return tuple(one if one.shape == shape else expand(one, shape) for one in several)


def sum_to_size(input: Any, *size: Any) -> Any:
    """``input`` summed to the shape ``size``, which would broadcast to its own.

    d input = expand(g, shape(input)).

    Raises:
        RuntimeError: ``size`` does not broadcast to the shape of ``input``.

    Example:

        >>> g = at.ones(4, 3)  # the gradient of x + bias
        >>> g.sum_to_size(3)  # that of the bias, (3,)
        tensor([4., 4., 4.])
    """
    need_tensor(input, "sum_to_size")
    wanted = sizes_of(size, "sum_to_size")
    extra = input.ndim - len(wanted)
    pairs = zip(input.shape[extra:], wanted, strict=True)
    if extra < 0 or any(want not in (1, have) for have, want in pairs):
        raise RuntimeError(
            f"sum_to_size: size {wanted} does not broadcast to the input's {input.shape}"
        )
    return unbroadcast(input, wanted) if wanted else input.sum()


def detach(input: Any) -> Any:
    """The same memory, outside the graph.

    ``(*)`` to ``(*)``; no gradient passes.

    Example:

        >>> x = at.tensor(3.0, requires_grad=True)
        >>> (x * at.detach(x)).backward()  # the second factor is a constant
        >>> x.grad
        tensor(3.)
    """
    need_tensor_itself(input, "detach")
    return input.detach()


# -- copies in another order -----------------------------------------------------------------------


@operator(input=lambda g, dims: _flip(g, dims))
def _flip(input: Any, dims: Any) -> Any:
    """Value and derivative of ``flip``."""
    return np.flip(input, dims).copy()


def flip(input: Any, *dims: Any) -> Any:
    """The order of elements turned round along ``dims``.  d input = flip(g, dims).

    ``(*)`` to ``(*)``.

    Raises:
        IndexError, RuntimeError: no such dimension, or the same one twice.

    Example:

        >>> x = at.tensor([[1, 2], [3, 4]])
        >>> x.flip(0)
        tensor([[3, 4],
                [1, 2]])
        >>> x.flip(0, 1)
        tensor([[4, 3],
                [2, 1]])
    """
    need_tensor(input, "flip")
    if not dims:
        raise TypeError("flip: argument 'dims' is missing")
    order = sizes_of(dims, "flip")
    return _flip(input, all_dims(order, input.ndim, "flip") if order else ())


def fliplr(input: Any) -> Any:
    """``flip(input, 1)`` of a Tensor of at least 2 dimensions.  d input = fliplr(g).

    ``(m, n, *)`` to ``(m, n, *)``.

    Raises:
        RuntimeError: less than 2 dimensions.

    Example:

        >>> at.fliplr(at.tensor([[1, 2, 3], [4, 5, 6]]))
        tensor([[3, 2, 1],
                [6, 5, 4]])
    """
    need_least_dims(input, 2, "fliplr")
    return flip(input, 1)


def flipud(input: Any) -> Any:
    """``flip(input, 0)`` of a Tensor of at least 1 dimension.  d input = flipud(g).

    ``(m, *)`` to ``(m, *)``.

    Raises:
        RuntimeError: no dimensions.

    Example:

        >>> at.flipud(at.tensor([[1, 2, 3], [4, 5, 6]]))
        tensor([[4, 5, 6],
                [1, 2, 3]])
    """
    need_least_dims(input, 1, "flipud")
    return flip(input, 0)


@operator(
    title="roll", input=lambda g, shifts, dims: roll_by(g, tuple(-shift for shift in shifts), dims)
)
def roll_by(input: Any, shifts: Any, dims: Any) -> Any:
    """Value and derivative of ``roll``."""
    return np.roll(input, shifts, dims)


def roll(input: Any, shifts: Any, dims: Any = ()) -> Any:
    """Elements moved by ``shifts`` along ``dims``, those that fall off coming in again.

    Without ``dims``, as if flattened.  d input = roll(g, -shifts, dims).

    ``(*)`` to ``(*)``.

    Raises:
        RuntimeError: ``shifts`` and ``dims`` of different lengths.

    Example:

        >>> x = at.arange(5)
        >>> x.roll(2), x.roll(-1)
        (tensor([3, 4, 0, 1, 2]), tensor([1, 2, 3, 4, 0]))
        >>> at.tensor([[1, 2], [3, 4]]).roll(1, 0)
        tensor([[3, 4],
                [1, 2]])
    """
    need_tensor(input, "roll")
    moves = tuple(int_of(one, "roll", "shifts") for one in listed(shifts))
    axes = () if dims is None else listed(dims)
    if len(moves) == 1 and not axes:
        return reshape(roll_by(flatten(input), moves, (0,)), input.shape)
    if len(axes) != len(moves) or not moves:
        raise RuntimeError(f"roll: shifts {shifts} and dims {dims} must be of the same length")
    need_least_dims(input, 1, "roll")
    return roll_by(input, moves, tuple(one_dim(axis, input.ndim, "roll") for axis in axes))


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """``input`` turned by ``k`` right angles, from ``dims[0]`` towards ``dims[1]``.

    d input = rot90(g, -k, dims).

    ``(*, m, *, n, *)`` to ``(*, n, *, m, *)`` for odd ``k``.

    Raises:
        RuntimeError: not two different dimensions.

    Example:

        >>> x = at.tensor([[1, 2], [3, 4]])
        >>> x.rot90()  # against the clock
        tensor([[2, 4],
                [1, 3]])
        >>> at.equal(x.rot90(-1).rot90(), x)
        True
    """
    need_least_dims(input, 2, "rot90")
    if not isinstance(dims, (tuple, list)) or len(dims) != 2:
        raise RuntimeError(f"rot90: dims must be two dimensions, got {dims}")
    first, second = all_dims(tuple(dims), input.ndim, "rot90")
    turns = k % 4
    if turns == 0:
        return input.clone()
    if turns == 2:
        return flip(input, first, second)
    return transpose(flip(input, second if turns == 1 else first), first, second)


swapaxes = swapdims = transpose
moveaxis = movedim


def _reversed(self: Tensor) -> Tensor:
    """This Tensor with its dimensions in reverse order.

    ``(d_0, …, d_n)`` to ``(d_n, …, d_0)``; a view.

    Example:

        >>> at.tensor([[1, 2], [3, 4]]).T
        tensor([[1, 3],
                [2, 4]])
        >>> w, x = at.ones(5, 3), at.ones(2, 3)
        >>> (x @ w.T).shape
        torch.Size([2, 5])
    """
    return permute(self, tuple(reversed(range(self.ndim))))


def _conjugate_transpose(self: Tensor) -> Tensor:
    """The transpose of a matrix, for there are only real numbers.

    ``(m, n)`` to ``(n, m)``.

    Raises:
        RuntimeError: no matrix.

    Example:

        >>> at.tensor([[1, 2], [3, 4]]).H
        tensor([[1, 3],
                [2, 4]])
    """
    if self.ndim not in (0, 2):
        raise RuntimeError(f"H: expected a matrix, got shape {self.shape}; use mH for batches")
    return t(self)


def _from_behind(self: Tensor) -> Tensor:
    """``reversed(x)``: the rows from the last to the first.

    Example:

        >>> reversed(at.arange(3))
        tensor([2, 1, 0])
    """
    return flip(self, 0) if self.ndim else self


method(_from_behind, "__reversed__")
method(property(_reversed), "T")
method(property(_conjugate_transpose), "H")
method(property(adjoint), "mT")
method(property(adjoint), "mH")


@also_called(src="other")
@operator(title="copy_", input=lambda g: zeros_like(g), other=lambda g: g)
def _replaced(input: Any, other: Any, non_blocking: Any = False) -> Any:
    """``other``, stretched and cast, in the place of ``input``; it is done at once anyway.

    d input = 0, d other = g.

    ``(*)``, and an ``other`` that broadcasts to it.

    Raises:
        RuntimeError: it does not broadcast, or this Tensor is a leaf that requires a gradient.

    Example:

        >>> weight = at.zeros(2, 3)
        >>> weight.copy_(at.tensor([1, 2, 3]))
        tensor([[1., 2., 3.],
                [1., 2., 3.]])
    """
    values = np.asarray(other)
    if values.shape != input.shape:
        given, own = f"other of shape {values.shape}", f"a Tensor of shape {input.shape}"
        common_shape(f"copy_: {given} cannot be copied into {own}", values.shape, input.shape)
        values = broadcast_to(values, input.shape)
    return values.astype(input.dtype)


method(in_place(_replaced, "copy_"), "copy_")
