"""Calls of NumPy's functions, as text: the tests run each with arrays and with Tensors.

The names in them are the arrays of ``arrays()``.
"""

from __future__ import annotations

import numpy as np

__all__ = ["CALLS", "EDGES", "UFUNC_CALLS", "arrays"]


def arrays(dtype: str = "float64") -> dict[str, np.ndarray]:
    """By name: v, u, w vectors; x, y of shape (2, 3), p positive, n with NaNs; t of (2, 3, 4);
    m a matrix, b its right side, s a positive definite one; r of (4, 2); z 0-d, e empty."""
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    m = rng.normal(size=(3, 3)) + 2 * np.eye(3)
    n = rng.normal(size=(3, 4))
    n[0, 1] = n[2, 3] = n[2, 0] = np.nan
    made = {
        "v": rng.normal(size=5), "u": rng.normal(size=5), "w": rng.uniform(0.5, 2, size=3),
        "x": x, "y": y, "p": rng.uniform(0.2, 0.9, size=(2, 3)), "n": n,
        "t": rng.normal(size=(2, 3, 4)), "m": m, "b": rng.normal(size=(3, 2)),
        "s": m @ m.T + np.eye(3), "r": rng.normal(size=(4, 2)), "z": rng.normal(size=()),
        "e": np.zeros((0, 3)), "q": rng.normal(size=(2, 3, 3)) + 2 * np.eye(3),
    }  # fmt: skip
    return {name: array.astype(dtype) for name, array in made.items()}


