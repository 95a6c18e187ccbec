"""Joining Tensors (cat, stack) and cutting them (split, chunk); grids, products, combinations."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.graph import record_from
from autotensor.engine.operator import function_only
from autotensor.engine.tensor import Tensor, raw
from autotensor.keywords import also_called
from autotensor.operators.arguments import (
    existing_dim,
    int_of,
    need_least_dims,
    need_list,
    need_one_of,
    need_tensor,
    one_dim,
    sizes_of,
    unpacked,
    whole,
)
from autotensor.operators.structure.indexing import LONG, index_array, item_at, on_dim, slice_along
from autotensor.operators.structure.shapes import (
    expand,
    flatten,
    reshape,
    reshape_to,
    resized,
)  # fmt: skip

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "cartesian_prod", "cat", "chunk", "column_stack",
    "combinations", "concat", "concatenate", "dsplit", "dstack", "hsplit", "hstack", "meshgrid",
    "row_stack", "split", "split_with_sizes", "stack", "tensor_split", "unbind", "unsafe_chunk",
    "unsafe_split", "vsplit", "vstack",
]  # fmt: skip


# -- joining ---------------------------------------------------------------------------------------


def _arrays(tensors: Any, name: str) -> list[np.ndarray]:
    """``tensors`` as arrays of the dtype that they promote to."""
    arrays = [raw(one) for one in need_list(tensors, name)]
    dtype = dtypes.promoted(*arrays)
    return [one.astype(dtype, copy=False) for one in arrays]


@function_only
def cat(tensors: Any, dim: int = 0) -> Any:
    """Tensors joined along an existing dimension; the other sizes must agree.

    d tensors_i = narrow(g, dim, start_i, size_i): its part of g.

    ``(*, n_i, *)`` each to ``(*, Σ n_i, *)``.

    Raises:
        TypeError, RuntimeError: no Tensors; sizes that do not agree.

    Example:

        >>> a = at.tensor([[1.0, 2.0]], requires_grad=True)
        >>> b = at.tensor([[3.0, 4.0], [5.0, 6.0]])
        >>> at.cat([a, b])
        tensor([[1., 2.],
                [3., 4.],
                [5., 6.]], grad_fn=<CatBackward0>)
        >>> (at.cat([a, b]) ** 2).sum().backward()
        >>> a.grad
        tensor([[2., 4.]])
    """
    arrays = _arrays(tensors, "cat")
    # PyTorch lets an empty vector join anything.
    ndim = max(array.ndim for array in arrays)
    at = one_dim(dim, ndim, "cat")
    used = [array for array in arrays if array.ndim == ndim or array.shape != (0,)]
    rest = {array.shape[:at] + array.shape[at + 1 :] for array in used}
    if len(rest) > 1 or len({array.ndim for array in used}) > 1 or ndim == 0:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise RuntimeError(
            f"cat: Tensors joined along dim {dim} must agree in all other sizes and have at least "
            f"one dimension, got shapes {shapes}"
        )
    output = np.concatenate(used, axis=at)
    if not any(isinstance(one, Tensor) for one in tensors):
        return output
    rules = []
    start = 0
    for array in arrays:
        stop = start + (array.shape[at] if array.ndim == ndim else 0)
        rules.append((slice_along if array.ndim == ndim else _nothing, (at, start, stop)))
        start = stop
    return record_from("cat", output, tensors, rules)


def _nothing(g: Any, *place: int) -> Any:
    """The gradient of an empty vector joined to something of more dimensions."""
    return slice_along(g, *place).reshape((0,))


@function_only
def stack(tensors: Any, dim: int = 0) -> Any:
    """Tensors of one shape joined along a new dimension.  d tensors_i = select(g, dim, i).

    k times ``(*)`` to ``(*, k, *)``.

    Raises:
        TypeError, RuntimeError: no Tensors; shapes that differ.

    Example:

        >>> a, b = at.tensor([1, 2, 3]), at.tensor([4, 5, 6])
        >>> at.stack([a, b])
        tensor([[1, 2, 3],
                [4, 5, 6]])
        >>> at.stack([a, b], dim=1)
        tensor([[1, 4],
                [2, 5],
                [3, 6]])
    """
    arrays = _arrays(tensors, "stack")
    if len({array.shape for array in arrays}) > 1:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise RuntimeError(f"stack: all Tensors must have the same shape, got {shapes}")
    at = one_dim(dim, arrays[0].ndim + 1, "stack")
    output = np.stack(arrays, axis=at)
    if not any(isinstance(one, Tensor) for one in tensors):
        return output
    rules = [(_item, (at, position)) for position in range(len(arrays))]
    return record_from("stack", output, tensors, rules)


def _item(g: Any, dim: int, position: int) -> Any:
    return g[on_dim(dim, position)]


# -- cutting ---------------------------------------------------------------------------------------


@also_called(split_size="split_size_or_sections", tensor="input")
def split(input: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Views of consecutive pieces along ``dim``: of one size (the last may be smaller), or of sizes
    listed.  Writes to them are part of the graph, where PyTorch refuses them.

    ``(*, n, *)`` to pieces ``(*, size, *)``.

    Raises:
        RuntimeError: sizes that do not add up to n.

    Example:

        >>> x = at.arange(10)
        >>> x.split(4)
        (tensor([0, 1, 2, 3]), tensor([4, 5, 6, 7]), tensor([8, 9]))
        >>> x.split([2, 8])[0]
        tensor([0, 1])
    """
    at = existing_dim(input, dim, "split")
    length = raw(input).shape[at]
    size = whole(split_size_or_sections)
    if size is not None:
        if size < 0 or (size == 0 and length):
            raise RuntimeError(f"split: the size of a piece must be positive, got {size}")
        bounds = [*range(0, length, size), length] if size and length else [0, length]
    else:
        sizes = list(sizes_of((split_size_or_sections,), "split"))
        if sum(sizes) != length or any(size < 0 for size in sizes):
            raise RuntimeError(
                f"split: sizes {sizes} must be at least 0 and sum to {length}, the size of "
                f"dim {dim}"
            )
        bounds = np.cumsum([0, *sizes]).tolist()
    return tuple(slice_along(input, at, a, b) for a, b in itertools.pairwise(bounds))


