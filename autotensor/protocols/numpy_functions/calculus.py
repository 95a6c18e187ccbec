"""NumPy's differences, integrals, convolutions and polynomials on Tensors that require grad."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.linalg.products import matmul
from autotensor.operators.linalg.products import vander as powers
from autotensor.operators.linalg.systems import pinv
from autotensor.operators.reductions.differences import gradient as slopes
from autotensor.operators.reductions.histograms import bincount as counted
from autotensor.operators.structure.joining import cat, stack
from autotensor.operators.structure.selection import where as where_
from autotensor.protocols.arrays import as_result, as_tensor, converted, raws

from autotensor.protocols.numpy_functions.declaring import (  # isort: skip
    ABSENT, axes_of, common, given, joined, numpys, refuse,
)  # fmt: skip

__all__: list[str] = []


def _neighbours(a: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """All but the last and all but the first along ``dim``."""
    size = a.shape[dim]
    rest = max(size - 1, 0)
    return a.narrow(dim, 0, rest), a.narrow(dim, size - rest, rest)


def _end(value: Any, a: Tensor, dim: int) -> Tensor:
    """What ``diff`` joins on: with dimensions, or a number for each place."""
    value = as_tensor(joined(value))
    if value.ndim:
        return value
    return value.expand([1 if place == dim else size for place, size in enumerate(a.shape)])


@numpys("diff")
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = ABSENT, append: Any = ABSENT) -> Any:
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    a = as_tensor(joined(a))
    if n == 0:
        return a
    if a.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    dim = normalize_axis_index(axis, a.ndim)
    parts = [_end(prepend, a, dim)] if given(prepend) else []
    parts += [a, *([_end(append, a, dim)] if given(append) else [])]
    if len(parts) > 1:
        a = cat(list(common("np.diff", *parts)), dim)
    for _ in range(n):
        before, after = _neighbours(a, dim)
        a = after - before
    return a


@numpys("ediff1d")
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    ary = as_tensor(joined(ary)).reshape(-1)
    parts = [diff(ary)]
    for value, place in ((to_begin, 0), (to_end, 2)):
        if value is not None:
            end = as_tensor(joined(value)).reshape(-1)
            if not np.can_cast(end.array.dtype, ary.array.dtype, "same_kind"):
                raise TypeError("dtype of to_end and to_begin must be compatible with input `ary`")
            parts.insert(place, converted(end, ary.array.dtype, "np.ediff1d"))
    return cat(parts)


@numpys("gradient")
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = as_tensor(joined(f))
    dims = axes_of(axis, f.ndim)
    steps = list(varargs) or [1.0]
    if len(steps) == 1 and np.ndim(raws(steps[0])) == 0:
        steps *= len(dims)
    if len(steps) != len(dims):
        raise TypeError("invalid number of arguments")
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    if f.array.dtype.kind != "f":
        f = converted(f, np.float64, "np.gradient")
    found = []
    for dim, step in zip(dims, steps, strict=True):
        samples = f
        if not isinstance(step, (int, float)):
            samples, step = common("np.gradient", f, step)
        if isinstance(step, Tensor) and step.ndim and tuple(step.shape) != (f.shape[dim],):
            raise ValueError(
                "when 1d, distances must match the length of the corresponding dimension"
            )
        if f.shape[dim] < edge_order + 1:
            raise ValueError(
                "Shape of array too small to calculate a numerical gradient, at least "
                "(edge_order + 1) elements are required."
            )
        if isinstance(step, Tensor) and step.ndim:
            slope = slopes(samples, spacing=[step], dim=dim, edge_order=edge_order)[0]
        else:
            slope = _even_slope(samples, dim, step, edge_order)
        found.append(converted(slope, f.array.dtype, "np.gradient"))
    return found[0] if len(found) == 1 else tuple(found)


def _even_slope(f: Tensor, dim: int, step: Any, edge_order: int) -> Tensor:
    """Differences over two steps, and at the ends over one, or by the parabola of three."""
    rows = [
        f.narrow(dim, place, 1) for place in (*range(edge_order + 1), *range(-edge_order - 1, 0))
    ]
    first, last = rows[: edge_order + 1], rows[:edge_order:-1]
    ends = [near[1] - near[0] for near in (first, last)]
    if edge_order == 2:
        ends = [(4 * near[1] - 3 * near[0] - near[2]) / 2 for near in (first, last)]
    size = f.shape[dim]
    inside = (f.narrow(dim, 2, size - 2) - f.narrow(dim, 0, size - 2)) / (2.0 * step)
    return cat([ends[0] / step, inside, -ends[1] / step], dim)


@numpys("trapezoid", "trapz")
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = as_tensor(joined(y))
    dim = normalize_axis_index(axis, y.ndim)
    if x is None:
        y, width = common("np.trapezoid", y, dx, weak=True)
    else:
        y, x = common("np.trapezoid", y, x)
        points = (
            x.reshape([-1 if place == dim else 1 for place in range(y.ndim)])
            if (x.ndim == 1)
            else x
        )
        before, after = _neighbours(
            points, points.ndim - 1 if x.ndim > 1 and x.ndim != y.ndim else dim
        )
        width = after - before
    before, after = _neighbours(y, dim)
    return (width * (before + after) / 2.0).sum(dim)


@numpys("interp")
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    x, xp, fp = (converted(as_tensor(joined(one)), np.float64, "np.interp") for one in (x, xp, fp))
    if period is not None:
        period = abs(period)
        x, xp = x % period, xp % period
        order = np.argsort(xp.array)
        left = right = None
        xp, fp = xp[order], fp[order]
        xp, fp = cat([xp[-1:] - period, xp, xp[:1] + period]), cat([fp[-1:], fp, fp[:1]])
    if xp.ndim != 1 or fp.ndim != 1 or xp.shape != fp.shape:
        raise ValueError("fp and xp are not of the same length.")
    if not xp.shape[0]:
        raise ValueError("array of sample points is empty")
    last = xp.shape[0] - 1
    at = np.clip(np.searchsorted(xp.array, x.array, side="right") - 1, 0, max(last - 1, 0))
    after = np.minimum(at + 1, last)
    low, high = xp[at], xp[after]
    apart = where_(wrap(np.asarray(low.array == high.array)), 1.0, high - low)
    found = fp[at] + (fp[after] - fp[at]) * ((x - low) / apart)
    found = where_(wrap(np.asarray(x.array == xp.array[-1])), fp[-1], found)
    for outside, value, edge in (
        (x.array < xp.array[0], left, fp[0]),
        (x.array > xp.array[-1], right, fp[-1]),
    ):
        if outside.any():
            bound = edge if value is None else converted(as_tensor(value), np.float64, "np.interp")
            found = where_(wrap(np.asarray(outside)), bound, found)
    return found


# -- convolutions and polynomials ------------------------------------------------------------------


def _convolved(a: Tensor, v: Tensor) -> Tensor:
    """All of ``Σ_k a[k] v[n - k]``: a product with the matrix of v's places."""
    count, length = a.shape[0], v.shape[0]
    size = count + length - 1
    # Row k holds v from column k on.
    places = np.zeros((count, size), np.int64)
    rows = np.arange(count)[:, None]
    places[rows, rows + np.arange(length)] = np.arange(1, length + 1)
    line = cat([as_tensor(np.zeros(1, v.array.dtype)), v])
    return matmul(a, line[places])