CALLS = """
# shapes
np.reshape(x, (3, 2)); np.reshape(x, -1); np.reshape(x, (3, 2), order="F"); np.reshape(x, (3, -1), copy=True)
np.ravel(x); np.ravel(x, order="F"); np.ravel(x.T, order="K"); np.transpose(t); np.transpose(t, (1, 0, 2))
np.permute_dims(t, (2, 0, 1)); np.matrix_transpose(t); np.linalg.matrix_transpose(t)
np.moveaxis(t, 0, -1); np.moveaxis(t, [0, 1], [-1, 0]); np.rollaxis(t, 2); np.rollaxis(t, 0, 3)
np.swapaxes(t, 0, 2); np.squeeze(np.expand_dims(x, 0)); np.squeeze(np.expand_dims(x, 0), axis=0)
np.expand_dims(x, (0, 2)); np.expand_dims(x, -1); np.broadcast_to(w, (2, 3)); np.broadcast_arrays(w, x)
np.atleast_1d(z); np.atleast_2d(v); np.atleast_3d(v); np.atleast_3d(x); np.atleast_1d(z, v); np.atleast_3d(z)
np.flip(x); np.flip(x, 1); np.flip(t, (0, 2)); np.fliplr(x); np.flipud(x); np.rot90(x); np.rot90(t, 2, (1, 2))
np.rot90(x, -1); np.roll(v, 2); np.roll(x, 1); np.roll(x, (1, -1), (0, 1)); np.roll(x, 1, axis=1)
np.split(t, 2, axis=2); np.split(v, [1, 3]); np.array_split(v, 3); np.array_split(x, 2, 1); np.hsplit(x, 3)
np.vsplit(x, 2); np.dsplit(t, 2); np.unstack(t); np.unstack(t, axis=1); np.diagonal(t); np.diagonal(t, 1, 1, 2)
np.linalg.diagonal(t, offset=-1); np.ix_(v, w); np.real(x); np.real_if_close(x); np.meshgrid(v, w); np.split(v, [2, 9])
np.meshgrid(v, w, indexing="ij"); np.meshgrid(v, w, sparse=True); np.meshgrid(v, w, u[:2])
np.lib.stride_tricks.sliding_window_view(v, 3); np.lib.stride_tricks.sliding_window_view(x, (2, 2))
# joining, places
np.concatenate([x, y]); np.concatenate((x, y), axis=1); np.concatenate([x, v], axis=None); np.concat([x, y], axis=-1)
np.concatenate([e, x]); np.stack([x, y]); np.stack([x, y], axis=-1); np.vstack([x, w]); np.hstack([x, y])
np.hstack([v, u]); np.dstack([x, y]); np.dstack([v, u]); np.column_stack([v, u]); np.column_stack([x, x])
np.append(x, y); np.append(x, y, axis=0); np.append(v, 3.0); np.block([[x, y], [y, x]]); np.block([v, u])
np.block([[m, np.zeros((3, 1))], [np.ones((1, 3)), z]]); np.vstack([v, u]); np.hstack([z, z])
np.delete(v, 1); np.delete(x, [0, 2], axis=1); np.delete(v, slice(1, 3)); np.insert(v, 1, 7.0); np.insert(v, [0, 3], z)
np.insert(x, 1, w, axis=0); np.fft.fftshift(v); np.fft.ifftshift(x, axes=1); np.tile(v, 2); np.tile(x, (2, 1, 2)); np.repeat(v, 2); np.repeat(x, [1, 2], axis=0)
np.repeat(x, 2, axis=1); np.resize(v, (3, 4)); np.resize(v, 3); np.trim_zeros(np.pad(v, 2)); np.trim_zeros(np.pad(v, 1), "f")
np.diag(v); np.diag(x); np.diag(v, 1); np.diag(x, -1); np.diagflat(x); np.diagflat(v, -1); np.tril(m); np.triu(m, 1)
np.tril(t, -1); np.triu(t); np.copy(x); np.astype(x, np.float64); np.astype(x, np.float64, copy=False)
np.where(x > 0, x, y); np.where(x > 0, x, 0.0); np.where([[True], [False]], w, z); np.take(v, [0, 2, 2]); np.take(x, 1, axis=1)
np.take(x, [[0, 1], [1, 0]], axis=0); np.take(v, [7, -9], mode="wrap"); np.take(v, [7, -9], mode="clip"); np.take(x, 4)
np.take_along_axis(x, np.argsort(x, axis=1), axis=1); np.take_along_axis(x, np.array([0, 3]), axis=None)
np.compress([True, False], x, axis=0); np.compress([0, 1, 1], v); np.extract(x > 0, x); np.choose([0, 1, 0], [w, w * 2])
np.choose([[0, 1, 0], [1, 1, 0]], (x, y)); np.select([x > 1, x < 0], [x, y * 2], 3.0); np.select([x > 0], [x], default=y)
np.piecewise(v, [v < 0, v >= 0], [lambda a: a * a, lambda a: 3 * a]); np.piecewise(v, [v > 0], [lambda a: np.exp(a), 2.0])
np.pad(x, 1); np.pad(x, ((1, 2), (0, 1)), constant_values=3.0); np.pad(v, (2, 3), "edge"); np.pad(x, 1, "reflect")
np.pad(v, (2, 7), "symmetric"); np.pad(v, (3, 6), "wrap"); np.pad(x, ((0, 1), (2, 0)), mode="wrap"); np.pad(x, 2, "mean")
np.pad(x, ((1, 2), (3, 1)), "linear_ramp", end_values=2.0); np.pad(v, 2, "reflect", reflect_type="odd")
np.pad(x, 1, "symmetric", reflect_type="odd"); np.pad(v, 2, "mean", stat_length=2); np.pad(x, ((1, 1), (2, 2)), "linear_ramp", end_values=((1, 2), (3, 4)))
np.pad(v, 2, "maximum"); np.pad(x, 1, "minimum"); np.pad(x, ((1, 0), (0, 2)), "median"); np.pad(v, 1, "maximum", stat_length=2)
# sums and means
np.sum(x); np.sum(x, axis=0); np.sum(t, axis=(0, 2), keepdims=True); np.sum(x, axis=()); np.sum(x, initial=2.0)
np.sum(x, axis=1, where=[True, False, True]); np.sum(x, dtype=np.float64); np.sum(e, axis=0); np.sum(z)
np.prod(x); np.prod(t, axis=(0, -1)); np.prod(x, axis=1, initial=3.0, keepdims=True); np.prod(x, where=x > 0); np.prod(e)
np.mean(x); np.mean(x, 0); np.mean(t, axis=(1, 2), keepdims=True); np.mean(x, axis=1, where=[True, False, True]); np.mean(z)
np.std(x); np.std(x, axis=0); np.std(x, axis=1, ddof=1, keepdims=True); np.std(x, correction=1); np.var(x, axis=(0, 1))
np.var(x, 1, ddof=0.5); np.var(x, axis=0, mean=np.mean(x, axis=0, keepdims=True)); np.var(x, where=[True, True, False])
np.std(x, axis=1, where=[True, True, False]); np.var(t, axis=2, keepdims=True)
np.average(x); np.average(x, axis=0); np.average(x, weights=p); np.average(x, axis=1, weights=w); np.average(x, axis=0, weights=p, returned=True)
np.average(x, axis=1, keepdims=True, weights=w); np.average(x, returned=True)
np.max(x); np.max(x, axis=0); np.amax(t, axis=(0, 2)); np.max(x, axis=1, keepdims=True, initial=0.1); np.min(x, where=x > 0, initial=9.0)
np.min(x); np.amin(x, 1); np.min(e, initial=3.0); np.max(e, axis=0, initial=1.0); np.ptp(x); np.ptp(x, axis=1, keepdims=True)
np.nansum(n); np.nansum(n, axis=0); np.nanprod(n, axis=1); np.nanmean(n, axis=1); np.nanmean(n); np.nanstd(n, axis=1)
np.nanvar(n, ddof=1); np.nanmax(n, axis=0); np.nanmin(n); np.nanmax(n, axis=1, keepdims=True); np.nancumsum(n); np.nancumprod(n, axis=1)
np.nanvar(n, axis=0, keepdims=True); np.nansum(n, axis=(0, 1), keepdims=True); np.nanmax(n, initial=0.3)
np.cumsum(x); np.cumsum(x, axis=1); np.cumprod(x, axis=0); np.cumprod(x); np.cumulative_sum(v); np.cumulative_sum(x, axis=1, include_initial=True)
np.cumulative_prod(v, include_initial=True); np.cumulative_prod(x, axis=0)
# order
np.sort(v); np.sort(x, axis=0); np.sort(x, axis=None); np.sort(v, stable=True); np.sort(x, 0, descending=True); np.partition(v, 2); np.partition(x, 1, axis=1)
np.median(x); np.median(v); np.median(t, axis=(0, 1)); np.median(x, axis=1, keepdims=True); np.quantile(v, 0.3); np.quantile(x, [0.1, 0.5], axis=1)
np.quantile(v, 0.3, method="lower"); np.quantile(v, [0.3, 0.7], method="nearest"); np.quantile(x, 0.4, axis=0, method="hazen")
np.quantile(v, 0.6, method="weibull"); np.quantile(v, 0.4, method="inverted_cdf"); np.quantile(v, 0.4, method="averaged_inverted_cdf")
np.quantile(v, 0.7, method="median_unbiased"); np.quantile(v, 0.33, method="midpoint"); np.percentile(x, 30); np.percentile(x, [25, 75], axis=0, keepdims=True)
np.percentile(t, 40, axis=(0, 2)); np.nanmedian(n, axis=1); np.nanmedian(n); np.nanpercentile(n, [20, 60], axis=1); np.nanquantile(n, 0.4, axis=0, keepdims=True)
np.quantile(v, 1.0); np.quantile(v, 0); np.unique(v); np.unique(v, return_index=True, return_inverse=True, return_counts=True); np.unique(r, axis=0)
np.unique_all(v); np.unique_counts(v); np.unique_inverse(x); np.unique_values(v); np.union1d(v, u); np.setdiff1d(v, u); np.setxor1d(v, u); np.intersect1d(v, v[1:3])
np.intersect1d(v, v[1:3], return_indices=True)
# elements
np.clip(x, -0.5, 0.5); np.clip(x, 0.1, None); np.clip(x, None, w); np.clip(x, -p, p); np.clip(x, min=-0.2); np.clip(x, a_min=w - 2, a_max=w)
np.round(x, 1); np.around(x); np.fix(x); np.sinc(x); np.i0(x); np.angle(x); np.angle(x, deg=True); np.nan_to_num(n); np.nan_to_num(n, nan=2.0)
np.unwrap(4 * v); np.emath.sqrt(p); np.emath.log(p); np.emath.log2(p); np.emath.log10(p); np.emath.arcsin(p); np.emath.arccos(p); np.emath.arctanh(p); np.emath.power(p, 2); np.emath.power(w, v[:3]); np.emath.logn(2, p); np.emath.logn(w + 1, w); np.unwrap(x, axis=0, period=1.0); np.unwrap(5 * v, discont=4.0); np.linspace(z, 2.0, 5); np.linspace(x, y, 4, axis=1)
np.linspace(z, 3.0, 5, endpoint=False); np.linspace(0.0, z, 4, retstep=True); np.logspace(z, 1.0, 4); np.logspace(0.0, z, 3, base=2.0)
np.geomspace(w, 8.0, 4); np.full_like(x, z); np.full_like(x, z, shape=(3,)); np.linspace(z, 1.0, 1)
# differences, integrals, convolutions, polynomials
np.diff(v); np.diff(x, axis=0); np.diff(x, 2); np.diff(v, prepend=0.0, append=z); np.diff(x, axis=0, prepend=w[None]); np.ediff1d(x); np.ediff1d(v, to_end=9.0, to_begin=z)
np.gradient(v); np.gradient(x); np.gradient(v, 0.5); np.gradient(t, axis=2, edge_order=2); np.gradient(v, np.array([0.0, 1.0, 3.0, 3.5, 5.0])); np.gradient(x, 2.0, 3.0)
np.gradient(t, axis=(0, 2)); np.gradient(v, np.cumsum(np.abs(u) + 0.1)); np.trapezoid(v); np.trapezoid(x, axis=0); np.trapezoid(v, dx=0.5)
np.trapezoid(v, np.cumsum(np.abs(u) + 0.1)); np.trapezoid(x, w); np.trapezoid(t, t * t); np.trapezoid(v, dx=z)
np.interp(v, np.array([-1.0, 0.0, 0.7, 2.0]), r[:, 0]); np.interp(x, np.cumsum(np.abs(u) + 0.2), v); np.interp(v, np.array([-0.5, 0.5]), u[:2], left=9.0, right=z)
np.interp(4 * v, np.array([0.1, 1.2, 2.3]), w, period=3.0); np.interp(0.3, np.array([-1.0, 0.0, 0.7, 2.0]), r[:, 1])
np.convolve(v, w); np.convolve(v, w, "same"); np.convolve(w, v, "valid"); np.convolve(v, u[:2], "same"); np.convolve(u[:2], v, "same"); np.convolve(v, u[:4], "same")
np.correlate(v, w); np.correlate(v, w, "same"); np.correlate(w, v, "full"); np.correlate(v, u[:2], "same"); np.correlate(u[:2], v, "same"); np.correlate(v, u[:4], "same"); np.correlate(u[:4], v, "same"); np.correlate(w, v, "valid"); np.correlate(w, v, "same")
np.vander(w); np.vander(w, 4, increasing=True); np.polyval(v, x); np.polyval(v, 2.0); np.polyadd(v, w); np.polysub(w, v); np.polymul(v, w); np.poly(w); np.polydiv(v, w)[0]; np.polydiv(v, w)[1]; np.polydiv(w, v); np.polyder(v); np.polyder(v, 2)
np.polyint(v); np.polyint(v, 2, k=w[:2]); np.polyint(v, k=3.0); np.polyfit(np.arange(5.0), v, 2); np.polyfit(u, v, 1, w=np.abs(v) + 1); np.polyfit(np.arange(4.0), r, 1)
np.bincount([0, 1, 1, 3, 0], weights=v); np.bincount([0, 1, 1], w, minlength=6); np.histogram([0.1, 0.2, 0.5, 0.9, 1.0], bins=3, weights=v); np.histogram(v)[1]; np.histogram(v, 4, density=True); np.histogram(v, bins=w.cumsum(0), density=True)[1]; np.histogram_bin_edges(x, "auto"); np.histogram(v, 3, weights=np.abs(u) + 1, density=True); np.histogram([0.1, 0.2, 0.5, 0.9, 3.0], bins=[0, 0.3, 1], weights=np.abs(v) + 1, density=True)
np.cov(x); np.cov(v, u); np.cov(r, rowvar=False, ddof=0); np.cov(x, bias=True); np.cov(x, aweights=w); np.cov(x, fweights=[1, 2, 3]); np.cov(v); np.cov(x, fweights=[1, 2, 3], aweights=w, ddof=0)
np.corrcoef(r.T); np.corrcoef(v, u); np.corrcoef(t[0], rowvar=False)
np.apply_along_axis(lambda a: np.sum(a * a), 0, x); np.apply_along_axis(np.cumsum, 1, x); np.apply_along_axis(lambda a: np.outer(a, a), 1, t); np.apply_over_axes(np.sum, t, [0, 2])
# linear algebra
np.dot(v, u); np.dot(m, b); np.dot(x, w); np.dot(t, r); np.dot(z, x); np.dot(3.0, x); np.dot(w, m); np.vdot(x, y); np.inner(x, y); np.inner(v, u); np.inner(x, z); np.outer(v, w); np.outer(x, w)
np.linalg.outer(v, w); np.tensordot(x, m, 1); np.tensordot(t, x, axes=([0, 1], [0, 1])); np.tensordot(v, w, 0); np.linalg.tensordot(x, m, axes=1); np.tensordot(t, t, axes=(2, 2)); np.tensordot(t, t, 3)
np.linalg.matmul(x, m); np.linalg.vecdot(x, y); np.linalg.vecdot(x, y, axis=0); np.kron(x, w); np.kron(m, x); np.kron(t, w); np.einsum("ij,jk->ik", x, m); np.einsum("ij->ji", x); np.einsum("ii", m)
np.einsum("ij,ij->i", x, y); np.einsum("...j,j", x, w); np.einsum("i,j", v, w); np.einsum(x, [0, 1], m, [1, 2], [0, 2]); np.einsum("ijk,jl,kl->i", t, m[:, :2], r); np.einsum("ij,jk", x, m, optimize=True); np.einsum("bij,bjk->bik", q, q)
np.cross(w, w * w); np.cross(m, w); np.linalg.cross(m, b[:, 0]); np.cross(m, s, axisa=0, axisc=0); np.trace(m); np.trace(t, 1, 1, 2); np.linalg.trace(q); np.linalg.trace(q, offset=1)
np.linalg.multi_dot([x, m, b]); np.linalg.multi_dot([w, m, w]); np.linalg.multi_dot([v[:2], x])
np.linalg.norm(x); np.linalg.norm(v, 1); np.linalg.norm(v, np.inf); np.linalg.norm(v, -np.inf); np.linalg.norm(v, 3); np.linalg.norm(x, axis=1); np.linalg.norm(x, axis=0, keepdims=True); np.linalg.norm(m, "nuc"); np.linalg.norm(m, 2); np.linalg.norm(m, -2)
np.linalg.norm(m, 1); np.linalg.norm(m, np.inf); np.linalg.norm(q, "fro", axis=(1, 2)); np.linalg.norm(t); np.linalg.norm(t, axis=(0, 2), ord=-1, keepdims=True); np.linalg.norm(x, keepdims=True); np.linalg.norm(v, 0.5); np.linalg.norm(v, -1); np.linalg.norm(m, "fro"); np.linalg.norm(q, axis=(0, 2), ord=2)
np.linalg.vector_norm(x); np.linalg.vector_norm(t, axis=(0, 1), ord=3, keepdims=True); np.linalg.matrix_norm(q); np.linalg.matrix_norm(q, ord=2, keepdims=True); np.linalg.cond(m); np.linalg.cond(m, 1); np.linalg.cond(q, "fro")
np.linalg.inv(m); np.linalg.inv(q); np.linalg.det(m); np.linalg.det(q); np.linalg.slogdet(m); np.linalg.slogdet(q)[1]; np.linalg.solve(m, w); np.linalg.solve(m, b); np.linalg.solve(q, b); np.linalg.solve(q, w); np.linalg.pinv(x); np.linalg.pinv(m); np.linalg.pinv(s + s.T, hermitian=True); np.linalg.pinv(r, rtol=1e-9); np.linalg.pinv(q)
np.linalg.lstsq(r, u[:4]); np.linalg.lstsq(x, v[:2]); np.linalg.lstsq(r, t[0].T)[0]; np.linalg.svd(x, compute_uv=False); np.linalg.svdvals(q); np.linalg.svd(x, full_matrices=False)[1]; np.linalg.svd(s + s.T, hermitian=True)[1]
np.linalg.qr(m); np.linalg.qr(r)[1]; np.linalg.qr(m, mode="r"); np.linalg.eigvalsh(s + s.T); np.linalg.eigh(s + s.T)[0]; np.linalg.eigvalsh(s + s.T, "U"); np.linalg.cholesky(s + s.T); np.linalg.cholesky(s + s.T, upper=True); np.linalg.matrix_power(m, 3); np.linalg.matrix_power(m, 0); np.linalg.matrix_power(m, -2)
np.linalg.tensorinv(np.reshape(m, (3, 3)), 1); np.linalg.tensorsolve(m, w); np.abs(np.linalg.eigh(s + s.T)[1]); np.linalg.matrix_power(q, 2)
"""  # noqa: E501
"""Functions; every one has a gradient by every array in it."""

