"""Reading and writing by index.

One pair carries all of it: ``getitem`` reads positions, ``_put_into_zeros`` adds values at
positions of a Tensor of zeros; each is the other's derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.creation import zeros_like
from autotensor.modes import modes
from autotensor.operator import assign, operator
from autotensor.operators.shapes import need_tensor, one_dim
from autotensor.tensor import Tensor, wrap

__all__ = [
    "gather",
    "getitem",
    "index_select",
    "narrow",
    "one_hot",
    "pad",
    "select",
    "take_along_dim",
]


def _plain(index: Any, shape: tuple[int, ...]) -> tuple[tuple[Any, ...], bool]:
    """``index`` with arrays for the Tensors and lists in it, and whether it is an advanced one.

    Index arrays are copied: the graph keeps them, and they may change before ``backward``.
    """
    advanced = False
    parts: list[Any] = []
    for part in index if isinstance(index, tuple) else (index,):
        if isinstance(part, (Tensor, np.ndarray, list)):
            array = np.array(part.array if isinstance(part, Tensor) else part)
            if array.size == 0 and isinstance(part, list):
                array = array.astype(np.int64)
            if array.dtype.kind not in "iub":
                raise IndexError(
                    f"getitem: index Tensors must be of an integer dtype or bool, got {array.dtype}"
                )
            if array.dtype == np.uint8:
                array = array.astype(np.bool_)  # as PyTorch reads bytes
            advanced = advanced or array.dtype.kind == "b" or array.ndim > 0
            parts.append(int(array) if array.ndim == 0 and array.dtype.kind != "b" else array)
        elif isinstance(part, slice):
            parts.append(
                slice(
                    *(
                        None if one is None else int(one)
                        for one in (part.start, part.stop, part.step)
                    )
                )
            )
            if parts[-1].step is not None and parts[-1].step <= 0:
                raise ValueError(
                    f"getitem: the step of a slice must be greater than zero, got {part.step}; "
                    "use flip()"
                )
        elif isinstance(part, (bool, np.bool_)):
            advanced = True
            parts.append(part)
        elif part is None or part is Ellipsis:
            parts.append(part)
        elif hasattr(part, "__index__"):
            parts.append(part.__index__())
        else:
            raise IndexError(
                "getitem: only ints, slices, None, Ellipsis, bools and integer or bool Tensors are "
                f"valid indices, got {type(part).__name__}"
            )
    return tuple(parts), advanced


@operator(view=True, input=lambda g, index, shape: _put_into_zeros(g, index, shape))
def _getitem(input: Any, index: Any) -> Any:
    """Value and derivative of ``getitem``."""
    out = input[index]
    # A single element comes as a bare copy; with an Ellipsis, as the 0-d view that it should be.
    return out if isinstance(out, np.ndarray) else input[(*index, ...)]


@operator(input=lambda g, index: _getitem(g, index))
def _put_into_zeros(input: Any, index: Any, size: Any) -> Any:
    """Zeros of shape ``size`` with ``input`` added at the positions ``index``."""
    out = np.zeros(size, input.dtype)
    if _may_repeat(index):
        np.add.at(out, index, input)
    else:
        out[index] = input
    return out


def _may_repeat(index: tuple[Any, ...]) -> bool:
    """Whether a position can occur twice: only in integer arrays."""
    return any(isinstance(part, np.ndarray) and part.dtype.kind != "b" for part in index)


def getitem(input: Any, index: Any) -> Any:
    """``input[index]`` with ints, slices, None, Ellipsis, integer and bool Tensors, as in NumPy.

    Basic indices give a view, others a copy.  d input = zeros with g added at ``index``.

    Raises:
        IndexError: there is no such position, or too many indices.
    """
    plain, _ = _plain(index, input.shape)
    try:
        return _getitem(input, plain)
    except IndexError as error:
        raise IndexError(f"getitem: {error}; the Tensor has shape {input.shape}") from None


@operator(
    input=lambda g, index: _overwrite(g, index, zeros_like(_getitem(g, index))),
    value=lambda g, index: _getitem(g, index),
)
def _overwrite(input: Any, index: Any, value: Any) -> Any:
    """``input`` with ``value`` (broadcast) written at ``index``."""
    out = np.array(input)
    out[index] = value
    return out


def setitem(input: Tensor, index: Any, value: Any) -> None:
    """``input[index] = value``: a number, or a Tensor that broadcasts to the positions.

    From there on d input = g with 0 at the positions, d value = g at the positions.
    """
    if not isinstance(value, (Tensor, np.ndarray, np.generic, int, float)):
        raise TypeError(
            f"setitem: value must be a number or a Tensor, got {type(value).__name__}; "
            "wrap it with autotensor.tensor(...)"
        )
    plain, _ = _plain(index, input.shape)
    if isinstance(value, (np.ndarray, np.generic)):
        value = wrap(np.asarray(value))
    try:
        if modes.grad_enabled and (
            input.requires_grad or (isinstance(value, Tensor) and value.requires_grad)
        ):
            assign(input, _overwrite(input, plain, value), "setitem")
            return
        if not input.array.flags.writeable:
            raise RuntimeError(
                "setitem: the Tensor shares memory between its elements (expand) or is read-only; "
                "clone() it before writing"
            )
        input.array[plain] = value.array if isinstance(value, Tensor) else value
    except IndexError as error:
        raise IndexError(f"setitem: {error}; the Tensor has shape {input.shape}") from None
    except ValueError as error:
        shape = value.shape if isinstance(value, Tensor) else ()
        raise RuntimeError(
            f"setitem: a value of shape {shape} does not fit the positions of shape "
            f"{input.array[plain].shape} ({error})"
        ) from None
    input.mark_written()


# -- by dimension ----------------------------------------------------------------------------------


def select(input: Any, dim: int, index: int) -> Any:
    """Position ``index`` along ``dim``, which disappears; a view."""
    at = one_dim(dim, input.ndim, "select")
    return getitem(input, (slice(None),) * at + (index,))


def narrow(input: Any, dim: int, start: int, length: int) -> Any:
    """``length`` positions from ``start`` along ``dim``; a view."""
    at = one_dim(dim, input.ndim, "narrow")
    size = input.shape[at]
    first = start + size if start < 0 else start
    if length < 0 or not 0 <= first <= size - length:
        raise RuntimeError(
            f"narrow: start {start} and length {length} do not lie within dim {dim} of size {size}"
        )
    return getitem(input, (slice(None),) * at + (slice(first, first + length),))


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The positions ``index`` (1-d, integer) along ``dim``.  d input = zeros with g added there."""
    at = one_dim(dim, input.ndim, "index_select")
    if index.ndim > 1:
        raise IndexError(f"index_select: index must be a vector, got shape {index.shape}")
    return getitem(input, (slice(None),) * at + (index.reshape(-1),))


