"""The standard's functions of shape and place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autotensor.array_api.arguments import need_own, same_dtype
from autotensor.engine.tensor import Tensor
from autotensor.operators import structure
from autotensor.operators.arguments import listed, need_list, one_dim
from autotensor.types import Ints

__all__ = [
    "broadcast_arrays", "broadcast_shapes", "broadcast_to", "concat", "expand_dims", "flip",
    "moveaxis", "permute_dims", "repeat", "reshape", "roll", "squeeze", "stack", "tile", "unstack",
]  # fmt: skip


def broadcast_arrays(*arrays: Tensor) -> tuple[Tensor, ...]:
    """Tensors as views of their common shape.

    ``(*), (*), … → (*)`` each.  Differentiated as ``autotensor.broadcast_tensors``.

    Raises:
        TypeError: not Tensors.
        RuntimeError: shapes that do not broadcast.

    Example:

        >>> a, b = at.array_api.broadcast_arrays(at.ones(2, 1), at.ones(3))
        >>> a.shape, b.shape
        (torch.Size([2, 3]), torch.Size([2, 3]))
    """
    own = [need_own(one, "broadcast_arrays", f"x{n}") for n, one in enumerate(arrays, 1)]
    return structure.broadcast_tensors(*own)


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The shape that shapes have together.

    Raises:
        ValueError: they have none.

    Example:

        >>> at.array_api.broadcast_shapes((2, 1), (3,))
        (2, 3)
    """
    try:
        return tuple(structure.broadcast_shapes(*shapes))
    except RuntimeError as error:
        raise ValueError(str(error)) from None


