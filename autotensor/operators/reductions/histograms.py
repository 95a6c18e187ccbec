"""How often values occur: bincount, histograms, unique.

None of it has a derivative but by the weights of ``bincount``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autotensor.creation import linspace
from autotensor.engine.operator import function_only, operator
from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.arguments import int_of, need_float, need_tensor, one_dim
from autotensor.operators.structure.indexing import getitem

__all__ = ["bincount", "histc", "histogram", "histogramdd", "unique", "unique_consecutive"]


def _no_derivative(g: Any, name: str) -> Any:
    raise NotImplementedError(f"{name}: there is no derivative; detach() the input")


@operator(input=_no_derivative)
def _underivable(input: Any, value: Any, name: Any) -> Any:
    """``value``, computed from ``input`` in a way that nothing can be differentiated through."""
    return value


# -- counts ----------------------------------------------------------------------------------------


@operator(weights=lambda g, input: getitem(g, input))
def _bincount(input: Any, weights: Any, minlength: Any) -> Any:
    """Value and derivative of ``bincount``."""
    counted = np.bincount(input, weights, minlength)
    # PyTorch counts in float64, too, but for weights of float32.
    single = weights is not None and weights.dtype == np.float32
    return counted.astype(np.float32) if single and input.size else counted


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """``y_k``: how often ``k`` occurs in ``input`` (N), integers from 0; or ``Σ weights`` there.

    At least ``minlength`` counts, int64, or floating point with ``weights``.  d weights = g[input].

    ``(N) → (K)`` with K the largest element + 1, or ``minlength`` if that is more.

    Raises:
        RuntimeError: ``input`` is no vector of integers from 0 on; ``weights`` of another shape.

    Example:

        >>> at.bincount(at.tensor([2, 0, 2, 3]), minlength=6)
        tensor([1, 0, 2, 1, 0, 0])
        >>> weights = at.tensor([1.0, 10.0, 100.0], requires_grad=True)
        >>> at.bincount(at.tensor([1, 0, 1]), weights)[1].backward()
        >>> weights.grad
        tensor([1., 0., 1.])
    """
    need_tensor(input, "bincount")
    if input.dtype.kind not in "iu":
        raise RuntimeError(f"bincount: expected integers, got dtype {input.dtype}")
    if input.ndim != 1 or (input.numel() and input.array.min() < 0):
        raise RuntimeError(
            f"bincount: expected a vector of integers from 0 on, got shape {input.shape} and "
            f"smallest value {input.array.min() if input.numel() else None}"
        )
    minlength = int_of(minlength, "bincount", "minlength", 0)
    if weights is None or not input.numel():
        return _bincount(input, None, minlength)
    need_tensor(weights, "bincount", "weights")
    if weights.shape != input.shape:
        raise RuntimeError(
            f"bincount: weights of shape {weights.shape} must have the shape of input, "
            f"{input.shape}"
        )
    return _bincount(input, weights, minlength)


# -- histograms ------------------------------------------------------------------------------------


class Histogram(NamedTuple):
    """What ``histogram`` and ``histogramdd`` return."""

    hist: Tensor
    bin_edges: Tensor | tuple[Tensor, ...]


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """How many elements lie in each of ``bins`` equal intervals from ``min`` to ``max``, a vector.

    Without these, from the smallest to the largest.  The last interval has its upper end; what
    lies outside is not counted.  In the dtype of ``input``, without a derivative.

    ``(*) → (bins)``.

    Raises:
        RuntimeError: ``max`` less than ``min``, or a range that is not finite.

    Example:

        >>> at.histc(at.tensor([1.0, 2.0, 2.5, 4.0, 9.0]), bins=4, min=0, max=4)
        tensor([0., 1., 2., 1.])
    """
    values = need_float(input, None, "histc").array.reshape(-1)
    bins = int_of(bins, "histc", "bins", 1)
    if min > max:
        raise RuntimeError(f"histc: max must not be less than min, got {min} and {max}")
    low, high = (values.min(), values.max()) if min == max and values.size else (min, max)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"histc: the range from {low} to {high} is not finite")
    values = values[(values >= low) & (values <= high)]
    counts = np.bincount(_places(values, low, high, bins), minlength=bins)
    return wrap(counts.astype(values.dtype))


def _places(values: np.ndarray, low: float, high: float, bins: int) -> np.ndarray:
    """In which of ``bins`` equal intervals from ``low`` to ``high`` each of ``values`` lies."""
    if low == high:  # the range is from low - 1 to low + 1, which may be the same number
        return np.full(values.shape, bins // 2)
    first, end, count = np.asarray([low, high, bins], values.dtype)
    if (float(high) - float(low)) * bins > float(np.finfo(values.dtype).max):
        first, end, values = first / 4 / count, end / 4 / count, values / 4 / count
    places = ((values - first) * count / (end - first)).astype(np.int64)
    return np.minimum(places, bins - 1)


def histogram(
    input: Any, bins: Any = 100, *, range: Sequence[float] | None = None, weight: Any = None,
    density: bool = False,
) -> Histogram:  # fmt: skip
    """``(hist, bin_edges)``: how many elements lie in each of the intervals between the edges.

    Args:
        bins: how many intervals, or a vector of their edges.
        range: ``(lowest, highest)`` edge; those of ``input`` by default.
        weight: how much each element counts, in the shape of ``input``.
        density: divides by the sum and the widths, so that the integral is 1.

    Raises:
        TypeError: edges and a ``range``.
        RuntimeError: ``bins``, ``range`` or ``weight`` does not fit ``input``.

    Example:

        >>> heights = at.tensor([1.0, 2.0, 2.5, 4.0])
        >>> hist, bin_edges = at.histogram(heights, bins=2, range=(0.0, 4.0))
        >>> hist, bin_edges
        (tensor([1., 3.]), tensor([0., 2., 4.]))
        >>> at.histogram(at.tensor([1.0, 2.0, 2.5]), at.tensor([0.0, 2.0, 3.0]), density=True).hist
        tensor([0.1667, 0.6667])
    """
    need_tensor(input, "histogram")
    if range is not None and isinstance(bins, Tensor):
        raise TypeError("histogram: bins is a Tensor of edges, so there can be no range")
    flat = input.reshape((-1, 1))
    weight = _flat_weight(weight, input.shape, "that of input", "histogram")
    counts, edges = _histogram(flat, [bins], range, weight, density, "histogram")
    return Histogram(counts, edges[0])


@function_only
def histogramdd(
    input: Any, bins: Any, *, range: Sequence[float] | None = None, weight: Any = None,
    density: bool = False,
) -> Histogram:  # fmt: skip
    """``histogram`` of points ``(*, D)``: ``hist`` has D dimensions, ``bin_edges`` is a tuple of D.

    ``bins`` is a number, or D numbers or vectors of edges; ``range`` has 2 D numbers; ``weight``
    is of shape ``(*)``.

    Raises:
        RuntimeError: ``bins``, ``range`` or ``weight`` does not fit ``input``.

    Example:

        >>> points = at.tensor([[0.1, 0.1], [0.9, 0.2], [0.8, 0.3], [0.7, 0.9]])
        >>> hist, bin_edges = at.histogramdd(points, bins=[2, 2], range=[0.0, 1.0, 0.0, 1.0])
        >>> hist
        tensor([[1., 0.],
                [2., 1.]])
        >>> bin_edges[0]
        tensor([0.0000, 0.5000, 1.0000])
    """
    need_tensor(input, "histogramdd")
    if input.ndim < 2 or not input.shape[-1]:
        raise RuntimeError(f"histogramdd: expected points (*, D), D > 0, got shape {input.shape}")
    dims = input.shape[-1]
    each = [bins] * dims if isinstance(bins, int) else list(bins)
    wanted = "the shape of input without its last dimension"
    weight = _flat_weight(weight, input.shape[:-1], wanted, "histogramdd")
    points = input.reshape((math.prod(input.shape[:-1]), dims))
    counts, edges = _histogram(points, each, range, weight, density, "histogramdd")
    return Histogram(counts, tuple(edges))


def _flat_weight(weight: Any, shape: tuple[int, ...], wanted: str, name: str) -> Any:
    """``weight``, None or of ``shape``, as a vector."""
    if weight is None:
        return None
    need_tensor(weight, name, "weight")
    if weight.shape != shape:
        raise RuntimeError(f"{name}: weight of shape {weight.shape} must have {wanted}, {shape}")
    return weight.reshape(-1)


def _histogram(
    input: Any, bins: list[Any], limits: Any, weight: Any, density: bool, name: str
) -> tuple[Any, list[Any]]:
    """Counts and edges of points ``(N, D)``."""
    points = need_float(input, None, name).array
    if points.dtype == np.float16:
        raise RuntimeError(f"{name}: not defined for dtype float16; convert with .float()")
    if weight is not None and weight.dtype != points.dtype:
        raise RuntimeError(
            f"{name}: weight must have the dtype of input, {points.dtype}, got {weight.dtype}"
        )
    if len(bins) != points.shape[1] or (limits is not None and len(limits) != 2 * len(bins)):
        raise RuntimeError(
            f"{name}: bins and range must name {points.shape[1]} dimensions, got {bins!r} and "
            f"{limits!r}"
        )
    edges = [
        _edges(points[:, at], one, limits and limits[2 * at : 2 * at + 2], name)
        for at, one in enumerate(bins)
    ]
    sizes = tuple(len(one) - 1 for one in edges)
    inside = np.ones(len(points), np.bool_)
    places = []
    for values, borders in zip(points.T, edges, strict=True):
        inside &= (values >= borders[0]) & (values <= borders[-1])
        place = np.searchsorted(borders, values, "right") - 1
        places.append(np.minimum(place, len(borders) - 2))  # the last one has its upper end
    flat = np.ravel_multi_index([one[inside] for one in places], sizes)
    weights = None if weight is None else weight.array[inside]
    counts = np.bincount(flat, weights, math.prod(sizes)).reshape(sizes).astype(points.dtype)
    if density:
        widths = np.ix_(*(np.diff(one) for one in edges))
        counts = counts / counts.sum() / math.prod(widths)
    hist = _underivable(input, counts.astype(points.dtype, copy=False), name)
    return hist, [wrap(one) for one in edges]


def _edges(values: np.ndarray, bins: Any, limits: Any, name: str) -> np.ndarray:
    """The edges of the intervals of one dimension."""
    if isinstance(bins, Tensor):
        if bins.ndim != 1 or bins.numel() < 2 or bins.dtype != values.dtype:
            raise RuntimeError(
                f"{name}: edges must be a vector of at least 2 numbers of dtype {values.dtype}, "
                f"got {bins.dtype} of shape {bins.shape}"
            )
        return bins.array
    if not isinstance(bins, (int, np.integer)) or bins < 1:
        raise RuntimeError(f"{name}: bins must be a number from 1 or a Tensor, got {bins!r}")
    if limits is None:
        limits = (values.min(), values.max()) if values.size else (0.0, 1.0)
    low, high = limits
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        raise RuntimeError(f"{name}: the range must be finite and rise, got {low} to {high}")
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges: np.ndarray = linspace(low, high, bins + 1, dtype=values.dtype).array
    return edges


# -- what is different -----------------------------------------------------------------------------


def _with_extras(input: Any, values: Any, name: str, *extras: tuple[bool, np.ndarray]) -> Any:
    """``values`` found in ``input``, alone or in a tuple with what else is wanted, int64."""
    out = _underivable(input, values, name)
    wanted = tuple(wrap(one.astype(np.int64, copy=False)) for wish, one in extras if wish)
    return (out, *wanted) if wanted else out


def _lined_up(input: Any, dim: int, name: str) -> np.ndarray:
    """The positions along ``dim`` as rows of a matrix."""
    at = one_dim(dim, input.ndim, name)
    if input.ndim == 0:
        raise IndexError(f"{name}: dim {dim} was given, but the Tensor has no dimensions")
    array = np.moveaxis(input.array, at, 0)
    if 0 in array.shape[1:]:
        raise RuntimeError(
            f"{name}: input of shape {input.shape} has dimensions of size 0 besides dim {dim}"
        )
    return array.reshape((len(array), -1 if array.size else 1))


def unique(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,
    dim: int | None = None,
) -> Any:  # fmt: skip
    """The different elements of ``input``, in order (always); each NaN is one.

    ``(*) → (U)``; along ``dim`` ``(…, n, …) → (…, U, …)``.

    Args:
        return_inverse: gives also where each element of ``input`` is among them, int64.
        return_counts: gives also how often each occurs, int64.
        dim: takes the positions along it for the elements, compared from their first number on.

    Raises:
        IndexError: no such ``dim``.
        TypeError: ``sorted`` or another switch is no bool: ``unique(x, 0)`` may have meant ``dim``.

    Example:

        >>> x = at.tensor([3, 1, 3, 2, 1])
        >>> values, inverse, counts = at.unique(x, return_inverse=True, return_counts=True)
        >>> values, counts
        (tensor([1, 2, 3]), tensor([2, 1, 2]))
        >>> values[inverse]
        tensor([3, 1, 3, 2, 1])
        >>> at.unique(at.tensor([[1, 2], [3, 4], [1, 2]]), dim=0)
        tensor([[1, 2],
                [3, 4]])
    """
    need_tensor(input, "unique")
    _need_bools("unique", sorted=sorted, return_inverse=return_inverse, return_counts=return_counts)
    if dim is None:
        values, inverse, counts = np.unique(
            input.array, return_inverse=True, return_counts=True, equal_nan=False
        )
        inverse = inverse.reshape(input.shape)
    else:
        rows = _lined_up(input, dim, "unique")
        order = np.lexsort(rows.T[::-1])
        runs, counts, first = _runs(rows[order])
        inverse = np.empty_like(runs)
        inverse[order] = runs
        values = np.take(input.array, order[first], one_dim(dim, input.ndim, "unique"))
    extras = (return_inverse, inverse), (return_counts, counts)
    return _with_extras(input, values, "unique", *extras)


def _need_bools(name: str, **switches: Any) -> None:
    for switch, value in switches.items():
        if not isinstance(value, bool):
            raise TypeError(f"{name}: {switch} must be a bool, got {value!r}; name other arguments")


def _runs(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of runs of equal ``rows``: which each row is in, how long each is, and where it begins."""
    begins = np.ones(len(rows), np.bool_)
    begins[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    first = np.flatnonzero(begins)
    return np.cumsum(begins) - 1, np.diff(np.append(first, len(rows))), first


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """``input`` without the elements that are equal to the one before; as ``unique`` otherwise.

    ``(*) → (U)``; along ``dim`` ``(…, n, …) → (…, U, …)``.

    Raises:
        IndexError: no such ``dim``.
        TypeError: a switch is no bool: ``unique_consecutive(x, 0)`` may have meant ``dim``.

    Example:

        >>> runs, lengths = at.unique_consecutive(at.tensor([1, 1, 2, 1, 1, 1]), return_counts=True)
        >>> runs, lengths
        (tensor([1, 2, 1]), tensor([2, 1, 3]))
    """
    need_tensor(input, "unique_consecutive")
    _need_bools("unique_consecutive", return_inverse=return_inverse, return_counts=return_counts)
    if dim is None:
        runs, counts, first = _runs(input.array.reshape((-1, 1)))
        values, inverse = input.array.reshape(-1)[first], runs.reshape(input.shape)
    else:
        inverse, counts, first = _runs(_lined_up(input, dim, "unique_consecutive"))
        values = np.take(input.array, first, one_dim(dim, input.ndim, "unique_consecutive"))
    extras = (return_inverse, inverse), (return_counts, counts)
    return _with_extras(input, values, "unique_consecutive", *extras)
