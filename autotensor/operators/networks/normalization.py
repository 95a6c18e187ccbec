"""Operators that give values mean 0 and variance 1, over the batch, a sample or groups of channels.

All stand on one: ``_normalize``, which takes mean and variance over some dimensions.  In the
formulas ``x̂ = (input - mean) / √(variance + eps)`` and a bar means the mean over those dimensions.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine.graph import Bundle, record, record_from
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.operators.arguments import need_float, need_tensor
from autotensor.operators.networks.pooling import avg_pool2d
from autotensor.operators.pointwise.arithmetic import pow, rsqrt
from autotensor.operators.pointwise.choice import clamp
from autotensor.operators.reductions.reductions import mean, p_norm, sum
from autotensor.operators.structure.copying import to
from autotensor.operators.structure.padding import pad
from autotensor.operators.structure.shapes import reshape

__all__ = [
    "batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "normalize",
    "rms_norm",
]  # fmt: skip


# -- the core --------------------------------------------------------------------------------------


class _Centered:
    """What the rules need: ``values`` = input - mean, and ``inverse`` = 1 / √(variance + eps).

    The forward pass makes one of arrays, for speed.  For higher derivatives the rules make one of
    Tensors, whose values are functions of the input; the formulas are the same.
    """

    __slots__ = ("dims", "eps", "inverse", "values")

    def __init__(self, values: Any, inverse: Any, dims: tuple[int, ...], eps: float) -> None:
        self.values = values
        self.inverse = inverse
        self.dims = dims
        self.eps = eps

    def differentiable(self, input: Any) -> _Centered:
        """The same as functions of the Tensor ``input``."""
        values = input - mean(input, self.dims, True)
        variance = mean(values * values, self.dims, True)
        return _Centered(values, rsqrt(variance + self.eps), self.dims, self.eps)


def _sum_of(array: np.ndarray, dims: tuple[int, ...], factor: np.ndarray | None = None) -> Any:
    """``Σ array · factor`` over ``dims``, kept with size 1, without an array of products."""
    axes = list(range(array.ndim))
    left = [axis for axis in axes if axis not in dims]
    others = () if factor is None else (factor, axes)
    total = np.einsum(array, axes, *others, left)
    return total.reshape([1 if axis in dims else n for axis, n in enumerate(array.shape)])


def _with_sums(g: Any, input: Any, centered: _Centered) -> Bundle:
    """``g, Σ g, Σ g · centered, centered``: what the three rules below share, computed once."""
    if isinstance(g, Tensor):
        centered = centered.differentiable(input)
        dims = centered.dims
        parts = (g, sum(g, dims, True), sum(g * centered.values, dims, True), centered)
    else:
        dims = centered.dims
        parts = (g, _sum_of(g, dims), _sum_of(g, dims, centered.values), centered)
    return Bundle(len(parts), dict(enumerate(parts)))


def _by_input(gathered: Any, weight: Any) -> Any:
    """``weight / √(variance + eps) · (g - ḡ - x̂ · mean(g · x̂))``."""
    g, total, along, centered = gathered
    count = math.prod(g.shape[dim] for dim in centered.dims)
    inverse = centered.inverse
    scale = inverse if weight is None else inverse * weight
    slope = inverse * inverse * along / count
    if isinstance(g, Tensor):
        return scale * (g - total / count - centered.values * slope)
    # The same in one array: fresh memory costs more than arithmetic.
    out = centered.values * -slope
    out += g
    out -= total / count
    out *= scale
    return out


def _by_weight(gathered: Any) -> Any:
    """``Σ g · x̂``."""
    _, _, along, centered = gathered
    return along * centered.inverse


def _by_bias(gathered: Any) -> Any:
    """``Σ g``."""
    _, total, _, _ = gathered
    return total


def _normalize(
    input: Any, weight: Any, bias: Any, dims: tuple[int, ...], eps: float, name: str
) -> tuple[Any, np.ndarray, np.ndarray]:
    """``x̂ · weight + bias`` with mean and variance over ``dims``; these two come along, raw.

    ``weight`` and ``bias`` are None or constant over ``dims``: of size 1 there.

    d input = ``_by_input``, d weight = Σ g · x̂, d bias = Σ g.
    """
    if input.dtype == np.float16:
        # A sum of float16 values has too few digits for a mean, let alone for a variance.
        x, w, b = (one if one is None else to(one, np.float32) for one in (input, weight, bias))
        out, center, variance = _normalize(x, w, b, dims, eps, name)
        return to(out, np.float16), center, variance
    array, factor, shift = raw(input), raw(weight), raw(bias)
    count = max(math.prod(array.shape[dim] for dim in dims), 1)
    center = np.add.reduce(array, axis=dims, keepdims=True) / count
    values = array - center
    variance = _sum_of(values, dims, values) / count
    inverse = 1 / np.sqrt(variance + eps)
    out = values * (inverse if factor is None else inverse * factor)
    if shift is not None:
        out += shift
    inputs = (input, weight, bias)
    if not any(isinstance(one, Tensor) for one in inputs):
        return out, center, variance
    # Two nodes: the gradient comes to the outer one, which adds the sums and hands all on to the
    # inner one, whose rules share them.
    rules = ((_by_input, (weight,)), (_by_weight, ()), (_by_bias, ()))
    inner = record_from(name, np.empty(0, out.dtype), inputs, rules).node
    if inner is None:
        return wrap(out), center, variance
    inner.shape = inner.dtype = None
    centered = _Centered(values, inverse, dims, eps)
    return record(out, name, ((inner, _with_sums, (input, centered)),)), center, variance


def _check_affine(name: str, dtype: np.dtype, shape: tuple[int, ...], **given: Any) -> None:
    """Refuses a weight, bias … of another shape or dtype than those of the input."""
    for argument, value in given.items():
        if value is None:
            continue
        need_tensor(value, name, argument)
        if tuple(value.shape) != shape:
            raise RuntimeError(
                f"{name}: {argument} must have shape {shape} to fit the input, "
                f"got {tuple(value.shape)}"
            )
        if value.dtype != dtype:
            raise RuntimeError(
                f"{name}: {argument} must have the dtype of the input, {dtype}, got {value.dtype}"
            )


# -- over the batch --------------------------------------------------------------------------------


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """``x̂ · weight + bias`` for each channel: ``(N, C, *) → (N, C, *)``.

    In training, mean and variance are those of the batch, and the running statistics move towards
    them: ``running = (1 - momentum) · running + momentum · batch``, with the unbiased variance.
    Else the running statistics themselves are used.

    Args:
        running_mean, running_var: ``(C)``; may be None in training.
        weight, bias: ``(C)`` or None.

    In training d input = weight / √(variance + eps) · (g - ḡ - x̂ · mean(g · x̂)), else
    g · weight / √(running_var + eps);  d weight = Σ g · x̂,  d bias = Σ g.

    Ioffe and Szegedy, "Batch Normalization", 2015.

    Raises:
        ValueError: in training, with one value per channel: its variance would be 0.
    """
    input = need_float(input, None, "batch_norm")
    if input.ndim < 2:
        raise RuntimeError(
            f"batch_norm: expected input of shape (N, C) or (N, C, *), got {tuple(input.shape)}"
        )
    channels = input.shape[1]
    _check_affine(
        "batch_norm", input.dtype, (channels,),
        running_mean=running_mean, running_var=running_var, weight=weight, bias=bias,
    )  # fmt: skip
    if eps < 0 or (training and eps == 0):
        raise ValueError(f"batch_norm: eps must be positive, got {eps}")
    dims = (0, *range(2, input.ndim))
    wide = (channels, *(1,) * (input.ndim - 2))
    weight, bias = (one if one is None else reshape(one, wide) for one in (weight, bias))
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError(
                "batch_norm: running_mean and running_var must be given when training=False"
            )
        scale = rsqrt(reshape(running_var, wide) + eps)
        scale = scale if weight is None else scale * weight
        shift = reshape(running_mean, wide) * -scale
        return input * scale + (shift if bias is None else shift + bias)
    count = math.prod(input.shape[dim] for dim in dims)
    if count == 0:
        # Nothing to learn from, and the running statistics stay.
        out = input if weight is None else input * weight
        return out if bias is None else out + bias
    if count == 1:
        raise ValueError(
            "batch_norm: expected more than 1 value per channel when training, "
            f"got input of shape {tuple(input.shape)}"
        )
    out, center, variance = _normalize(input, weight, bias, dims, eps, "batch_norm")
    _move(running_mean, center, momentum)
    _move(running_var, variance * (count / (count - 1)), momentum)
    return out


def _move(running: Any, latest: np.ndarray, momentum: float) -> None:
    """Moves a running statistic, in place, the part ``momentum`` of the way to the latest value."""
    if running is None:
        return
    array = raw(running)
    array += momentum * (latest.reshape(array.shape) - array)
    if isinstance(running, Tensor):
        running.mark_written()


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """``x̂ · weight + bias`` for each channel of each sample: ``(N, C, *) → (N, C, *)``.

    As ``batch_norm``, but mean and variance are those of one sample; the running statistics move
    towards their average over the samples.  ``use_input_stats=False`` uses the running ones.
    """
    input = need_float(input, None, "instance_norm")
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    if input.ndim < 3:
        raise RuntimeError(
            f"instance_norm: expected input of shape (N, C, *), got {tuple(input.shape)}"
        )
    channels = input.shape[1]
    _check_affine(
        "instance_norm", input.dtype, (channels,),
        running_mean=running_mean, running_var=running_var, weight=weight, bias=bias,
    )  # fmt: skip
    dims = tuple(range(2, input.ndim))
    count = math.prod(input.shape[2:])
    if count == 1:
        raise ValueError(
            "instance_norm: expected more than 1 spatial element when training, "
            f"got input of shape {tuple(input.shape)}"
        )
    out, center, variance = _normalize(input, None, None, dims, eps, "instance_norm")
    if len(input) and count:
        _move(running_mean, center.mean(0), momentum)
        _move(running_var, variance.mean(0) * (count / (count - 1)), momentum)
    wide = (channels, *(1,) * len(dims))
    out = out if weight is None else out * reshape(weight, wide)
    return out if bias is None else out + reshape(bias, wide)


# -- over a sample ---------------------------------------------------------------------------------


def _last_sizes(input: Any, normalized_shape: Any, name: str) -> tuple[int, ...]:
    """``normalized_shape`` as a tuple; refuses it unless ``input`` ends with these sizes."""
    several = isinstance(normalized_shape, (tuple, list))
    sizes = tuple(normalized_shape) if several else (normalized_shape,)
    start = input.ndim - len(sizes)
    if not sizes or start < 0 or tuple(input.shape[start:]) != sizes:
        raise RuntimeError(
            f"{name}: the last sizes of input must be normalized_shape {sizes}, "
            f"got input of shape {tuple(input.shape)}"
        )
    return sizes


def layer_norm(
    input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """``x̂ · weight + bias`` over the last dimensions, those of ``normalized_shape``.

    ``(*, *normalized_shape) → (*, *normalized_shape)``; ``weight`` and ``bias`` have the shape
    ``normalized_shape``, or are None.

    With h = g · weight: d input = (h - h̄ - x̂ · mean(h · x̂)) / √(variance + eps);
    d weight = Σ g · x̂,  d bias = Σ g, over the leading dimensions.

    Ba, Kiros and Hinton, "Layer Normalization", 2016.
    """
    input = need_float(input, None, "layer_norm")
    sizes = _last_sizes(input, normalized_shape, "layer_norm")
    _check_affine("layer_norm", input.dtype, sizes, weight=weight, bias=bias)
    dims = tuple(range(input.ndim - len(sizes), input.ndim))
    out, _, _ = _normalize(input, None, None, dims, eps, "layer_norm")
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


def rms_norm(
    input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None
) -> Any:
    """``input / √(mean(input²) + eps) · weight`` over the last dimensions.

    ``(*, *normalized_shape) → (*, *normalized_shape)``, as ``layer_norm``, but nothing is
    subtracted.  ``eps`` is the smallest step from 1 of the dtype unless given.

    With r = √(mean(input²) + eps), h = g · weight and y = input / r:
    d input = (h - y · mean(h · y)) / r, d weight = Σ g · y.

    Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
    """
    input = need_float(input, None, "rms_norm")
    sizes = _last_sizes(input, normalized_shape, "rms_norm")
    _check_affine("rms_norm", input.dtype, sizes, weight=weight)
    if input.dtype == np.float16:
        weight = weight if weight is None else to(weight, np.float32)
        return to(rms_norm(to(input, np.float32), sizes, weight, eps), np.float16)
    dims = tuple(range(input.ndim - len(sizes), input.ndim))
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    out = input * rsqrt(mean(input * input, dims, True) + eps)
    return out if weight is None else out * weight


def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """``x̂ · weight + bias`` over groups of channels of each sample: ``(N, C, *) → (N, C, *)``.

    ``weight`` and ``bias`` are ``(C)`` or None.  Wu and He, "Group Normalization", 2018.
    """
    input = need_float(input, None, "group_norm")
    if input.ndim < 2:
        raise RuntimeError(
            f"group_norm: expected input of shape (N, C) or (N, C, *), got {tuple(input.shape)}"
        )
    samples, channels = input.shape[:2]
    if num_groups < 1 or channels % num_groups:
        raise RuntimeError(
            f"group_norm: the {channels} channels of input must divide into num_groups "
            f"{num_groups} groups"
        )
    _check_affine("group_norm", input.dtype, (channels,), weight=weight, bias=bias)
    rest = math.prod(input.shape[1:]) // num_groups
    if samples * rest == 1:
        raise ValueError(
            "group_norm: expected more than 1 value per group when there is one sample, "
            f"got input of shape {tuple(input.shape)} and num_groups {num_groups}"
        )
    grouped = reshape(input, (samples, num_groups, rest))
    out, _, _ = _normalize(grouped, None, None, (2,), eps, "group_norm")
    out = reshape(out, input.shape)
    wide = (channels, *(1,) * (input.ndim - 2))
    out = out if weight is None else out * reshape(weight, wide)
    return out if bias is None else out + reshape(bias, wide)


# -- by length -------------------------------------------------------------------------------------


def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Any:
    """``input / max(length, eps)``, the length being ``(Σ |input|^p)^(1/p)`` over ``dim``.

    PyTorch's ``out`` is left out.  For p = 2 and y the output: d input = (g - y · Σ g·y) / length.
    """
    input = need_float(input, None, "normalize")
    return input / clamp(p_norm(input, p, dim, True, None, "normalize"), float(eps))


def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    """``input / (k + alpha · m)^beta``, m the mean of input² over ``size`` channels around.

    ``(N, C, *) → (N, C, *)``; channels beyond the first and last count as 0.  With even ``size``
    there is one channel more before than after.

    With s = k + alpha · m: d input = g · s^-beta - 2 alpha · beta / size · input · Σ g · y / s,
    the sum over those channels of whose means this one is part.

    Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
    Networks", 2012.
    """
    input = need_float(input, None, "local_response_norm")
    if input.ndim < 3:
        raise ValueError(
            f"local_response_norm: expected input of shape (N, C, *), got {tuple(input.shape)}"
        )
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)):
        raise TypeError(f"local_response_norm: size must be an int, got {size!r}")
    if size < 1:
        raise ValueError(f"local_response_norm: size must be at least 1, got {size}")
    if 0 in input.shape:
        return input
    samples, channels = input.shape[:2]
    planes = reshape(input * input, (samples, 1, channels, -1))
    around = avg_pool2d(pad(planes, (0, 0, size // 2, (size - 1) // 2)), (size, 1), 1)
    return input / pow(reshape(around, input.shape) * alpha + k, beta)