def split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """``split`` into pieces of the sizes listed.

    ``(*, n, *)`` to pieces ``(*, n_i, *)``.

    Raises:
        RuntimeError: sizes that do not add up.

    Example:

        >>> train, valid = at.arange(10).split_with_sizes([8, 2])
        >>> train.shape, valid
        (torch.Size([8]), tensor([8, 9]))
    """
    return split(input, list(split_sizes), dim)


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most ``chunks`` views of equal pieces along ``dim``; the last may be smaller.

    ``(*, n, *)`` to pieces ``(*, ⌈n / chunks⌉, *)``.

    Raises:
        RuntimeError: ``chunks`` below 1.

    Example:

        >>> gates = at.arange(8).reshape(2, 4)
        >>> forget, keep = gates.chunk(2, dim=1)
        >>> forget
        tensor([[0, 1],
                [4, 5]])
        >>> len(at.arange(6).chunk(4))  # three of two: not more pieces than are needed
        3
    """
    need_tensor(input, "chunk")
    chunks = int_of(chunks, "chunk", "chunks")
    if chunks < 1:
        raise RuntimeError(f"chunk: chunks must be at least 1, got {chunks}")
    length = raw(input).shape[existing_dim(input, dim, "chunk")]
    if length == 0:
        return split(input, [0] * chunks, dim)
    return split(input, -(-length // chunks), dim)


_EITHER = "indices_or_sections"
_PIECES = {"indices": _EITHER, "sections": _EITHER}


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """Views of all positions along ``dim``.  Writes to them are part of the graph, where PyTorch
    refuses them.

    ``(*, n, *)`` to n times ``(*, *)``.

    Raises:
        IndexError: no such dimension.

    Example:

        >>> points = at.tensor([[1, 2], [3, 4], [5, 6]])
        >>> x, y = points.unbind(1)
        >>> x, y
        (tensor([1, 3, 5]), tensor([2, 4, 6]))
    """
    at = existing_dim(input, dim, "unbind")
    return tuple(_item(input, at, position) for position in range(input.shape[at]))


@also_called(tensor_indices_or_sections=_EITHER, **_PIECES)
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Views of consecutive pieces along ``dim``: a number of them, or cut at the places listed.

    The first pieces are one larger where they cannot all be equal.  A Tensor is read as the int or
    the list that it holds.

    ``(*, n, *)`` to pieces ``(*, n_i, *)``.

    Raises:
        RuntimeError: less than one piece.

    Example:

        >>> at.arange(7).tensor_split(3)
        (tensor([0, 1, 2]), tensor([3, 4]), tensor([5, 6]))
        >>> at.arange(7).tensor_split([1, 5])
        (tensor([0]), tensor([1, 2, 3, 4]), tensor([5, 6]))
    """
    need_least_dims(input, 1, "tensor_split")
    at = one_dim(dim, input.ndim, "tensor_split")
    size = input.shape[at]
    places = indices_or_sections
    if isinstance(places, Tensor):
        array = index_array(places, "tensor_split", "indices_or_sections", LONG)
        if array.ndim > 1:
            raise RuntimeError(
                "tensor_split: indices_or_sections must have at most 1 dimension, got shape "
                f"{array.shape}"
            )
        places = array.tolist()
    pieces = whole(places)
    if pieces is not None:
        if pieces < 1:
            raise RuntimeError(f"tensor_split: the number of pieces must be at least 1: {pieces}")
        if pieces > sys.maxsize:
            raise RuntimeError(f"tensor_split: so many pieces fit into no list: {pieces}")
        least, larger = divmod(size, pieces)
        cuts = [k * least + min(k, larger) for k in range(1, pieces)]
    elif isinstance(places, (tuple, list)):
        cuts = [one.__index__() for one in places]
    else:
        raise TypeError(
            "tensor_split: indices_or_sections must be an int, ints or a Tensor, got "
            f"{type(places).__name__}"
        )
    return tuple(slice_along(input, at, a, b) for a, b in itertools.pairwise([0, *cuts, size]))


