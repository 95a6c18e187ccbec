"""Order statistics: median, mode and quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import operator
from autotensor.engine.tensor import raw, wrap
from autotensor.operators.arguments import need_dim_for, need_one_of, need_tensor, refuse_bool
from autotensor.operators.faces import face
from autotensor.operators.reductions.reductions import nonempty_dim, shared_by_equals
from autotensor.operators.reductions.scans import ValuesAndIndices, chosen
from autotensor.operators.reductions.sorting import argsort_along, sort
from autotensor.operators.structure.indexing import gather
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import flatten, movedim, squeeze

__all__ = ["median", "mode", "nanmedian", "nanquantile", "quantile"]


# -- median and mode -------------------------------------------------------------------------------


@operator(input=shared_by_equals)
def _median_of_all(input: Any, skip_nan: Any) -> Any:
    """``median`` without ``dim``; NaN if there is one, or with ``skip_nan`` if there is no other.

    d input = g / n where input = y, else 0; n is how many there are.
    """
    values = np.sort(input, axis=None)  # NaN last
    count = values.size - np.count_nonzero(np.isnan(values))
    if (not skip_nan and count < values.size) or not count:
        return np.asarray(np.nan).astype(input.dtype)
    return values[(count - 1) // 2]


def _median(input: Any, dim: Any, keepdim: bool, name: str, skip_nan: bool) -> Any:
    refuse_bool(input, name)
    if dim is None:
        need_dim_for(keepdim, name)
        return _median_of_all(input, skip_nan)
    at = nonempty_dim(input, dim, name, keepdim)
    array = np.atleast_1d(input.array)
    order = argsort_along(array, at, False)
    isnan = np.isnan(array)
    counts = np.sum(~isnan, axis=at, keepdims=True)
    # The first NaN lies behind all that is none.
    none = counts == 0 if skip_nan else isnan.any(axis=at, keepdims=True)
    places = np.where(none, counts, (counts - 1) // 2)
    return chosen(input, at, np.take_along_axis(order, places, at), keepdim)


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle one in order (the lower of two); with ``dim``, ``(values, indices)``.

    NaN if there is one.  g goes to the element at ``indices``; without ``dim`` it is divided
    equally among those equal to the median.

    Raises:
        IndexError: no such ``dim``, or an empty one.

    Example:

        >>> at.median(at.tensor([1.0, 3.0, 100.0, 2.0]))  # not the mean of 2 and 3
        tensor(2.)
        >>> x = at.tensor([[5.0, 1.0, 3.0], [4.0, 6.0, 9.0]], requires_grad=True)
        >>> at.median(x, dim=1).values.sum().backward()
        >>> x.grad
        tensor([[0., 0., 1.],
                [0., 1., 0.]])
    """
    return _median(input, dim, keepdim, "median", False)


def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """``median`` of what is not NaN.

    Raises:
        IndexError: no such ``dim``, or an empty one.

    Example:

        >>> x = at.tensor([1.0, at.nan, 3.0, 2.0])
        >>> at.nanmedian(x), at.median(x)
        (tensor(2.), tensor(nan))
    """
    return _median(input, dim, keepdim, "nanmedian", True)


def mode(input: Any, dim: int = -1, keepdim: bool = False) -> ValuesAndIndices:
    """The most frequent value along ``dim`` (the smallest of several), and where it is last.

    Each NaN is a value of its own, and the largest.  d input = scatter_add(zeros(shape(input)),
    dim, indices, g).

    ``(…, n, …) → (…, …)``, both, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``, or an empty one.

    Example:

        >>> at.mode(at.tensor([[1, 2, 2, 3], [5, 4, 4, 5]]), dim=1)
        ValuesAndIndices(values=tensor([2, 4]), indices=tensor([2, 2]))
    """
    at = nonempty_dim(input, dim, "mode", keepdim)
    array = np.moveaxis(np.atleast_1d(input.array), at, -1)
    order = argsort_along(array, -1, False)
    lined = np.take_along_axis(array, order, -1)
    places = np.arange(lined.shape[-1])
    begins = np.ones(lined.shape, np.bool_)
    begins[..., 1:] = lined[..., 1:] != lined[..., :-1]
    # How often the value was there so far is largest at the end of the longest run.
    times = places - np.maximum.accumulate(np.where(begins, places, 0), axis=-1)
    last = np.argmax(times, axis=-1, keepdims=True)
    return chosen(input, at, np.moveaxis(np.take_along_axis(order, last, -1), -1, at), keepdim)


# -- quantiles -------------------------------------------------------------------------------------

_ROUNDINGS: dict[str, Any] = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}


