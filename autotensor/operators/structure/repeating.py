"""Repeating: whole Tensors (repeat, tile) and single elements (repeat_interleave)."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.arguments import need_tensor, one_dim, sizes_of, whole
from autotensor.operators.structure.copying import apart
from autotensor.operators.structure.indexing import index_array, item_at, on_dim
from autotensor.operators.structure.shapes import expand_to, flatten, reshape, reshape_to, resized

__all__ = ["repeat", "repeat_interleave", "tile"]


def repeat(input: Any, *repeats: Any) -> Any:
    """``input`` laid out ``repeats[i]`` times along dimension ``i``.

    d input = Σ g: of its copies.

    ``(d_0, …)`` to ``(repeats_0 · d_0, …)``; further ``repeats`` make dimensions in front.

    Raises:
        RuntimeError: fewer ``repeats`` than dimensions, or a negative one.

    Example:

        >>> x = at.tensor([1.0, 2.0], requires_grad=True)
        >>> x.repeat(2, 3)
        tensor([[1., 2., 1., 2., 1., 2.],
                [1., 2., 1., 2., 1., 2.]], grad_fn=<ReshapeBackward0>)
        >>> x.repeat(2, 3).sum().backward()
        >>> x.grad
        tensor([6., 6.])
    """
    need_tensor(input, "repeat")
    times = sizes_of(repeats, "repeat")
    if len(times) < input.ndim:
        raise RuntimeError(
            f"repeat: {times} must name at least the {input.ndim} dimensions of the input"
        )
    if min(times, default=0) < 0:
        raise RuntimeError(f"repeat: sizes must not be negative, got {times}")
    shape = (1,) * (len(times) - input.ndim) + input.shape
    # A dimension of its own for the copies, stretched, then merged with the one repeated.
    spaced = reshape_to(input, tuple(size for n in shape for size in (1, n)))
    stretched = tuple(size for k, n in zip(times, shape, strict=True) for size in (k, n))
    wide = expand_to(spaced, stretched)
    return apart(reshape_to(wide, tuple(k * n for k, n in zip(times, shape, strict=True))), input)


def tile(input: Any, *dims: Any) -> Any:
    """``repeat``, with ones put in front of ``dims`` where it is short.

    Differentiated as ``repeat``.

    ``(*, d_n)`` to ``(*, dims_n · d_n)``.

    Raises:
        RuntimeError: a negative number.

    Example:

        >>> at.tensor([[1, 2], [3, 4]]).tile(2)
        tensor([[1, 2, 1, 2],
                [3, 4, 3, 4]])
    """
    need_tensor(input, "tile")
    times = sizes_of(dims, "tile")
    return repeat(input, (1,) * (input.ndim - len(times)) + times)


def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Each element along ``dim`` ``repeats`` times in a row; of the flattened Tensor without.

    ``repeats`` is an int, or a Tensor with a number for each element.  Called with it alone, it
    gives the positions, int64, or int32 as it is.  d input = Σ g: of its copies.

    ``(*, n, *)`` to ``(*, Σ repeats, *)``.

    Raises:
        RuntimeError: negative ``repeats``, or not one for each element.

    Example:

        >>> x = at.tensor([7, 8, 9])
        >>> x.repeat_interleave(2)
        tensor([7, 7, 8, 8, 9, 9])
        >>> x.repeat_interleave(at.tensor([1, 0, 3]))
        tensor([7, 9, 9, 9])
    """
    if repeats is None:
        counts = _counts(input)
        kind = np.int32 if input.dtype == np.int32 else np.int64
        return wrap(np.repeat(np.arange(counts.size, dtype=kind), counts))
    need_tensor(input, "repeat_interleave")
    if dim is None:
        input, dim = flatten(input), 0
    elif input.ndim == 0:
        raise IndexError(f"repeat_interleave: a 0-d Tensor has no dim {dim}")
    at = one_dim(dim, input.ndim, "repeat_interleave")
    size = input.shape[at]
    if isinstance(repeats, Tensor):
        counts = _counts(repeats)
        if counts.size not in (1, size):
            raise RuntimeError(
                f"repeat_interleave: repeats must have a number for each of the {size} elements "
                f"along dim {dim}, got {counts.size}"
            )
        positions = np.repeat(np.arange(size), counts)
        _check_size(output_size, positions.size)
        return item_at(input, on_dim(at, positions))
    times = whole(repeats)
    if times is None:
        raise TypeError(
            f"repeat_interleave: repeats must be an int or a Tensor, got {type(repeats).__name__}"
        )
    if times < 0:
        raise RuntimeError(f"repeat_interleave: repeats must not be negative, got {repeats}")
    _check_size(output_size, size * times)
    shape = input.shape
    spaced = reshape(input, resized(shape, at, size, 1))
    wide = expand_to(spaced, resized(shape, at, size, times))
    return apart(reshape_to(wide, resized(shape, at, size * int(repeats))), input)


def _counts(repeats: Any) -> np.ndarray:
    """A Tensor of ``repeats`` as an array of one dimension."""
    array = index_array(repeats, "repeat_interleave", "repeats")
    if array.ndim > 1:
        raise RuntimeError(
            f"repeat_interleave: repeats must have at most 1 dimension, got shape {array.shape}"
        )
    if array.size and array.min() < 0:
        raise RuntimeError(f"repeat_interleave: repeats must not be negative, got {array.min()}")
    return array.reshape(-1)


def _check_size(given: int | None, made: int) -> None:
    if given is not None and given != made:
        raise RuntimeError(f"repeat_interleave: output_size is {given} but the repeats make {made}")