def _both(name: str, a: Any, v: Any) -> tuple[Tensor, ...]:
    a, v = (one.reshape(-1) if one.ndim == 0 else one for one in common(name, a, v))
    for one, what in ((a, "a"), (v, "v")):
        if one.ndim != 1:
            raise ValueError("object too deep for desired array")
        if not one.shape[0]:
            raise ValueError(f"{what} cannot be empty")
    return a, v


@numpys("convolve")
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = _both("np.convolve", a, v)
    full = _convolved(a, v)
    # NumPy swaps the two so that the first is the longer one.
    return _middle_part(
        full, max(len(a), len(v)), min(len(a), len(v)), mode, (min(len(a), len(v)) - 1) // 2
    )


def _middle_part(full: Tensor, long: int, short: int, mode: Any, start: int) -> Tensor:
    if mode in ("full", 2):
        return full
    if mode in ("same", 1):
        return full.narrow(0, start, long)
    if mode in ("valid", 0):
        return full.narrow(0, short - 1, long - short + 1)
    raise ValueError(f"mode must be one of 'valid', 'same', or 'full', got {mode!r}")


@numpys("correlate")
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    a, v = _both("np.correlate", a, v)
    long, short = max(len(a), len(v)), min(len(a), len(v))
    # Where v is longer NumPy turns the result of the swapped ones around, middle part and all.
    start = short // 2 if len(a) < len(v) else (short - 1) // 2
    return _middle_part(_convolved(a, v.flip(0)), long, short, mode, start)


@numpys("vander")
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    x = as_tensor(joined(x))
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    return powers(converted(x, np.promote_types(x.array.dtype, int), "np.vander"), N, increasing)


@numpys("polyval")
def polyval(p: Any, x: Any) -> Any:
    p, x = common("np.polyval", p, x)
    found = x * 0
    for coefficient in p:
        found = found * x + coefficient
    return found