def broadcast_to(x: Tensor, /, shape: Sequence[int]) -> Tensor:
    """``x`` as a view of another shape, repeated along dimensions that are new, or of size 1.

    ``(*) → shape``.  Differentiated as ``autotensor.broadcast_to``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it does not broadcast to that shape.

    Example:

        >>> at.array_api.broadcast_to(at.tensor([1, 2]), (2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return structure.broadcast_to(need_own(x, "broadcast_to"), tuple(shape))


def concat(arrays: Sequence[Tensor], /, *, axis: int | None = 0) -> Tensor:
    """Tensors one after the other along ``axis``; without one, all their elements in a row.

    ``(…, n1, …), (…, n2, …), … → (…, n1 + n2 + …, …)``.  Differentiated as ``autotensor.cat``.

    Raises:
        TypeError: no Tensors.
        RuntimeError: shapes that do not fit.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.concat([at.tensor([1]), at.tensor([2, 3])])
        tensor([1, 2, 3])
        >>> at.array_api.concat([at.ones(1, 2), at.zeros(2)], axis=None)
        tensor([1., 1., 0., 0.])
    """
    own = same_dtype("concat", need_list(tuple(arrays), "concat"), "item ")
    if axis is None:
        own, axis = [one.reshape(-1) for one in own], 0
    return structure.cat(own, axis)


def expand_dims(x: Tensor, /, axis: Ints) -> Tensor:
    """``x`` with a dimension of size 1 more at each place of ``axis``, counted in the result.

    ``(*) → (…, 1, …)``.  Differentiated as ``autotensor.unsqueeze``.

    Raises:
        TypeError: ``x`` is no Tensor, or a place no int.
        IndexError: no such place.
        ValueError: a place twice.

    Example:

        >>> at.array_api.expand_dims(at.ones(3), axis=(0, 2)).shape
        torch.Size([1, 3, 1])
    """
    places = listed(axis)
    ndim = need_own(x, "expand_dims").ndim + len(places)
    if not places:
        return x
    found = sorted(one_dim(one, ndim, "expand_dims") for one in places)
    if len(set(found)) < len(found):
        raise ValueError(f"expand_dims: a place appears twice in axis {axis}")
    for place in found:
        x = structure.unsqueeze(x, place)
    return x


def flip(x: Tensor, /, *, axis: Ints | None = None) -> Tensor:
    """The other way round along ``axis``, or along all dimensions.

    ``(*) → (*)``.  Differentiated as ``autotensor.flip``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.flip(at.tensor([[1, 2], [3, 4]]), axis=0)
        tensor([[3, 4],
                [1, 2]])
    """
    dims = range(need_own(x, "flip").ndim) if axis is None else listed(axis)
    return structure.flip(x, tuple(dims))


def moveaxis(x: Tensor, source: Ints, destination: Ints, /) -> Tensor:
    """``x`` with dimensions at other places; the others keep their order.

    ``(*) → (*)``.  Differentiated as ``autotensor.moveaxis``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError, RuntimeError: no such dimensions, or one twice.

    Example:

        >>> at.array_api.moveaxis(at.ones(2, 3, 4), 0, -1).shape
        torch.Size([3, 4, 2])
    """
    return structure.moveaxis(need_own(x, "moveaxis"), source, destination)


def permute_dims(x: Tensor, /, axes: Sequence[int]) -> Tensor:
    """``x`` with its dimensions in another order.

    ``(n_0, n_1, …) → (n_axes[0], n_axes[1], …)``.  Differentiated as ``autotensor.permute``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError, IndexError: ``axes`` does not name each dimension once.

    Example:

        >>> at.array_api.permute_dims(at.ones(2, 3, 4), (2, 0, 1)).shape
        torch.Size([4, 2, 3])
    """
    return structure.permute(need_own(x, "permute_dims"), tuple(axes))


def repeat(x: Tensor, repeats: int | Tensor, /, *, axis: int | None = None) -> Tensor:
    """Each element, or each slice along ``axis``, several times in a row.

    ``repeats`` says how often, for all or for each; without ``axis`` the elements of ``x`` are
    taken in a row.  Differentiated as ``autotensor.repeat_interleave``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: ``repeats`` is negative, or has another length.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.repeat(at.tensor([1, 2]), 2)
        tensor([1, 1, 2, 2])
    """
    return structure.repeat_interleave(need_own(x, "repeat"), repeats, axis)


def reshape(x: Tensor, /, shape: Sequence[int], *, copy: bool | None = None) -> Tensor:
    """The elements of ``x`` in another shape, where -1 stands for what is left over.

    A view where there is one, unless ``copy`` is said.  ``(*) → shape``.  Differentiated as
    ``autotensor.reshape``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: there are not as many elements in such a shape.
        ValueError: ``copy=False`` where a copy cannot be helped.

    Example:

        >>> at.array_api.reshape(at.arange(6), (2, -1))
        tensor([[0, 1, 2],
                [3, 4, 5]])
    """
    sizes = tuple(listed(shape))
    if copy:
        return structure.reshape(structure.clone(need_own(x, "reshape")), sizes)
    if copy is None or x.numel() <= 1:
        return structure.reshape(need_own(x, "reshape"), sizes)
    try:
        return structure.view(need_own(x, "reshape"), sizes)
    except RuntimeError as error:
        raise ValueError(f"reshape: copy=False, but {error}") from None


def roll(x: Tensor, /, shift: Ints, *, axis: Ints | None = None) -> Tensor:
    """``x`` pushed ``shift`` places on along ``axis``; what falls off comes in at the other end.

    Without ``axis`` its elements are taken in a row.  ``(*) → (*)``.  Differentiated as
    ``autotensor.roll``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.
        RuntimeError: not as many shifts as dimensions.

    Example:

        >>> at.array_api.roll(at.arange(4), 1)
        tensor([3, 0, 1, 2])
    """
    need_own(x, "roll")
    dims: Any = () if axis is None else listed(axis)
    shifts = listed(shift)
    if len(shifts) == 1 < len(dims):
        shifts *= len(dims)
    return structure.roll(x, shifts, dims)


def squeeze(x: Tensor, /, axis: Ints) -> Tensor:
    """``x`` without dimensions of size 1.

    ``(…, 1, …) → (…)``.  Differentiated as ``autotensor.squeeze``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.
        ValueError: a dimension of another size.

    Example:

        >>> at.array_api.squeeze(at.ones(1, 3, 1), axis=0).shape
        torch.Size([3, 1])
    """
    dims = tuple(one_dim(one, need_own(x, "squeeze").ndim, "squeeze") for one in listed(axis))
    for dim in dims:
        if x.ndim == 0 or x.shape[dim] != 1:
            raise ValueError(f"squeeze: dimension {dim} of shape {x.shape} is not of size 1")
    return structure.squeeze(x, dims)


def stack(arrays: Sequence[Tensor], /, *, axis: int = 0) -> Tensor:
    """Tensors of one shape side by side along a new dimension.

    ``(*), (*), … → (…, number of Tensors, …)``.  Differentiated as ``autotensor.stack``.

    Raises:
        TypeError: no Tensors.
        RuntimeError: shapes that differ.
        IndexError: no such place.

    Example:

        >>> at.array_api.stack([at.tensor([1, 2]), at.tensor([3, 4])], axis=1)
        tensor([[1, 3],
                [2, 4]])
    """
    return structure.stack(same_dtype("stack", need_list(tuple(arrays), "stack"), "item "), axis)


def tile(x: Tensor, repetitions: Sequence[int], /) -> Tensor:
    """``x`` several times along each dimension.

    ``(n_0, n_1, …) → (n_0 · repetitions[0], …)``; the shorter of both gets ones in front.
    Differentiated as ``autotensor.tile``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: a negative number of repetitions.

    Example:

        >>> at.array_api.tile(at.tensor([1, 2]), (2, 2))
        tensor([[1, 2, 1, 2],
                [1, 2, 1, 2]])
    """
    return structure.tile(need_own(x, "tile"), listed(repetitions))


def unstack(x: Tensor, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """The slices of ``x`` along ``axis``, as views.

    ``(…, n, …) → (…)``, n of them.  Differentiated as ``autotensor.unbind``.

    Raises:
        TypeError: ``x`` is no Tensor.
        IndexError: no such dimension.

    Example:

        >>> at.array_api.unstack(at.tensor([[1, 2], [3, 4]]), axis=1)
        (tensor([1, 3]), tensor([2, 4]))
    """
    return structure.unbind(need_own(x, "unstack"), axis)