UFUNC_CALLS = """
np.abs(x); np.fabs(x); np.add(x, w); np.subtract(2.0, x); np.multiply(x, y); np.divide(x, w); np.remainder(x, w); np.fmod(x, w); np.power(p, y); np.power(x, 2); np.float_power(p, x); np.negative(x); np.positive(x); np.conjugate(x); np.reciprocal(w)
np.square(x); np.sqrt(p); np.cbrt(w); np.cbrt(-w); np.exp(x); np.exp2(x); np.expm1(x); np.log(p); np.log2(p); np.log10(p); np.log1p(p); np.logaddexp(x, y); np.logaddexp2(x, 2.0); np.ldexp(x, 3); np.ldexp(x, np.array([1, 2, -1])); np.frexp(x)[0]
np.sin(x); np.cos(x); np.tan(x); np.arcsin(p); np.arccos(p); np.arctan(x); np.sinh(x); np.cosh(x); np.tanh(x); np.arcsinh(x); np.arccosh(p + 1); np.arctanh(p); np.arctan2(x, y); np.hypot(x, y); np.deg2rad(x); np.radians(x); np.rad2deg(x); np.degrees(x)
np.maximum(x, y); np.minimum(x, 0.1); np.fmax(x, y); np.fmin(w, x); np.copysign(x, y); np.modf(x)[0]; np.divmod(x, w)[1]; np.heaviside(x, y) + x; np.matmul(x, m); np.matmul(q, b); x @ w; np.vecdot(x, y); np.vecdot(x, y, axis=0); np.matvec(m, w); np.vecmat(w, q)
np.floor(x) + x; np.ceil(x) + x; np.trunc(x) + x; np.rint(x) + x; np.sign(x) + x; np.heaviside(0 * x, w); np.hypot(w, 3.0); np.hypot(v[:2], [z, 2.0]); np.multiply.outer([z, 1.0], w); np.arctan2(1.5, w)
np.sin(x, dtype=np.float64); np.add(x, y, dtype=np.float64); np.exp(x, casting="safe"); np.log(x, where=x > 0); np.sqrt(x, where=x > 0); np.divide(x, y, where=[True, False, True]); np.add(x, 1.0, where=False); np.add(x, 1, signature="dd->d"); np.multiply(np.ones(3, np.float32), w)
np.add.reduce(x); np.add.reduce(x, axis=None); np.add.reduce(t, axis=(0, 2), keepdims=True); np.add.reduce(x, 1, initial=3.0); np.add.reduce(x, where=x > 0); np.multiply.reduce(x, axis=1); np.maximum.reduce(x); np.maximum.reduce(x, axis=1, initial=0.0); np.minimum.reduce(t, axis=(1, 2)); np.logaddexp.reduce(x); np.logaddexp.reduce(x, axis=None); np.hypot.reduce(x, axis=1); np.subtract.reduce(x, axis=0); np.divide.reduce(p, axis=1); np.fmax.reduce(x, axis=1)
np.logaddexp.reduce(t, axis=(0, 2), keepdims=True); np.logaddexp.reduce(x, axis=1, where=[True, False, True]); np.power.reduce(p); np.logaddexp2.reduce(x, initial=0.5)
np.add.accumulate(x); np.add.accumulate(x, axis=1); np.multiply.accumulate(x, 1); np.maximum.accumulate(v); np.minimum.accumulate(x, axis=1); np.logaddexp.accumulate(v); np.subtract.accumulate(v); np.hypot.accumulate(x, axis=1); np.divide.accumulate(v)
np.add.reduceat(v, [0, 3, 1]); np.multiply.reduceat(x, [0, 2], axis=1); np.add.reduceat(x, [0]); np.maximum.reduceat(v, [0, 2])
np.add.outer(v, w); np.multiply.outer(x, w); np.subtract.outer(2.0, v); np.power.outer(p, w); np.hypot.outer(v, u); np.add.outer(z, v); np.arctan2.outer(v, [1.0, 2.0])
"""  # noqa: E501
"""Ufuncs and their forms; every one has a gradient by every array in it."""