def _same_length(name: str, a1: Any, a2: Any) -> tuple[Tensor, Tensor]:
    parts = [one.reshape(-1) if one.ndim == 0 else one for one in common(name, a1, a2)]
    size = max(len(one) for one in parts)
    first, second = (
        cat([as_tensor(np.zeros(size - len(one), one.array.dtype)), one]) for one in parts
    )
    return first, second


@numpys("polyadd")
def polyadd(a1: Any, a2: Any) -> Any:
    first, second = _same_length("np.polyadd", a1, a2)
    return first + second


@numpys("polysub")
def polysub(a1: Any, a2: Any) -> Any:
    first, second = _same_length("np.polysub", a1, a2)
    return first - second


@numpys("polymul")
def polymul(a1: Any, a2: Any) -> Any:
    first, second = _both("np.polymul", a1, a2)
    return _convolved(*(_without_leading_zeros(one) for one in (first, second)))


def _without_leading_zeros(p: Tensor) -> Tensor:
    """As NumPy makes a polynomial of coefficients; of zeros one is left."""
    places = np.flatnonzero(p.array)
    return p[int(places[0]) :] if len(places) else p[:1] * 0


@numpys("poly")
def poly(seq_of_zeros: Any) -> Any:
    roots = as_tensor(joined(seq_of_zeros))
    if roots.ndim != 1:
        raise refuse(
            "np.poly", "the roots of a matrix are complex in general; use those of a vector"
        )
    if roots.array.dtype == np.float16:
        roots = roots.double()
    found = as_tensor(np.ones(1, roots.array.dtype))
    for root in roots:
        found = _convolved(found, stack([as_tensor(np.ones((), roots.array.dtype)), -root]))
    return found


@numpys("polydiv")
def polydiv(u: Any, v: Any) -> Any:
    u, v = _both("np.polydiv", u, v)
    (rest, v), degree = common("np.polydiv", u, v, least=u.array.dtype), len(v) - 1
    quotient = []
    for place in range(len(rest) - degree):
        factor = rest[place] / v[0]
        quotient.append(factor)
        after = rest[place : place + degree + 1] - factor * v
        rest = cat([rest[:place], after, rest[place + degree + 1 :]])
    # As NumPy: leading zeros of the remainder go, to its tolerance.
    start = 0
    while start < len(rest) - 1 and np.allclose(rest.array[start], 0, rtol=1e-14):
        start += 1
    return (stack(quotient) if quotient else as_tensor(np.zeros(1, u.array.dtype))), rest[start:]


@numpys("polyder")
def polyder(p: Any, m: int = 1) -> Any:
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    p = as_tensor(joined(p))
    for _ in range(m):
        degree = len(p) - 1
        p, factors = common("np.polyder", p, np.arange(degree, 0, -1))
        p = p[:-1] * factors
    return p


@numpys("polyint")
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    p = as_tensor(joined(p))
    constants = as_tensor(np.zeros(m) if k is None else joined(k)).reshape(-1)
    if len(constants) == 1 and m > 1:
        constants = constants.expand(m)
    if len(constants) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for place in range(m):
        degree = len(p)
        # NumPy divides by integers: float32 becomes float64.
        divisor = as_tensor(np.arange(degree, 0, -1))
        p, divisor, constant = common("np.polyint", p, divisor, constants[place : place + 1])
        p = cat([p / divisor, constant])
    return p


@numpys("polyfit")
def polyfit(
    x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None,
    cov: Any = False,
) -> Any:  # fmt: skip
    if full or cov or np.ndim(deg):
        raise refuse("np.polyfit", "use one degree, and neither full= nor cov=")
    x, y = common("np.polyfit", x, y, least=float)
    sides = powers(x, int(deg) + 1)
    if w is not None:
        (weights,) = common("np.polyfit", w, least=float)
        sides = sides * weights.unsqueeze(-1)
        y = y * (weights.unsqueeze(-1) if y.ndim == 2 else weights)
    size = (sides * sides).sum(0).sqrt()
    cutoff = len(x) * np.finfo(x.array.dtype).eps if rcond is None else rcond
    found = matmul(pinv(sides / size, rtol=float(cutoff)), y)
    return found / (size.unsqueeze(-1) if y.ndim == 2 else size)


# -- counting and statistics -----------------------------------------------------------------------


@numpys("bincount")
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    if weights is None:
        return as_result(np.bincount(raws(x), None, minlength))
    weights = converted(as_tensor(joined(weights)), np.float64, "np.bincount")
    return counted(as_tensor(np.asarray(raws(x), np.int64)), weights, minlength)


