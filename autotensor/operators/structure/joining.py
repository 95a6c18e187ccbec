"""Joining and cutting by other names, and Tensors combined: grids, products, blocks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.creation import zeros
from autotensor.engine import dtypes
from autotensor.engine.operator import function_only
from autotensor.engine.tensor import Tensor
from autotensor.operators.arguments import need_ndim, need_tensor, one_dim
from autotensor.operators.structure.indexing import index_array, item_at, on_dim
from autotensor.operators.structure.padding import pad
from autotensor.operators.structure.shapes import cat, expand, reshape, reshape_to, stack

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "cartesian_prod", "column_stack",
    "combinations", "dsplit", "dstack", "hsplit", "hstack", "meshgrid", "row_stack", "tensor_split",
    "vsplit", "vstack",
]  # fmt: skip


def _list_of_tensors(tensors: Any, name: str) -> tuple[Any, ...]:
    if not isinstance(tensors, (tuple, list)) or not tensors:
        raise TypeError(f"{name}: expected a non-empty list of Tensors, got {tensors!r}")
    for position, one in enumerate(tensors):
        need_tensor(one, name, f"item {position}")
    return tuple(tensors)


def _unpacked(tensors: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    """The Tensors of ``f(a, b)`` or ``f([a, b])``."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    return _list_of_tensors(tensors, name)


# -- at least so many dimensions ------------------------------------------------------------------


def _at_least(tensors: tuple[Any, ...], grown: Any, name: str) -> Any:
    """``grown`` of a Tensor, or of each of several as a tuple."""
    several = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    for one in several:
        need_tensor(one, name)
    made = tuple(reshape_to(one, grown(one.shape)) for one in several)
    return made[0] if several is tensors and len(made) == 1 else made


@function_only
def atleast_1d(*tensors: Any) -> Any:
    """Each Tensor, a 0-d one as ``(1,)``; several as a tuple."""
    return _at_least(tensors, lambda shape: shape or (1,), "atleast_1d")


@function_only
def atleast_2d(*tensors: Any) -> Any:
    """Each Tensor with dimensions put in front until it has 2; several as a tuple."""
    return _at_least(tensors, lambda shape: (1,) * (2 - len(shape)) + shape, "atleast_2d")