EDGES = """
# NaN and infinities
np.max(n); np.min(n,axis=0); np.sort(n); np.sort(n, descending=True); np.median(n); np.median(n,axis=0); np.cumsum(n); np.ptp(n); np.percentile(n,30,axis=1); np.maximum.reduce(n); np.clip(n,0,1); np.unique(n); np.unique(n,equal_nan=False)
np.mean(i); np.std(i); np.sum(i,axis=1); np.nanmax(i,axis=0); np.nansum(i); np.nan_to_num(i); np.prod(i,axis=0); np.linalg.norm(i); np.where(i>0,i,0); np.maximum(i,n[:2,:3]); np.fmax(i,n[:2,:3]); np.sign(i)
np.floor(i); np.round(i,1); np.sort(i,axis=None); np.average(i,axis=0); np.interp(i,[0.,1.],[2.,3.]); np.hypot(i,i); np.logaddexp(i,i); np.sinc(i); np.modf(i); np.nanmedian(i); np.nanvar(i,axis=1); np.nancumsum(i)
np.quantile(i[:,:2],0.5); np.trapezoid(i); np.diff(i); np.gradient(i); np.cov(i); np.power(i,2); np.cbrt(i); np.arctan2(i,i); np.fmod(i,2.); np.remainder(i,2.); np.copysign(i,-1.); np.heaviside(i,.5)
np.nanmean(i,axis=0); np.nanmin(n*np.nan,axis=0)
# nothing at all
np.sum(e); np.mean(e); np.mean(e,axis=1); np.std(e,axis=1); np.var(e); np.prod(e,axis=1); np.cumsum(e); np.cumsum(e,axis=0); np.cumprod(e,axis=1); np.sort(e); np.sort(e,axis=0); np.concatenate([e,e])
np.dot(e,m); np.linalg.norm(e); np.linalg.norm(e,axis=1); np.tile(e,2); np.pad(e,((1,0),(0,0))); np.max(e,axis=1); np.ptp(e,axis=1); np.median(e,axis=1); np.median(e,axis=0); np.median(e); np.quantile(e,.5,axis=1); np.unique(e)
np.reshape(e,(3,0)); np.reshape(e,(0,-1)); np.ravel(e); np.transpose(e); np.flip(e); np.roll(e,1); np.repeat(e,2,axis=1); np.take(e,[0],axis=1); np.delete(e,0,axis=1); np.insert(e,1,0.,axis=1); np.append(e,x,axis=0); np.split(e,3,axis=1)
np.stack([e,e]); np.vstack([e,x]); np.hstack([e,e]); np.where(e>0,e,1.); np.clip(e,0,1); np.diff(e,axis=1); np.trapezoid(e,axis=1); np.einsum('ij,jk',e,m); np.matmul(e,m); np.inner(e,x); np.outer(e,v); np.kron(e,x)
np.tensordot(e,m,1); np.cross(e,w); np.average(e,axis=1); np.nansum(e); np.nanmean(e,axis=1); np.round(e); np.nan_to_num(e); np.interp(e,[0.,1.],[1.,2.]); np.add.reduce(e); np.multiply.reduce(e); np.add.accumulate(e); np.add.outer(e,v)
np.broadcast_to(e,(2,0,3)); np.squeeze(e); np.expand_dims(e,0); np.diag(np.zeros(0)+v[:0]); np.tril(e); np.diagonal(e); np.trace(e); np.cov(g); np.linalg.inv(np.zeros((0,2,2))+v[:0].reshape(0,1,1)); np.linalg.det(np.zeros((0,2,2))+v[:0].reshape(0,1,1)); np.convolve(v[:0],v); np.hypot(e,1.)
np.select([e>0],[e]); np.partition(e,0,axis=1); np.resize(e,(2,2)); np.polyval(v[:0],2.); np.gradient(e,axis=1); np.ediff1d(e); np.linspace(e,e,3); np.apply_along_axis(np.sum,0,e); np.compress([],e,axis=0); np.histogram(v[:0],weights=v[:0]); np.meshgrid(v[:0],v); np.array_split(v[:0],2)
np.nanmax(g,axis=0); np.bincount(np.zeros(0,int),v[:0]); np.setdiff1d(v[:0],u); np.union1d(v[:0],u); np.linalg.svd(g,compute_uv=False); np.vdot(v[:0],v[:0])
# numbers without dimensions
np.sum(z); np.mean(z); np.std(z); np.max(z); np.ptp(z); np.sort(z); np.median(z); np.quantile(z,.3); np.percentile(z,[5,6]); np.diff(z); np.cumsum(z); np.cumprod(z)
np.ravel(z); np.reshape(z,(1,1)); np.flip(z); np.roll(z,1); np.clip(z,0,1); np.repeat(z,3); np.take(z,[0]); np.unique(z); np.squeeze(z); np.tile(z,3); np.pad(z,1); np.outer(z,v)
np.kron(z,x); np.kron(x,z); np.average(z); np.linalg.norm(z); np.linalg.norm(z,2); np.transpose(z); np.expand_dims(z,0); np.concatenate([z,z]); np.concatenate([z,z],axis=None); np.stack([z,z]); np.vstack([z,z]); np.dstack([z,z])
np.column_stack([z,z]); np.append(z,z); np.delete(z,0); np.insert(z,0,1.); np.where(True,z,1.); np.broadcast_to(z,3); np.dot(z,z); np.inner(z,z); np.vdot(z,z); np.tensordot(z,z,0); np.einsum(',',z,z); np.einsum(',i->i',z,v)
np.trapezoid(z); np.gradient(z); np.interp(z,[0.,1.],[1.,2.]); np.round(z,1); np.nan_to_num(z); np.sinc(z); np.diag(z); np.diagflat(z); np.trace(z); np.add.reduce(z); np.add.reduce(z,axis=None); np.add.reduce(z,axis=())
np.maximum.reduce(z,axis=()); np.add.accumulate(z); np.add.outer(z,z); np.nanmax(z); np.nansum(z); np.nanmedian(z); np.var(z,ddof=1); np.moveaxis(z,0,0); np.rot90(z); np.tril(z); np.split(z,1); np.meshgrid(z,v)
np.polyval(v,z); np.cumulative_sum(z); np.choose(0,[z,z]); np.compress([True],z); np.extract(True,z); np.select([True],[z]); np.piecewise(z,[z>0],[1.,2.]); np.apply_along_axis(np.sum,0,z); np.angle(z); np.linspace(z,z,2); np.cov(z,z); np.convolve(z,v)
np.resize(z,3); np.fft.fftshift(v); np.sum(z,axis=0); np.sum(z,axis=-1,keepdims=True); np.max(z,axis=0); np.mean(z,axis=0); np.prod(z,axis=0); np.std(z,axis=0); np.cumsum(z,axis=0)
# axes, ties, rare arguments
np.max(k); np.sort(k); np.unique(k); np.partition(k,2); np.median(k); np.mean(x,axis=(-1,0)); np.sum(x,axis=-1); np.sum(t,axis=(2,0,1),keepdims=True); np.std(t,axis=(0,-1),ddof=2); np.max(t,axis=(1,2),keepdims=True,initial=-9.,where=t>0); np.mean(x,where=x>9); np.sum(x,axis=(),keepdims=True)
np.mean(x,axis=()); np.std(x,axis=()); np.prod(x,axis=()); np.max(x,axis=()); np.roll(t,(1,2),(0,0)); np.rot90(t,3,(2,0)); np.swapaxes(t,-1,0); np.pad(t,((1,0),(0,2),(1,1)),'edge'); np.pad(x,{0:(1,2)}); np.pad(x,(1,2)); np.pad(x,((1,2),)); np.tile(t,(2,1))
np.repeat(t,[1,2,3],axis=1); np.take(t,[[0,1],[2,3]],axis=-1,mode='clip'); np.insert(t,[0,2],9.,axis=2); np.delete(t,[True,False,True],axis=1); np.einsum('ijk->kji',t); np.einsum('...i,...i->...',x,y); np.einsum('ii->i',m); np.einsum('i...->...',t); np.einsum('ij , jk -> ik',x,m); np.einsum(t,[0,1,2],[2,0]); np.einsum(t,[Ellipsis,2]); np.einsum('ijk,ikl->ijl',q,q)
np.einsum('ab,cd->abcd',x,m); np.einsum('i,i,i',v,v,u); np.tensordot(t,t,axes=([2,1],[2,1])); np.inner(t,r.T); np.linalg.norm(t,axis=-1,ord=0.5); np.linalg.norm(t,axis=(1,0)); np.linalg.norm(t,ord=1,axis=(0,1)); np.linalg.norm(v,0); np.linalg.norm(x,'nuc',keepdims=True); np.linalg.norm(x,ord=None,axis=(0,1)); np.linalg.norm(t,2); np.linalg.matrix_power(m,-1)
np.linalg.multi_dot([w,m]); np.linalg.multi_dot([x,m,s,b]); np.linalg.lstsq(m,b,rcond=None); np.linalg.solve(q,np.ones((2,3,1))); np.linalg.pinv(t); np.linalg.svd(t,compute_uv=False); np.linalg.det(2*q); np.quantile(t,[.1,.9],axis=(0,2),keepdims=True); np.quantile(v,np.array([[.1],[.2]])); np.percentile(t,50,axis=None,keepdims=True); np.quantile(v,.5,method='interpolated_inverted_cdf'); np.quantile(v,.5,method='closest_observation')
np.quantile(v,.5,method='normal_unbiased'); np.quantile(v,.5,method='higher'); np.average(t,axis=(0,1),weights=x); np.average(t,axis=1,weights=w,keepdims=True); np.gradient(x,axis=0); np.gradient(t,0.1,axis=(1,2)); np.gradient(x,np.array([0.,1.]),2.0); np.trapezoid(x,x=y); np.trapezoid(t,dx=.1,axis=1); np.diff(t,n=3); np.diff(x,n=5); np.diff(x,append=x)
np.interp(x,w.cumsum(0),w,left=0.); np.unwrap(x*9); np.cov(r,r[:,::1]); np.cov(t[0],t[1]); np.corrcoef(x,y); np.cross(x,y); np.cross(t[:,:,:3],x[:,None]); np.apply_along_axis(np.sort,1,x); np.apply_over_axes(np.sum,t,(0,-1)); np.lib.stride_tricks.sliding_window_view(t,2,axis=1); np.lib.stride_tricks.sliding_window_view(t,(2,2),axis=(0,2)); np.block([[x],[y]])
np.block([[[x]],[[y]]]); np.block(x); np.block([z,v]); np.searchsorted(np.sort(v),v); np.polymul(v,u); np.polyfit(v,u,3); np.vander(v,2); np.hypot.reduce(t,axis=(0,1)); np.logaddexp.reduce(t,axis=None); np.multiply.reduce(t,axis=(0,2)); np.subtract.reduce(t,axis=1,initial=2.); np.add.reduce(t,axis=(0,1),where=t>0,initial=1.)
np.maximum.reduce(t,axis=None,keepdims=True); np.divide.accumulate(x,axis=0); np.add.reduceat(t,[0,2],axis=1); np.power.accumulate(p); np.fmin.reduce(t,axis=(0,1)); np.copysign.reduce(x); np.heaviside.outer(v,w); np.float_power.outer(w,w); np.vecdot(t,t[:, :1]); np.matvec(q,w); np.vecmat(w,q); np.matmul(t,r)
np.clip(x,0.5,-0.5); np.clip(x,p,None,dtype=np.float64); np.select([x>0,x<-.5],[x,-x],default=np.nan); np.choose(np.array([[2,-1,0],[1,1,1]]),[x,y,p],mode='wrap'); np.ptp(t,axis=(0,1)); np.cumulative_sum(t,axis=-2,include_initial=True); np.resize(t,(5,)); np.resize(x,()); np.trim_zeros(np.array([0.,0.])*z); np.ix_(v,u,w)
"""  # noqa: E501
"""Calls at the edges: compared with NumPy's values or errors.  Besides ``arrays()`` there are i
with infinities, g of shape (2, 0) and k with ties."""