def _equal_split(input: Any, indices_or_sections: Any, dim: int, least: int, name: str) -> Any:
    """``tensor_split`` into equal pieces, or at places."""
    need_least_dims(input, least, name)
    count = whole(indices_or_sections)
    if count is not None and (count < 1 or input.shape[dim] % count):
        raise RuntimeError(
            f"{name}: dim {dim} of size {input.shape[dim]} cannot be cut into {count} equal pieces"
        )
    return tensor_split(input, indices_or_sections, dim)


@also_called(**_PIECES)
def hsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """``tensor_split`` into equal pieces or at places, along dim 1 (dim 0 of a vector).

    ``(m, n, *)`` to pieces ``(m, n_i, *)``.

    Raises:
        RuntimeError: no dimensions, or a number that does not divide the size.

    Example:

        >>> left, right = at.arange(8).reshape(2, 4).hsplit(2)
        >>> right
        tensor([[2, 3],
                [6, 7]])
    """
    need_least_dims(input, 1, "hsplit")
    return _equal_split(input, indices_or_sections, min(input.ndim - 1, 1), 1, "hsplit")


@also_called(**_PIECES)
def vsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """``tensor_split`` into equal pieces or at places, along dim 0 of at least 2.

    ``(m, *)`` to pieces ``(m_i, *)``.

    Raises:
        RuntimeError: less than 2 dimensions, or a number that does not divide the size.

    Example:

        >>> top, bottom = at.arange(8).reshape(4, 2).vsplit(2)
        >>> bottom
        tensor([[4, 5],
                [6, 7]])
    """
    return _equal_split(input, indices_or_sections, 0, 2, "vsplit")


@also_called(**_PIECES)
def dsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """``tensor_split`` into equal pieces or at places, along dim 2 of at least 3.

    ``(m, n, d, *)`` to pieces ``(m, n, d_i, *)``.

    Raises:
        RuntimeError: less than 3 dimensions, or a number that does not divide the size.

    Example:

        >>> red, rest = at.zeros(8, 8, 3).dsplit([1])
        >>> red.shape, rest.shape
        (torch.Size([8, 8, 1]), torch.Size([8, 8, 2]))
    """
    return _equal_split(input, indices_or_sections, 2, 3, "dsplit")