@function_only
def atleast_3d(*tensors: Any) -> Any:
    """Each Tensor as one of at least 3 dimensions: ``(n,)`` as ``(1, n, 1)``, ``(m, n)`` as
    ``(m, n, 1)``; several as a tuple."""

    def grown(shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape if len(shape) > 2 else ((1,) * (2 - len(shape)) + shape + (1,))

    return _at_least(tensors, grown, "atleast_3d")


# -- joining ---------------------------------------------------------------------------------------


@function_only
def hstack(tensors: Sequence[Any]) -> Any:
    """``cat`` along dim 1, of vectors along dim 0; 0-d Tensors count as ``(1,)``."""
    grown = [atleast_1d(one) for one in _list_of_tensors(tensors, "hstack")]
    return cat(grown, 0 if grown[0].ndim == 1 else 1)


@function_only
def vstack(tensors: Sequence[Any]) -> Any:
    """``cat`` along dim 0; vectors count as rows ``(1, n)``."""
    return cat([atleast_2d(one) for one in _list_of_tensors(tensors, "vstack")], 0)


@function_only
def dstack(tensors: Sequence[Any]) -> Any:
    """``cat`` along dim 2, after ``atleast_3d``."""
    return cat([atleast_3d(one) for one in _list_of_tensors(tensors, "dstack")], 2)


@function_only
def column_stack(tensors: Sequence[Any]) -> Any:
    """``cat`` along dim 1; vectors count as columns ``(n, 1)``."""
    columns = [
        reshape_to(one, (one.shape[0] if one.ndim else 1, 1)) if one.ndim < 2 else one
        for one in _list_of_tensors(tensors, "column_stack")
    ]
    return cat(columns, 1)


row_stack = vstack


# -- cutting ---------------------------------------------------------------------------------------


def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Views of consecutive pieces along ``dim``: a number of them, or cut at the places listed.

    The first pieces are one larger where they cannot all be equal.  A Tensor is read as the int or
    the list that it holds.
    """
    need_ndim(input, 1, "tensor_split")
    at = one_dim(dim, input.ndim, "tensor_split")
    size = input.shape[at]
    places = indices_or_sections
    if isinstance(places, Tensor):
        array = index_array(places, "tensor_split", "indices_or_sections", (dtypes.int64,))
        if array.ndim > 1:
            raise RuntimeError(
                "tensor_split: indices_or_sections must have at most 1 dimension, got shape "
                f"{array.shape}"
            )
        places = array.tolist()
    if isinstance(places, (int, np.integer)):
        if places < 1:
            raise RuntimeError(f"tensor_split: the number of pieces must be at least 1: {places}")
        least, larger = divmod(size, places)
        cuts = [k * least + min(k, larger) for k in range(1, places)]
    elif isinstance(places, (tuple, list)):
        cuts = [one.__index__() for one in places]
    else:
        raise TypeError(
            "tensor_split: indices_or_sections must be an int, ints or a Tensor, got "
            f"{type(places).__name__}"
        )
    bounds = itertools.pairwise([0, *cuts, size])
    return tuple(item_at(input, on_dim(at, slice(a, b))) for a, b in bounds)


def _equal_split(input: Any, indices_or_sections: Any, dim: int, least: int, name: str) -> Any:
    """``tensor_split`` into equal pieces, or at places."""
    need_ndim(input, least, name)
    count = indices_or_sections
    if isinstance(count, (int, np.integer)) and (count < 1 or input.shape[dim] % count):
        raise RuntimeError(
            f"{name}: dim {dim} of size {input.shape[dim]} cannot be cut into {count} equal pieces"
        )
    return tensor_split(input, count, dim)


def hsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """``tensor_split`` into equal pieces or at places, along dim 1 (dim 0 of a vector)."""
    need_ndim(input, 1, "hsplit")
    return _equal_split(input, indices_or_sections, min(input.ndim - 1, 1), 1, "hsplit")


def vsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """``tensor_split`` into equal pieces or at places, along dim 0 of at least 2."""
    return _equal_split(input, indices_or_sections, 0, 2, "vsplit")


def dsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """``tensor_split`` into equal pieces or at places, along dim 2 of at least 3."""
    return _equal_split(input, indices_or_sections, 2, 3, "dsplit")


# -- combining -------------------------------------------------------------------------------------


@function_only
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """Coordinates of a grid: vectors of n_0, n_1, … elements, each stretched to (n_0, n_1, …).

    ``indexing='xy'`` exchanges the first two dimensions; ``'ij'`` is the default.  Views.
    """
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f"meshgrid: indexing must be 'ij' or 'xy', got {indexing!r}")
    vectors = _unpacked(tensors, "meshgrid")
    for one in vectors:
        if one.ndim > 1:
            raise RuntimeError(f"meshgrid: expected vectors, got shape {tuple(one.shape)}")
        if one.dtype != vectors[0].dtype:
            raise RuntimeError(
                "meshgrid: all Tensors must have the same dtype, got "
                f"{vectors[0].dtype} and {one.dtype}"
            )
    count = len(vectors)
    places = list(range(count))
    if indexing == "xy" and count > 1:
        places[:2] = [1, 0]
    sizes = [1] * count
    for at, one in zip(places, vectors, strict=True):
        sizes[at] = one.shape[0] if one.ndim else 1
    return tuple(
        expand(reshape(one, tuple(n if k == at else 1 for k, n in enumerate(sizes))), sizes)
        for at, one in zip(places, vectors, strict=True)
    )


@function_only
def cartesian_prod(*tensors: Any) -> Any:
    """All ways to take one element of each vector, as rows ``(n_0 · n_1 · …, k)``.

    One vector is given back as it is.
    """
    vectors = _unpacked(tensors, "cartesian_prod")
    for one in vectors:
        if one.ndim != 1:
            raise RuntimeError(f"cartesian_prod: expected vectors, got shape {tuple(one.shape)}")
    if len(vectors) == 1:
        return vectors[0]
    return stack(
        [reshape(one, (-1,)) if one.numel() else one.reshape((0,)) for one in meshgrid(*vectors)], 1
    )


@function_only
def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All ways to choose ``r`` elements of a vector in their order, as rows ``(k, r)``."""
    need_tensor(input, "combinations")
    if input.ndim != 1:
        raise RuntimeError(f"combinations: expected a vector, got shape {tuple(input.shape)}")
    if r < 0:
        raise RuntimeError(f"combinations: r must not be negative, got {r}")
    if r == 0:
        return item_at(input, (slice(0, 0),)).clone()
    choose: Callable[..., Any] = (
        itertools.combinations_with_replacement if with_replacement else itertools.combinations
    )
    rows = np.array(list(choose(range(input.shape[0]), r)), np.int64).reshape(-1, r)
    return item_at(input, (rows,))


@function_only
def block_diag(*tensors: Any) -> Any:
    """A matrix with the given ones, one after the other, on its diagonal, and else 0.

    Vectors count as rows, 0-d Tensors as ``(1, 1)``.  The gradient of each is its block of g.
    """
    if not tensors:
        return zeros(1, 0)
    blocks = []
    for position, one in enumerate(tensors):
        need_tensor(one, "block_diag", f"item {position}")
        if one.ndim > 2:
            raise RuntimeError(
                f"block_diag: item {position} has {one.ndim} dimensions, expected at most 2"
            )
        blocks.append(atleast_2d(one))
    width = sum(one.shape[1] for one in blocks)
    rows = []
    before = 0
    for one in blocks:
        rows.append(pad(one, (before, width - before - one.shape[1])))
        before += one.shape[1]
    return cat(rows, 0)
