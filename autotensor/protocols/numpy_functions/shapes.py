"""NumPy's functions of shape on Tensors: reshaping, turning, broadcasting, splitting.

What is a view in NumPy is one of ours, which knows what it is a view of; but flipped ones are
copies, because there are no negative steps here.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autotensor.engine.tensor import Tensor, wrap
from autotensor.protocols.arrays import as_tensor, raws
from autotensor.protocols.numpy_functions.declaring import VIEW, arranged, joined, numpys

__all__: list[str] = []


def _order(a: Tensor, order: str, name: str) -> str:
    """'C' or 'F'."""
    if order == "C" or order is None:
        return "C"
    flags = a.array.flags
    if order in ("A", "K"):
        return "F" if flags.f_contiguous and not flags.c_contiguous else "C"
    if order != "F":
        raise ValueError(f"{name}: order must be one of 'C', 'F', 'A', or 'K' (got {order!r})")
    return "F"


def _sizes(shape: Any) -> tuple[int, ...]:
    sizes = shape if isinstance(shape, (tuple, list)) else np.atleast_1d(raws(shape)).tolist()
    return tuple(operator.index(one) for one in sizes)


def _reversed_dims(a: Tensor) -> Tensor:
    return a.permute(tuple(range(a.ndim))[::-1])


@numpys("reshape", kind=VIEW)
def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    a = as_tensor(joined(a))
    sizes, size = _sizes(shape), a.array.size
    known = math.prod(one for one in sizes if one != -1)
    if sizes.count(-1) == 1 and known and size % known == 0:
        sizes = tuple(size // known if one == -1 else one for one in sizes)
    if -1 in sizes or math.prod(sizes) != size:
        raise ValueError(f"cannot reshape array of size {size} into shape {sizes}")
    if _order(a, order, "np.reshape") == "F":
        result = _reversed_dims(_reversed_dims(a).reshape(sizes[::-1]))
    else:
        result = a.reshape(sizes)
    if copy is False and not np.may_share_memory(result.array, a.array) and a.array.size:
        raise ValueError("Unable to avoid creating a copy while reshaping.")
    return result.clone() if copy and result is not a else (a.clone() if copy else result)


@numpys("ravel", kind=VIEW)
def ravel(a: Any, order: str = "C") -> Any:
    a = as_tensor(joined(a))
    if order == "K" and not a.array.flags.c_contiguous:
        steps = a.array.strides
        return a.permute(tuple(sorted(range(a.ndim), key=lambda dim: -steps[dim]))).reshape(-1)
    return (_reversed_dims(a) if _order(a, order, "np.ravel") == "F" else a).reshape(-1)


@numpys("transpose", "permute_dims", kind=VIEW)
def transpose(a: Any, axes: Any = None) -> Any:
    a = as_tensor(joined(a))
    if axes is None:
        return _reversed_dims(a)
    dims = _sizes(axes)
    if len(dims) != a.ndim:
        raise ValueError("axes don't match array")
    return a.permute(normalize_axis_tuple(dims, a.ndim))


@numpys("matrix_transpose", "linalg.matrix_transpose", kind=VIEW)
def matrix_transpose(x: Any, /) -> Any:
    x = as_tensor(x)
    if x.ndim < 2:
        raise ValueError(f"Input array must be at least 2-dimensional, but it is {x.ndim}")
    return x.transpose(-2, -1)


@numpys("moveaxis", kind=VIEW)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    a = as_tensor(joined(a))
    origin = normalize_axis_tuple(source, a.ndim, "source")
    goal = normalize_axis_tuple(destination, a.ndim, "destination")
    if len(origin) != len(goal):
        raise ValueError(
            "`source` and `destination` arguments must have the same number of elements"
        )
    return a.movedim(origin, goal)


@numpys("rollaxis", kind=VIEW)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    a = as_tensor(a)
    (dim,) = normalize_axis_tuple(axis, a.ndim)
    stop = start + a.ndim if start < 0 else start
    if not 0 <= stop <= a.ndim:
        raise np.exceptions.AxisError(
            f"'start' arg requires {-a.ndim} <= start < {a.ndim + 1}, but {start} was passed in"
        )
    return a.movedim(dim, stop - 1 if dim < stop else stop)


@numpys("swapaxes", kind=VIEW)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    a = as_tensor(joined(a))
    return a.transpose(*(normalize_axis_index(one, a.ndim) for one in (axis1, axis2)))


@numpys("squeeze", kind=VIEW)
def squeeze(a: Any, axis: Any = None) -> Any:
    a = as_tensor(joined(a))
    if axis is None:
        return a.squeeze()
    dims = normalize_axis_tuple(axis, a.ndim)
    if any(a.shape[dim] != 1 for dim in dims):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return a.squeeze(dims) if dims else a.view(a.shape)


@numpys("expand_dims", kind=VIEW)
def expand_dims(a: Any, axis: Any) -> Any:
    a = as_tensor(joined(a))
    several = axis if isinstance(axis, (tuple, list)) else (axis,)
    dims = normalize_axis_tuple(several, a.ndim + len(several))
    for dim in sorted(dims):
        a = a.unsqueeze(dim)
    return a


@numpys("broadcast_to", kind=VIEW)
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    array, sizes = as_tensor(joined(array)), _sizes(shape)
    if array.array.shape != sizes:
        np.broadcast_to(array.array, sizes)  # which says what does not fit
    return array.expand(sizes)


@numpys("broadcast_arrays", kind=VIEW)
def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    tensors = [as_tensor(one) for one in args]
    sizes = np.broadcast_shapes(*(one.array.shape for one in tensors))
    return tuple(one.expand(sizes) for one in tensors)


def _all_of(function: Any, arys: tuple[Any, ...]) -> Any:
    results = tuple(function(as_tensor(joined(one))) for one in arys)
    return results[0] if len(results) == 1 else results


@numpys("atleast_1d", kind=VIEW)
def atleast_1d(*arys: Any) -> Any:
    return _all_of(lambda a: a if a.ndim else a.reshape(1), arys)


@numpys("atleast_2d", kind=VIEW)
def atleast_2d(*arys: Any) -> Any:
    return _all_of(lambda a: a if a.ndim > 1 else a.reshape(1, -1), arys)


@numpys("atleast_3d", kind=VIEW)
def atleast_3d(*arys: Any) -> Any:
    def grown(a: Tensor) -> Tensor:
        if a.ndim > 2:
            return a
        return a.unsqueeze(-1) if a.ndim == 2 else a.reshape(1, -1, 1)

    return _all_of(grown, arys)


# -- flipped, rolled: copies -----------------------------------------------------------------------


@numpys("flip", kind=VIEW)
def flip(m: Any, axis: Any = None) -> Any:
    m = as_tensor(joined(m))
    dims = range(m.ndim) if axis is None else normalize_axis_tuple(axis, m.ndim)
    return m.flip(tuple(dims)) if dims else m.view(m.shape)


@numpys("fliplr", kind=VIEW)
def fliplr(m: Any) -> Any:
    m = as_tensor(joined(m))
    if m.ndim < 2:
        raise ValueError("Input must be >= 2-d.")
    return m.flip(1)


@numpys("flipud", kind=VIEW)
def flipud(m: Any) -> Any:
    m = as_tensor(joined(m))
    if m.ndim < 1:
        raise ValueError("Input must be >= 1-d.")
    return m.flip(0)


@numpys("rot90", kind=VIEW)
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    m = as_tensor(joined(m))
    return m.rot90(k, _two_axes(axes, m.ndim))


def _two_axes(axes: Any, ndim: int) -> tuple[int, ...]:
    if len(axes) != 2:
        raise ValueError("len(axes) must be 2.")
    dims = tuple(normalize_axis_index(one, ndim) for one in axes)
    if dims[0] == dims[1]:
        raise ValueError("Axes must be different.")
    return dims


@numpys("roll")
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    return arranged(lambda a: np.roll(a, raws(shift), axis), as_tensor(joined(a)))


# -- parts -----------------------------------------------------------------------------------------


@numpys("array_split", kind=VIEW)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    ary = as_tensor(joined(ary))
    dim = normalize_axis_index(axis, ary.ndim)
    size = ary.shape[dim]
    # NumPy says where it cuts, on numbers.
    pieces = np.array_split(np.arange(size), raws(indices_or_sections))
    bounds = [(int(one[0]), len(one)) if len(one) else (0, 0) for one in pieces]
    return [ary.narrow(dim, start, length) for start, length in bounds]


@numpys("split", kind=VIEW)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    sections = raws(indices_or_sections)
    if np.ndim(sections) == 0:
        ary = as_tensor(joined(ary))
        if ary.shape[normalize_axis_index(axis, ary.ndim)] % sections:
            raise ValueError("array split does not result in an equal division")
    return array_split(ary, sections, axis)


def _split_along(ary: Any, sections: Any, least: int, name: str) -> Any:
    ary = as_tensor(joined(ary))
    if ary.ndim < least:
        raise ValueError(f"{name} only works on arrays of {least} or more dimensions")
    return split(ary, sections, least - 1)


@numpys("hsplit", kind=VIEW)
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    ary = as_tensor(joined(ary))
    if ary.ndim == 1:
        return split(ary, indices_or_sections, 0)
    if ary.ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(ary, indices_or_sections, 1)


@numpys("vsplit", kind=VIEW)
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    ary = as_tensor(joined(ary))
    if ary.ndim < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(ary, indices_or_sections, 0)


@numpys("dsplit", kind=VIEW)
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    return _split_along(ary, indices_or_sections, 3, "dsplit")


@numpys("unstack", kind=VIEW)
def unstack(x: Any, /, *, axis: int = 0) -> Any:
    x = as_tensor(x)
    if x.ndim == 0:
        raise ValueError("Input array must be at least 1-d.")
    return x.unbind(normalize_axis_index(axis, x.ndim))


@numpys("diagonal", kind=VIEW)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    a = as_tensor(joined(a))
    if a.ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    first, second = (normalize_axis_index(one, a.ndim) for one in (axis1, axis2))
    if first == second:
        raise ValueError("axis1 and axis2 cannot be the same")
    return a.diagonal(offset, first, second)


@numpys("linalg.diagonal", kind=VIEW)
def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return diagonal(x, offset, -2, -1)


@numpys("real", kind=VIEW)
def real(val: Any) -> Any:
    return as_tensor(val)


@numpys("real_if_close", kind=VIEW)
def real_if_close(a: Any, tol: float = 100) -> Any:
    return as_tensor(a)


@numpys("meshgrid", kind=VIEW)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    count = len(xi)
    grids = []
    for place, one in enumerate(as_tensor(joined(one)) for one in xi):
        dim = 1 - place if indexing == "xy" and place < 2 and count > 1 else place
        sizes = [1] * count
        sizes[dim] = -1
        grids.append(one.reshape(sizes))
    if not sparse and grids:
        grids = list(broadcast_arrays(*grids))
    return tuple(one.clone() for one in grids) if copy else tuple(grids)


@numpys("ix_", kind=VIEW)
def ix_(*args: Any) -> Any:
    parts = []
    for place, one in enumerate(as_tensor(joined(one)) for one in args):
        if one.ndim != 1:
            raise ValueError("Cross index must be 1 dimensional")
        if one.array.dtype == bool:
            one = wrap(np.flatnonzero(one.array))
        sizes = [1] * len(args)
        sizes[place] = -1
        parts.append(one.reshape(sizes))
    return tuple(parts)


@numpys("lib.stride_tricks.sliding_window_view")
def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    return arranged(
        lambda x: np.lib.stride_tricks.sliding_window_view(x, window_shape, axis), as_tensor(x)
    )