def _checked_quantile(input: Any, q: Any, interpolation: str, name: str) -> Any:
    """``q`` as a Tensor, when all is well."""
    need_tensor(input, name)
    if input.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(f"{name}: input must be float32 or float64, got {input.dtype}")
    if not input.array.size:
        raise RuntimeError(f"{name}: input is empty, of shape {input.shape}")
    if isinstance(q, (int, float, np.generic)):
        q = wrap(np.asarray(q, input.dtype))
    need_tensor(q, name, "q")
    if q.ndim > 1 or q.dtype != input.dtype:
        raise RuntimeError(
            f"{name}: q must be a number, or a 0-d or 1-d Tensor of dtype {input.dtype}, got "
            f"{q.dtype} of shape {q.shape}"
        )
    if not np.all((q.array >= 0) & (q.array <= 1)):
        raise RuntimeError(f"{name}: q must be in the range [0, 1], got {q.tolist()}")
    known = ("linear", "lower", "higher", "midpoint", "nearest")
    need_one_of(interpolation, known, name, "interpolation")
    return q


def _quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *,
    interpolation: str = "linear", name: str = "", skip_nan: bool = False,
) -> Any:  # fmt: skip
    q = _checked_quantile(input, q, interpolation, name)
    at = None if dim is None else nonempty_dim(input, dim, name, keepdim)
    lined = flatten(input) if at is None or not input.ndim else movedim(input, at, -1)
    ordered = sort(lined).values
    isnan = np.isnan(ordered.array)
    size = ordered.shape[-1]
    if skip_nan:
        last = np.maximum(size - 1 - np.sum(isnan, axis=-1, keepdims=True), 0)
        ranks = q.reshape(-1) * wrap(last.astype(input.dtype))
    else:
        # A NaN is sorted last; there is the rank that gives it.
        ranks = where(isnan[..., -1:], float(size - 1), q.reshape(-1) * float(size - 1))
    out = _at_ranks(ordered, ranks, interpolation)
    # (…, Q) to (Q, …)
    out = movedim(out, -1, 0)
    if keepdim:
        kept = tuple(1 if at in (None, axis) else n for axis, n in enumerate(input.shape))
        out = out.reshape((*out.shape[:1], *kept))
    return squeeze(out, 0) if q.ndim == 0 else out


def _at_ranks(ordered: Any, ranks: Any, interpolation: str) -> Any:
    """What stands at ``ranks``, numbers with a fraction, in the last dimension of ``ordered``."""

    def read(places: np.ndarray) -> Any:
        return gather(ordered, -1, wrap(places.astype(np.int64)))

    if interpolation in _ROUNDINGS:
        return read(_ROUNDINGS[interpolation](ranks.array))
    below = np.floor(ranks.array)
    weight = ranks - below if interpolation == "linear" else 0.5
    low, high = read(below), read(np.ceil(ranks.array))
    step = high - low
    # From the nearer end, so that a weight of 1 gives just the upper one.
    return where(np.asarray(raw(weight)) < 0.5, low + weight * step, high - (1 - weight) * step)


@face(_quantile)
def quantile() -> Any:
    """What stands at rank ``q · (n - 1)`` of the ``n`` sorted elements along ``dim`` (None: of
    all); NaN if there is one.

    ``(*) → ()``; along ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Args:
        q: from 0 to 1; of a vector (Q), the result has a first dimension of size Q.
        interpolation: between two elements, ``'linear'``, or their ``'midpoint'``, or the
            ``'lower'``, ``'higher'`` or ``'nearest'`` one (of equally near ones the even).

    g is divided between the two elements as they were weighted.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: ``q`` outside [0, 1]; an empty ``input``, or one that is neither float32 nor
            float64.

    Example:

        >>> x = at.tensor([0.0, 10.0, 20.0, 30.0], requires_grad=True)
        >>> at.quantile(x, at.tensor([0.0, 0.5, 0.75])).tolist()
        [0.0, 15.0, 22.5]
        >>> at.quantile(x, 0.75).backward()  # a quarter of the way from 20 to 30
        >>> x.grad
        tensor([0.0000, 0.0000, 0.7500, 0.2500])
        >>> at.quantile(x, 0.75, interpolation="lower").item()
        20.0
    """


@face(_quantile, skip_nan=True)
def nanquantile() -> Any:
    """``quantile`` of what is not NaN; NaN where nothing is.

    ``(*) → ()``; along ``dim`` ``(…, n, …) → (…, …)``, or ``(…, 1, …)`` with ``keepdim``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: ``q`` outside [0, 1]; an empty ``input``, or one that is neither float32 nor
            float64.

    Example:

        >>> at.nanquantile(at.tensor([[1.0, at.nan, 3.0], [at.nan, at.nan, 8.0]]), 0.5, dim=1)
        tensor([2., 8.])
    """