# -- at least so many dimensions -------------------------------------------------------------------


def _grown(tensors: tuple[Any, ...], grown: Any, name: str) -> Any:
    """``grown`` of a Tensor, or of each of several as a tuple."""
    several = unpacked(tensors)
    for one in several:
        need_tensor(one, name)
    made = tuple(
        one if grown(one.shape) == one.shape else reshape_to(one, grown(one.shape))
        for one in several
    )
    return made[0] if several is tensors and len(made) == 1 else made


@function_only
def atleast_1d(*tensors: Any) -> Any:
    """Each Tensor, a 0-d one as ``(1,)``; several as a tuple.

    Example:

        >>> at.atleast_1d(at.tensor(5), at.tensor([6, 7]))
        (tensor([5]), tensor([6, 7]))
    """
    return _grown(tensors, lambda shape: shape or (1,), "atleast_1d")


@function_only
def atleast_2d(*tensors: Any) -> Any:
    """Each Tensor with dimensions put in front until it has 2; several as a tuple.

    ``()`` to ``(1, 1)``, ``(n,)`` to ``(1, n)``.

    Example:

        >>> at.atleast_2d(at.tensor([6, 7]))
        tensor([[6, 7]])
        >>> at.atleast_2d(at.tensor(5)).shape
        torch.Size([1, 1])
    """
    return _grown(tensors, lambda shape: (1,) * (2 - len(shape)) + shape, "atleast_2d")


