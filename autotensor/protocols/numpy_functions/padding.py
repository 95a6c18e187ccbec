"""``np.pad`` of Tensors that require grad, in all its modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.linalg.products import matmul
from autotensor.operators.structure.joining import cat
from autotensor.protocols.arrays import as_tensor, raws, tensors_in
from autotensor.protocols.numpy_functions.declaring import arranged, joined, numpys, refuse
from autotensor.protocols.numpy_functions.order import median
from autotensor.protocols.numpy_functions.reductions import max_, mean, min_

__all__: list[str] = []

_COPYING = ("edge", "empty", "reflect", "symmetric", "wrap")
_STATISTICS: dict[Any, Callable[..., Any]] = {
    "maximum": max_, "mean": mean, "median": median, "minimum": min_,
}  # fmt: skip


@numpys("pad")
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    array, widths, settings = as_tensor(joined(array)), raws(pad_width), raws(kwargs)
    if any(one.requires_grad for one in tensors_in(kwargs)):
        raise refuse("np.pad", "what it pads with is not differentiated; use x.detach() of it")
    if mode in _STATISTICS:
        return _padded_by_parts(array, widths, _STATISTICS[mode], **settings)
    if mode == "linear_ramp" or (mode in _COPYING and settings.get("reflect_type") == "odd"):
        return _padded_by_matrices(array, widths, mode, settings)
    if mode in _COPYING:
        mode = "constant" if mode == "empty" else mode  # what is there has any value
        return arranged(lambda a: np.pad(a, widths, mode, **settings), array)
    if mode != "constant":
        raise refuse("np.pad", "use a mode that has a name")
    frame = np.pad(np.zeros_like(array.array), widths, mode, **settings)
    return arranged(lambda a: np.pad(a, widths), array) + wrap(frame)


def _pairs(value: Any, ndim: int) -> list[tuple[Any, Any]]:
    """``pad_width`` and its like for each dimension: before and after."""
    if value is None:
        return [(None, None)] * ndim
    if isinstance(value, dict):
        pairs: list[tuple[Any, Any]] = [(0, 0)] * ndim
        for dim, one in value.items():
            pairs[dim] = tuple(np.broadcast_to(one, 2).tolist())
        return pairs
    return [tuple(one) for one in np.broadcast_to(value, (ndim, 2)).tolist()]


def _padded_by_parts(
    array: Tensor, widths: Any, statistic: Callable[..., Any], stat_length: Any = None
) -> Tensor:
    """Each end of each dimension gets what ``statistic`` gives of the elements next to it."""
    lengths = _pairs(stat_length, array.ndim)
    for dim, (before, after) in enumerate(_pairs(widths, array.ndim)):
        size = array.shape[dim]
        first, last = (size if one is None else min(one, size) for one in lengths[dim])
        parts = [array]
        if before:
            near = statistic(array.narrow(dim, 0, first), dim, keepdims=True)
            parts.insert(0, near.repeat_interleave(before, dim))
        if after:
            near = statistic(array.narrow(dim, size - last, last), dim, keepdims=True)
            parts.append(near.repeat_interleave(after, dim))
        array = cat(parts, dim)
    return array


def _padded_by_matrices(array: Tensor, widths: Any, mode: Any, settings: Any) -> Tensor:
    """Modes that are affine along each dimension, one after the other: NumPy pads the unit vectors,
    and zeros for what it adds."""
    dtype = array.array.dtype
    ends = _pairs(settings.get("end_values", 0), array.ndim)
    for dim, width in enumerate(_pairs(widths, array.ndim)):
        own = {
            **settings,
            **({"end_values": [ends[dim], (0, 0)]} if "end_values" in settings else {}),
        }
        size = array.shape[dim]
        offset = np.pad(np.zeros((size, 1)), [width, (0, 0)], mode, **own)
        matrix = np.pad(np.eye(size), [width, (0, 0)], mode, **own) - offset
        lines = matmul(array.movedim(dim, -1), wrap(np.asarray(matrix.T, dtype)))
        array = (lines + wrap(np.asarray(offset[:, 0], dtype))).movedim(-1, dim)
    return array
