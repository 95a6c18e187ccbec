"""Operators that give values mean 0 and variance 1, over the batch, a sample or groups of channels.

All stand on one: ``_normalize``, which takes mean and variance over some dimensions.  In the
formulas ``x̂ = (input - mean) / √(variance + eps)`` and a bar means the mean over those dimensions.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine.graph import Bundle, record, record_from, stands_inside
from autotensor.engine.in_place import need_writable
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.kernels.normalization import (
    gradients,
    normalized,
    normalized_rows,
    row_gradients,
)
from autotensor.machine.error_state import silent
from autotensor.operators.arguments import int_of, need_float, need_shape, need_tensor
from autotensor.operators.networks.pooling import avg_pool2d
from autotensor.operators.pointwise.arithmetic import pow, rsqrt
from autotensor.operators.pointwise.choice import clamp
from autotensor.operators.reductions.reductions import mean, p_norm
from autotensor.operators.structure.copying import computed_in_float32, to
from autotensor.operators.structure.padding import pad
from autotensor.operators.structure.shapes import reshape
from autotensor.remedies import unlike_dtypes

__all__ = [
    "batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "normalize",
    "rms_norm",
]  # fmt: skip

BATCH = "(N, C) or (N, C, *)"
Dims = tuple[int, ...]


# -- the core --------------------------------------------------------------------------------------


def _gradients(
    g: Any, input: Any, weight: Any, bias: Any, values: Any, inverse: Any, dims: Dims, eps: float,
    back: Any,
) -> Bundle:  # fmt: skip
    """By input, weight and bias: of arrays by the kernel ``back``."""
    if not isinstance(g, Tensor):
        return Bundle(3, dict(enumerate(back(g, weight, values, inverse, dims))))
    # For higher derivatives: as functions of the input.
    values = input - mean(input, dims, True)
    inverse = rsqrt(mean(values * values, dims, True) + eps)
    values, h = values * inverse, g if weight is None else g * weight
    by_input = inverse * (h - mean(h, dims, True) - values * mean(h * values, dims, True))
    return Bundle(3, {0: by_input, 1: g * values, 2: g})  # which the engine sums to their shapes


def _recorded(name: str, out: np.ndarray, inputs: tuple[Any, Any, Any], *saved: Any) -> Any:
    """``out`` with ``_gradients``, which needs ``saved`` after the inputs.

    Two nodes: the gradient comes to the outer one, which computes all three and hands them to the
    inner one, from which each goes its way.
    """
    rules = [(Bundle.part, (at,)) for at in range(3)]
    inner = record_from(name, np.empty(0, out.dtype), inputs, rules).node
    if inner is None:
        return wrap(out)
    stands_inside(inner)
    return record(out, name, ((inner, _gradients, (*inputs, *saved)),))


def _normalize(
    input: Any, weight: Any, bias: Any, dims: Dims, eps: float, name: str
) -> tuple[Any, np.ndarray, np.ndarray]:
    """``x̂ · weight + bias`` with mean and variance over ``dims``; these two come along, raw.

    ``weight`` and ``bias`` are None or constant over ``dims``: of size 1 there.
    """
    if raw(input).dtype == np.float16:
        # A sum of float16 values has too few digits for a mean, let alone for a variance.
        x, w, b = (one if one is None else to(one, np.float32) for one in (input, weight, bias))
        out, center, variance = _normalize(x, w, b, dims, eps, name)
        return to(out, np.float16), center, variance
    w, b = (one if one is None else raw(one) for one in (weight, bias))
    out, values, inverse, center, variance = silent().run(normalized, raw(input), w, b, dims, eps)
    inputs = (input, weight, bias)
    if any(isinstance(one, Tensor) for one in inputs):
        out = _recorded(name, out, inputs, values, inverse, dims, eps, gradients)
    return out, center, variance


@computed_in_float32
def _normalize_rows(input: Any, weight: Any, bias: Any, dims: Dims, eps: float) -> Any:
    """``x̂ · weight + bias`` over ``dims``, the last ones; of their sizes are ``weight`` and
    ``bias``, which may be None."""
    x, w, b = raw(input), raw(weight), None if bias is None else raw(bias).reshape(-1)
    rows = x.reshape(math.prod(x.shape[: dims[0]]), w.size)
    out, values, inverse = silent().run(normalized_rows, rows, w.reshape(-1), b, eps)
    inputs = (input, weight, bias)
    out = out.reshape(x.shape)
    return _recorded("layer_norm", out, inputs, values, inverse, dims, eps, row_gradients)


def _check_affine(name: str, dtype: np.dtype, shape: tuple[int, ...], **given: Any) -> None:
    """Refuses a weight, bias … of another shape or dtype than those of the input.

    An input of float16 may meet a layer that is float32 as a whole: mixed precision.
    """
    kinds = {}
    for argument, value in given.items():
        if value is None:
            continue
        array = need_tensor(value, name, argument)
        if array.shape != shape:
            raise RuntimeError(
                f"{name}: {argument} must have shape {shape} to fit the input, got {array.shape}"
            )
        kinds[f"the layer's {argument}"] = array.dtype
    wanted = np.float32 if dtype == np.float16 and np.float32 in kinds.values() else dtype
    if any(kind != wanted for kind in kinds.values()):
        if len(set(kinds.values())) == 1:
            kinds = dict([*kinds.items()][:1])  # one says it for all
        raise unlike_dtypes(name, input=dtype, **kinds)


def _check_channels(
    input: Any, name: str, least: int, running_mean: Any, running_var: Any, **affine: Any
) -> None:
    """Refuses what is not ``(N, C, *)`` of at least so many dimensions, weights and statistics not
    ``(C)``, and one of the statistics without the other."""
    if (running_mean is None) != (running_var is None):
        raise ValueError(
            f"{name}: running_mean and running_var must both be given, or both be None"
        )
    affine = {"running_mean": running_mean, "running_var": running_var, **affine}
    need_shape(input, input.ndim >= least, "(N, C, *)" if least > 2 else BATCH, name)
    array = raw(input)
    _check_affine(name, array.dtype, array.shape[1:2], **affine)


def _need_several(input: Any, count: int, what: str, name: str) -> None:
    """Refuses a variance of a single value, which is 0."""
    if count == 1:
        expected = f"more than 1 {what} when training"
        raise ValueError(f"{name}: expected {expected}, got input of shape {input.shape}")


def _affine(out: Any, weight: Any, bias: Any) -> Any:
    """``out · weight + bias``, both of which may be None."""
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


def _by_channel(given: Any, ndim: int) -> Any:
    """``(C)`` such that it broadcasts with ``(N, C, *)``; None stays None."""
    return given if given is None else reshape(given, (-1, *(1,) * (ndim - 2)))


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

    With x̂ = (input - mean) / √(variance + eps):
    d input = weight / √(variance + eps) · (g - mean(g) - x̂ · mean(g · x̂)), d weight = Σ g · x̂,
    d bias = Σ g.  Outside training the statistics are constants: g · weight / √(running_var + eps).

    Ioffe and Szegedy, "Batch Normalization", 2015.

    Raises:
        ValueError: in training, with one value per channel: its variance would be 0.
        RuntimeError: shapes that do not fit; also an empty vector, which PyTorch takes.

    Example:

        >>> x = at.tensor([[1.0, 10.0], [3.0, 30.0]])  # two samples, two channels
        >>> mean, var = at.zeros(2), at.ones(2)
        >>> F.batch_norm(x, mean, var, training=True)
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
        >>> mean, var  # a tenth of the way to 2, 20 and to 2, 200
        (tensor([0.2000, 2.0000]), tensor([ 1.1000, 20.9000]))
        >>> mean, var = at.tensor([2.0, 10.0]), at.tensor([1.0, 100.0])
        >>> F.batch_norm(x, mean, var, bias=at.ones(2)).round()
        tensor([[0., 1.],
                [2., 3.]])
    """
    input = need_float(input, None, "batch_norm")
    statistics = (running_mean, running_var)
    _check_channels(input, "batch_norm", 2, *statistics, weight=weight, bias=bias)
    if eps < 0 or (training and eps == 0):
        raise ValueError(f"batch_norm: eps must be positive, got {eps}")
    dims = (0, *range(2, input.ndim))
    weight, bias = (_by_channel(one, input.ndim) for one in (weight, bias))
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError(
                "batch_norm: running_mean and running_var must be given when training=False"
            )
        running = (_by_channel(one, input.ndim) for one in (running_mean, running_var))
        return _by_running(input, *running, weight, bias, eps)
    shape = raw(input).shape
    count = math.prod(shape[dim] for dim in dims)
    if count == 0:
        # Nothing to learn from, and the running statistics stay.
        return _affine(input, weight, bias)
    _need_several(input, count, "value per channel", "batch_norm")
    out, center, variance = _normalize(input, weight, bias, dims, eps, "batch_norm")
    _move_running(running_mean, center, momentum)
    _move_running(running_var, variance * (count / (count - 1)), momentum)
    return out