@function_only
def atleast_3d(*tensors: Any) -> Any:
    """Each Tensor as one of at least 3 dimensions: ``(n,)`` as ``(1, n, 1)``, ``(m, n)`` as
    ``(m, n, 1)``; several as a tuple.

    Example:

        >>> picture = at.zeros(28, 28)
        >>> at.atleast_3d(picture).shape  # its one channel last
        torch.Size([28, 28, 1])
    """

    def grown(shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape if len(shape) > 2 else ((1,) * (2 - len(shape)) + shape + (1,))

    return _grown(tensors, grown, "atleast_3d")


@function_only
def hstack(tensors: Sequence[Any]) -> Any:
    """``cat`` along dim 1, of vectors along dim 0; 0-d Tensors count as ``(1,)``.

    Differentiated as ``cat``.

    Raises:
        RuntimeError: sizes that do not agree.

    Example:

        >>> at.hstack([at.tensor([1, 2]), at.tensor([3])])
        tensor([1, 2, 3])
        >>> at.hstack([at.tensor([[1], [2]]), at.tensor([[3], [4]])])
        tensor([[1, 3],
                [2, 4]])
    """
    grown = [atleast_1d(one) for one in need_list(tensors, "hstack")]
    return cat(grown, 0 if grown[0].ndim == 1 else 1)


@function_only
def vstack(tensors: Sequence[Any]) -> Any:
    """``cat`` along dim 0; vectors count as rows ``(1, n)``.  Differentiated as ``cat``.

    Raises:
        RuntimeError: sizes that do not agree.

    Example:

        >>> at.vstack([at.tensor([1, 2]), at.tensor([[3, 4], [5, 6]])])
        tensor([[1, 2],
                [3, 4],
                [5, 6]])
    """
    return cat([atleast_2d(one) for one in need_list(tensors, "vstack")], 0)


@function_only
def dstack(tensors: Sequence[Any]) -> Any:
    """``cat`` along dim 2, after ``atleast_3d``.  Differentiated as ``cat``.

    k times ``(m, n)`` to ``(m, n, k)``.

    Raises:
        RuntimeError: sizes that do not agree.

    Example:

        >>> red, green, blue = at.zeros(4, 5), at.ones(4, 5), at.zeros(4, 5)
        >>> at.dstack([red, green, blue]).shape
        torch.Size([4, 5, 3])
    """
    return cat([atleast_3d(one) for one in need_list(tensors, "dstack")], 2)


@function_only
def column_stack(tensors: Sequence[Any]) -> Any:
    """``cat`` along dim 1; vectors count as columns ``(n, 1)``.  Differentiated as ``cat``.

    Raises:
        RuntimeError: sizes that do not agree.

    Example:

        >>> x = at.tensor([1.0, 2.0, 3.0])
        >>> at.column_stack([at.ones(3), x, x**2])  # for a parabola through points
        tensor([[1., 1., 1.],
                [1., 2., 4.],
                [1., 3., 9.]])
    """
    several = need_list(tensors, "column_stack")
    return cat([reshape_to(one, (-1, 1)) if one.ndim < 2 else one for one in several], 1)


# -- combining -------------------------------------------------------------------------------------


@function_only
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """Coordinates of a grid: vectors of n_0, n_1, … elements, each stretched to (n_0, n_1, …).

    ``indexing='xy'`` exchanges the first two dimensions; ``'ij'`` is the default.  Views.

    The k vectors give k Tensors ``(n_0, …, n_k-1)``.

    Raises:
        RuntimeError: more than one dimension, or another ``indexing``.

    Example:

        >>> rows, columns = at.meshgrid(at.tensor([1, 2]), at.tensor([3, 4, 5]), indexing="ij")
        >>> rows
        tensor([[1, 1, 1],
                [2, 2, 2]])
        >>> columns
        tensor([[3, 4, 5],
                [3, 4, 5]])
    """
    if indexing is not None:
        need_one_of(indexing, ("ij", "xy"), "meshgrid", "indexing")
    vectors = need_list(unpacked(tensors), "meshgrid")
    for one in vectors:
        if one.ndim > 1:
            raise RuntimeError(f"meshgrid: expected vectors, got shape {one.shape}")
        if one.dtype != vectors[0].dtype:
            raise RuntimeError(
                "meshgrid: all Tensors must have the same dtype, got "
                f"{vectors[0].dtype} and {one.dtype}"
            )
    count = len(vectors)
    places = list(range(count))
    if indexing == "xy" and count > 1:
        places[:2] = [1, 0]
    sizes = [math.prod(vectors[at].shape) for at in places]
    return tuple(
        expand(reshape(one, resized((1,) * count, at, sizes[at])), sizes)
        for at, one in zip(places, vectors, strict=True)
    )


@function_only
def cartesian_prod(*tensors: Any) -> Any:
    """All ways to take one element of each vector, as rows ``(n_0 · n_1 · …, k)``.

    One vector is given back as it is.

    Raises:
        RuntimeError: an argument that is no vector.

    Example:

        >>> at.cartesian_prod(at.tensor([1, 2]), at.tensor([7, 8, 9]))
        tensor([[1, 7],
                [1, 8],
                [1, 9],
                [2, 7],
                [2, 8],
                [2, 9]])
    """
    vectors = need_list(unpacked(tensors), "cartesian_prod")
    for one in vectors:
        if one.ndim != 1:
            raise RuntimeError(f"cartesian_prod: expected vectors, got shape {one.shape}")
    if len(vectors) == 1:
        return vectors[0]
    return stack([flatten(one) for one in meshgrid(*vectors)], 1)


@function_only
def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All ways to choose ``r`` elements of a vector in their order, as rows ``(k, r)``.

    Raises:
        RuntimeError: ``input`` is no vector, or a negative ``r``.

    Example:

        >>> at.combinations(at.tensor([1, 2, 3]))
        tensor([[1, 2],
                [1, 3],
                [2, 3]])
        >>> at.combinations(at.tensor([1, 2]), with_replacement=True)
        tensor([[1, 1],
                [1, 2],
                [2, 2]])
    """
    need_tensor(input, "combinations")
    if input.ndim != 1:
        raise RuntimeError(f"combinations: expected a vector, got shape {input.shape}")
    if r < 0:
        raise RuntimeError(f"combinations: r must not be negative, got {r}")
    if r == 0:
        return item_at(input, (slice(0, 0),)).clone()
    ways = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array(list(ways(range(input.shape[0]), r)), np.int64).reshape(-1, r)
    return item_at(input, (rows,))


# PyTorch's other names for the same things.
concat = concatenate = cat
row_stack = vstack
unsafe_chunk, unsafe_split = chunk, split