def _grid(index: np.ndarray, dim: int) -> tuple[np.ndarray, ...]:
    """Indices that read ``index`` along ``dim`` and count along every other dimension."""
    grid = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[dim] = index
    return tuple(grid)


def gather(input: Any, dim: int, index: Any) -> Any:
    """``out[i, j, k] = input[i, index[i, j, k], k]`` (for dim 1); the shape is that of ``index``.

    d input = zeros with g added at those positions.
    """
    need_tensor(index, "gather", "index")
    at = one_dim(dim, input.ndim, "gather")
    array = np.array(index.array if isinstance(index, Tensor) else index)
    if array.dtype.kind not in "iu" or array.dtype == np.uint8:
        raise RuntimeError(f"gather: index must be of dtype int64, got {array.dtype}")
    if array.ndim != input.ndim:
        raise RuntimeError(
            f"gather: index has {array.ndim} dimensions but input has {input.ndim}; they must agree"
        )
    for axis, (have, want) in enumerate(zip(input.shape, array.shape, strict=True)):
        if axis != at and want > have:
            raise RuntimeError(
                f"gather: index of shape {array.shape} is larger than input of shape "
                f"{tuple(input.shape)} in dim {axis}"
            )
    size = input.shape[at] if input.ndim else 1
    if array.size and (array.min() < 0 or array.max() >= size):
        wrong = array[(array < 0) | (array >= size)][0]
        raise IndexError(f"gather: index {wrong} is out of bounds for dim {dim} of size {size}")
    if input.ndim == 0:
        return input.clone()
    return _getitem(input, _grid(array, at))


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """``gather`` whose arguments are broadcast; flattened without ``dim``."""
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    at = one_dim(dim, input.ndim, "take_along_dim")
    shape = list(
        np.broadcast_shapes(
            (*input.shape[:at], 1, *input.shape[at + 1 :]),
            (*indices.shape[:at], 1, *indices.shape[at + 1 :]),
        )
    )
    wide_input, wide_index = shape.copy(), shape.copy()
    wide_input[at], wide_index[at] = input.shape[at], indices.shape[at]
    return gather(input.expand(wide_input), at, indices.expand(wide_index))