@computed_in_float32
def _by_running(input: Any, mean: Any, variance: Any, weight: Any, bias: Any, eps: float) -> Any:
    """``(input - mean) / √(variance + eps) · weight + bias``, of constants that broadcast."""
    scale = rsqrt(variance + eps)
    scale = scale if weight is None else scale * weight
    shift = mean * -scale
    return input * scale + (shift if bias is None else shift + bias)


def _move_running(running: Any, latest: np.ndarray, momentum: float) -> None:
    """Moves a running statistic, in place, the part ``momentum`` of the way to the latest value."""
    if running is None:
        return
    if isinstance(running, Tensor):
        need_writable(running, "batch_norm")
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
    Differentiated as ``batch_norm``.

    Raises:
        ValueError: one value per channel and sample: its variance would be 0.
        RuntimeError: shapes that do not fit.

    Example:

        >>> x = at.tensor([[[1.0, 3.0]], [[100.0, 300.0]]])  # two samples of one channel
        >>> F.instance_norm(x)
        tensor([[[-1.0000,  1.0000]],
        <BLANKLINE>
                [[-1.0000,  1.0000]]])
    """
    input = need_float(input, None, "instance_norm")
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    statistics = (running_mean, running_var)
    _check_channels(input, "instance_norm", 3, *statistics, weight=weight, bias=bias)
    dims = tuple(range(2, input.ndim))
    count = math.prod(input.shape[2:])
    _need_several(input, count, "spatial element", "instance_norm")
    weight, bias = (_by_channel(one, input.ndim) for one in (weight, bias))
    out, center, variance = _normalize(input, weight, bias, dims, eps, "instance_norm")
    if len(input) and count:
        _move_running(running_mean, center.mean(0), momentum)
        _move_running(running_var, variance.mean(0) * (count / (count - 1)), momentum)
    return out


# -- over a sample ---------------------------------------------------------------------------------


def _last_dims(input: Any, normalized_shape: Any, name: str, **affine: Any) -> tuple[Any, Dims]:
    """``input``, of floating-point numbers, and the dims of ``normalized_shape``; refuses it unless
    ``input`` ends with these sizes."""
    input = need_float(input, None, name)
    several = isinstance(normalized_shape, (tuple, list))
    sizes = tuple(normalized_shape) if several else (normalized_shape,)
    array = raw(input)
    start = array.ndim - len(sizes)
    if not sizes or start < 0 or array.shape[start:] != sizes:
        raise RuntimeError(
            f"{name}: the last sizes of input must be normalized_shape {sizes}, "
            f"got input of shape {array.shape}"
        )
    _check_affine(name, array.dtype, sizes, **affine)
    return input, tuple(range(start, array.ndim))


def layer_norm(
    input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """``x̂ · weight + bias`` over the last dimensions, those of ``normalized_shape``.

    ``(*, *normalized_shape) → (*, *normalized_shape)``; ``weight`` and ``bias`` have the shape
    ``normalized_shape``, or are None.

    With x̂ = (input - mean) / √(variance + eps) and h = g · weight: d input = (h - mean(h) - x̂ ·
    mean(h · x̂)) / √(variance + eps), d weight = Σ g · x̂, d bias = Σ g: these over the leading
    dimensions.

    Ba, Kiros and Hinton, "Layer Normalization", 2016.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> x = at.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]], requires_grad=True)
        >>> y = F.layer_norm(x, (3,))
        >>> at.allclose(y[0], y[1]), at.allclose(y.mean(1), at.zeros(2), atol=1e-6)
        (True, True)
        >>> y[0].square().mean().backward()  # the variance is 1 whatever x is
        >>> at.allclose(x.grad, at.zeros(2, 3), atol=1e-4)
        True
    """
    input, dims = _last_dims(input, normalized_shape, "layer_norm", weight=weight, bias=bias)
    if weight is None:
        out, _, _ = _normalize(input, None, None, dims, eps, "layer_norm")
        return to(_affine(out, None, bias), input.dtype)
    return _normalize_rows(input, weight, bias, dims, eps)


def rms_norm(
    input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None
) -> Any:
    """``input / √(mean(input²) + eps) · weight`` over the last dimensions.

    ``(*, *normalized_shape) → (*, *normalized_shape)``, as ``layer_norm``, but nothing is
    subtracted.  ``eps`` is the smallest step from 1 of the dtype unless given.

    With r = √(mean(input²) + eps), h = g · weight and y = input / r:
    d input = (h - y · mean(h · y)) / r, d weight = Σ g · y.

    Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:

        >>> F.rms_norm(at.tensor([[1.0, 7.0], [-3.0, -3.0]]), (2,))  # divided by 5 and by 3
        tensor([[ 0.2000,  1.4000],
                [-1.0000, -1.0000]])
    """
    input, dims = _last_dims(input, normalized_shape, "rms_norm")
    if weight is not None:  # which may be of any dtype
        kind = need_tensor(weight, "rms_norm", "weight").dtype
        _check_affine("rms_norm", kind, input.shape[dims[0] :], weight=weight)
    return _rms_normalized(input, weight, dims, eps)


@computed_in_float32
def _rms_normalized(input: Any, weight: Any, dims: Dims, eps: float | None) -> Any:
    """``rms_norm`` over ``dims``."""
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    out = input * rsqrt(mean(input * input, dims, True) + eps)
    return to(_affine(out, weight, None), input.dtype)


def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """``x̂ · weight + bias`` over groups of channels of each sample: ``(N, C, *) → (N, C, *)``.

    ``weight`` and ``bias`` are ``(C)`` or None.  Differentiated as ``layer_norm``, over the
    channels of a group.  Wu and He, "Group Normalization", 2018.

    Raises:
        ValueError: one value per group: its variance would be 0.
        RuntimeError: channels that do not divide into ``num_groups``; shapes that do not fit.

    Example:

        >>> x = at.tensor([[1.0, 3.0, 10.0, 30.0]])  # four channels
        >>> F.group_norm(x, 2)
        tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
        >>> F.group_norm(at.ones(8, 6, 32, 32), 3).shape
        torch.Size([8, 6, 32, 32])
    """
    input = need_float(input, None, "group_norm")
    need_shape(input, input.ndim >= 2, BATCH, "group_norm")
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
            f"got input of shape {input.shape} and num_groups {num_groups}"
        )
    weight, bias = (_by_channel(one, input.ndim) for one in (weight, bias))
    return _by_group(input, weight, bias, (samples, num_groups, rest), eps)


@computed_in_float32
def _by_group(input: Any, weight: Any, bias: Any, grouped: Dims, eps: float) -> Any:
    """``x̂ · weight + bias``, mean and variance over the last dimension of the shape ``grouped``."""
    out, _, _ = _normalize(reshape(input, grouped), None, None, (2,), eps, "group_norm")
    return _affine(reshape(out, input.shape), weight, bias)


# -- by length -------------------------------------------------------------------------------------


def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Any:
    """``input / max(length, eps)``, the length being ``(Σ |input|^p)^(1/p)`` over ``dim``.

    With the length for p = 2: d input = (g - y · Σ g · y) / length.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: ``input`` is not of a floating dtype.

    Example:

        >>> F.normalize(at.tensor([[3.0, 4.0], [0.0, 0.5]]))
        tensor([[0.6000, 0.8000],
                [0.0000, 1.0000]])
        >>> F.normalize(at.tensor([1.0, 3.0]), p=1, dim=0)
        tensor([0.2500, 0.7500])
    """
    input = need_float(input, None, "normalize")
    return input / clamp(p_norm(input, p, dim, True, None, "normalize"), float(eps))


def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    """``input / (k + alpha · m)^beta``, m the mean of input² over ``size`` channels around.

    ``(N, C, *) → (N, C, *)``; channels beyond the first and last count as 0.  With even ``size``
    there is one channel more before than after.  Integers are refused, unlike in PyTorch.

    With s = k + alpha · m: d input = g · s^-beta - 2 alpha · beta / size · input · Σ g · y / s: the
    sum is over those channels of whose means this one is part.

    Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
    Networks", 2012.

    Raises:
        ValueError: ``size`` less than 1, or fewer than three dimensions.

    Example:

        >>> x = at.tensor([1.0, 2.0, 0.0]).reshape(1, 3, 1)  # three channels
        >>> y = F.local_response_norm(x, size=3, alpha=3.0, beta=1.0)
        >>> y.flatten()  # 1 / (1 + 1 + 4), 2 / (1 + 1 + 4), 0
        tensor([0.1667, 0.3333, 0.0000])
    """
    input = need_float(input, None, "local_response_norm")
    need_shape(input, input.ndim >= 3, "(N, C, *)", "local_response_norm", error=ValueError)
    size = int_of(size, "local_response_norm", "size")
    if size < 1:
        raise ValueError(f"local_response_norm: size must be at least 1, got {size}")
    if 0 in input.shape:
        return input
    samples, channels = input.shape[:2]
    planes = reshape(input * input, (samples, 1, channels, -1))
    around = avg_pool2d(pad(planes, (0, 0, size // 2, (size - 1) // 2)), (size, 1), 1)
    return input / pow(reshape(around, input.shape) * alpha + k, beta)