@numpys("histogram")
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> Any:
    # Counts are steps: weights have a derivative, and edges that follow the least and the largest.
    a, bounds = as_tensor(joined(a)), histogram_bin_edges(a, bins, range)
    counts: Any
    counts, edges = np.histogram(a.array, raws(bins), range, False, raws(weights))
    if weights is not None and as_tensor(joined(weights)).requires_grad:
        counts = _weighted_counts(a.array, edges, as_tensor(joined(weights)))
    if density:
        counts, widths = common("np.histogram", counts, diff(bounds), least=float)
        counts = counts / widths / counts.sum()
    return as_result(counts), bounds


def _weighted_counts(values: np.ndarray, edges: np.ndarray, weights: Tensor) -> Tensor:
    weights, flat = weights.reshape(-1), values.reshape(-1)
    at = np.searchsorted(edges, flat, side="right") - 1
    at[flat == edges[-1]] = len(edges) - 2
    inside = (at >= 0) & (at < len(edges) - 1)
    counts = counted(as_tensor(at[inside].astype(np.int64)), weights[inside], len(edges) - 1)
    return converted(counts, weights.array.dtype, "np.histogram")


@numpys("histogram_bin_edges")
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    a = as_tensor(joined(a))
    edges = np.histogram_bin_edges(a.array, raws(bins), range, raws(weights))
    if np.ndim(raws(bins)) and not isinstance(bins, str):
        return bins if isinstance(bins, Tensor) else wrap(edges)
    if range is not None or not a.array.size:
        return wrap(edges)
    low, high = a.min(), a.max()
    if low.array == high.array:
        low, high = low - 0.5, high + 0.5
    places = wrap(np.linspace(0, 1, len(edges)).astype(edges.dtype))
    low, high = (converted(one, edges.dtype, "np.histogram_bin_edges") for one in (low, high))
    return low + (high - low) * places


def _observations(m: Any, y: Any, rowvar: bool, dtype: Any, name: str) -> Tensor:
    m = as_tensor(joined(m))
    parts = [m] if y is None else [m, as_tensor(joined(y))]
    if any(one.ndim > 2 for one in parts):
        raise ValueError("m has more than 2 dimensions")
    wanted = np.result_type(*(one.array for one in parts), np.float64) if dtype is None else dtype
    parts = [converted(one, raws(wanted), name) for one in parts]
    rows = []
    for one in parts:
        one = one.reshape(1, -1) if one.ndim < 2 else one
        rows.append(one if rowvar or one.shape[0] == 1 else one.transpose(0, 1))
    return cat(rows)


@numpys("cov")
def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None,
    fweights: Any = None, aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    x = _observations(m, y, rowvar, dtype, "np.cov")
    weights = None
    for one in (fweights, aweights):
        if one is not None:
            (given_,) = common("np.cov", one, least=x.array.dtype)
            weights = given_ if weights is None else weights * given_
    ddof = (0 if bias else 1) if ddof is None else ddof
    if weights is None:
        mean, factor = x.mean(1, keepdim=True), max(x.shape[1] - ddof, 0)
    else:
        total = weights.sum()
        mean = (x * weights).sum(1, keepdim=True) / total
        if ddof == 0:
            factor = total
        elif aweights is None:
            factor = total - ddof
        else:
            (own,) = common("np.cov", aweights, least=x.array.dtype)
            factor = total - ddof * (weights * own).sum() / total
    apart = x - mean
    right = apart if weights is None else apart * weights
    return (matmul(apart, right.transpose(0, 1)) / factor).squeeze()


@numpys("corrcoef")
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    found = cov(x, y, rowvar, dtype=dtype)
    if found.ndim == 0:
        return found / found
    size = found.diagonal().sqrt()
    return (found / size.unsqueeze(1) / size.unsqueeze(0)).clamp(-1, 1)


# -- functions of functions ------------------------------------------------------------------------


@numpys("apply_along_axis")
def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    arr = as_tensor(joined(arr))
    dim = normalize_axis_index(axis, arr.ndim)
    lines = arr.movedim(dim, -1)
    rest = tuple(lines.shape[:-1])
    flat = lines.reshape(math.prod(rest), lines.shape[-1])
    if not len(flat):
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    results = [as_tensor(func1d(one, *args, **kwargs)) for one in flat]
    found = stack(results).reshape(*rest, *results[0].shape)
    for place in range(results[0].ndim):
        found = found.movedim(len(rest) + place, dim + place)
    return found


@numpys("apply_over_axes")
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    found = as_tensor(joined(a))
    ndim = found.ndim
    for axis in [axes] if np.ndim(axes) == 0 else axes:
        dim = normalize_axis_index(axis, ndim)
        result = as_tensor(func(found, dim))
        found = result.unsqueeze(dim) if result.ndim < ndim else result
        if found.ndim != ndim:
            raise ValueError("function is not returning an array of the correct shape")
    return found