def one_hot(input: Any, num_classes: int = -1) -> Any:
    """``(*)`` of class numbers to ``(*, num_classes)`` of 0 and 1, int64.

    ``num_classes`` -1 means one more than the largest.
    """
    need_tensor(input, "one_hot")
    array = input.array if isinstance(input, Tensor) else input
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


# -- padding ---------------------------------------------------------------------------------------


@operator(input=lambda g, inner: _getitem(g, inner))
def _pad(input: Any, sizes: Any, inner: Any, value: Any) -> Any:
    """``input`` at the positions ``inner`` of a Tensor of shape ``sizes`` filled with ``value``."""
    out = np.full(sizes, value, input.dtype) if value else np.zeros(sizes, input.dtype)
    out[inner] = input
    return out


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """Adds ``pad = (left, right, top, bottom, …)`` positions, the last dimension first.

    Args:
        pad: two numbers for each padded dimension; negative ones cut off.
        mode: ``'constant'`` (``value``, 0 by default), ``'reflect'``, ``'replicate'`` or
            ``'circular'``.

    d input = the inner part of g; the other modes add the gradient of each copy.
    """
    pads = [int(one) for one in pad]
    if len(pads) % 2 or len(pads) // 2 > input.ndim:
        raise RuntimeError(
            f"pad: expected two numbers for each of at most {input.ndim} dimensions, got {pads}"
        )
    both = [(0, 0)] * (input.ndim - len(pads) // 2)
    both += [(pads[at], pads[at + 1]) for at in range(len(pads) - 2, -1, -2)]
    sizes = tuple(n + a + b for n, (a, b) in zip(input.shape, both, strict=True))
    if min(sizes, default=0) < 0:
        raise RuntimeError(
            f"pad: {tuple(pads)} cuts off more than the input {tuple(input.shape)} has"
        )
    if mode != "constant":
        return _pad_by_copying(input, both, mode)
    if min(pads, default=0) < 0:
        cut = tuple(
            slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(input.shape, both, strict=True)
        )
        input = _getitem(input, cut)
        both = [(max(a, 0), max(b, 0)) for a, b in both]
    inner = tuple(slice(a, a + n) for n, (a, _) in zip(input.shape, both, strict=True))
    return _pad(input, sizes, inner, value or 0)


_NUMPY_MODE: dict[str, Any] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def _pad_by_copying(input: Any, both: list[tuple[int, int]], mode: str) -> Any:
    if mode not in _NUMPY_MODE:
        raise NotImplementedError(
            f"pad: mode must be 'constant', 'reflect', 'replicate' or 'circular', got {mode!r}"
        )
    for axis, (before, after) in enumerate(both):
        if not before and not after:
            continue
        size = input.shape[axis]
        limit = {"reflect": size - 1, "circular": size, "replicate": before + after}[mode]
        if max(before, after) > limit or size == 0:
            raise RuntimeError(
                f"pad: {mode} padding of {(before, after)} is too much for dim {axis} "
                f"of size {size}"
            )
        grown = np.pad(
            np.arange(size),
            (max(before, 0), max(after, 0)),
            _NUMPY_MODE[mode],
        )
        kept = grown[max(-before, 0) : len(grown) - max(-after, 0)]
        input = _getitem(input, (slice(None),) * axis + (kept,))
    return input
