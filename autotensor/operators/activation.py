"""Activation functions, and dropout.

``relu``, ``sigmoid`` and ``tanh`` stand with the other elementwise operators, ``softmax`` and
``log_softmax`` with the reductions.  In the formulas ``g`` is the gradient of the output, ``y`` the
output and σ the sigmoid.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.creation import uniform_array
from autotensor.operator import assign, operator, unary
from autotensor.operators.elementwise import abs as absolute
from autotensor.operators.elementwise import clamp, clone, exp, sigmoid, tanh, where
from autotensor.operators.reductions import _need_float, softmax
from autotensor.operators.shapes import chunk, one_dim, reshape
from autotensor.operators.special import erf_array
from autotensor.tensor import Tensor

__all__ = [
    "celu", "dropout", "dropout1d", "dropout2d", "dropout3d", "elu", "gelu", "glu", "hardshrink",
    "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "logsigmoid", "mish", "prelu", "relu6",
    "selu", "silu", "softmin", "softplus", "softshrink", "softsign", "tanhshrink", "threshold",
]  # fmt: skip

ROOT_HALF = math.sqrt(0.5)
ROOT_TWO_OVER_PI = math.sqrt(2 / math.pi)
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def _written(compute: Callable[..., Any], input: Any, *args: Any) -> Any:
    """``compute(input, *args)`` written into the memory of ``input``.

    It is computed from a copy, because its derivative may need the values that are overwritten.
    """
    return assign(input, compute(clone(input), *args), f"{compute.__name__}_")


# -- bent lines ------------------------------------------------------------------------------------


@operator(input=lambda g, input, slope: where(input > 0, g, g * slope))
def _leaky_relu(input: Any, slope: Any) -> Any:
    """Value and derivative of ``leaky_relu``."""
    return np.where(input > 0, input, input * slope)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """``input`` where positive, else ``negative_slope · input``.

    d input = g where input > 0, else negative_slope · g.
    """
    if inplace:
        return _written(leaky_relu, input, negative_slope)
    return _leaky_relu(_need_float(input, None, "leaky_relu"), float(negative_slope))


def prelu(input: Any, weight: Any) -> Any:
    """``input`` where positive, else ``weight · input``; ``weight`` is a Tensor and can be trained.

    Args:
        input: ``(N, C, *)``.
        weight: ``(C)``, one slope for each channel, or ``(1)`` for all.

    d input = g where input > 0, else weight · g;  d weight = Σ g · input where input <= 0.
    """
    input = _need_float(input, None, "prelu")
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.ndim > 1 or weight.numel() not in (1, channels):
        raise RuntimeError(
            f"prelu: weight must hold 1 slope or one for each of the {channels} channels of input "
            f"{tuple(input.shape)}, got weight of shape {tuple(weight.shape)}"
        )
    if weight.ndim and input.ndim > 1:
        weight = reshape(weight, (-1, *(1,) * (input.ndim - 2)))
    out = where(input > 0, input, input * weight)
    return out if out.shape == input.shape else reshape(out, input.shape)


@operator(input=lambda g, input, low, high: where((input > low) & (input < high), g, 0.0))
def _hardtanh(input: Any, low: Any, high: Any) -> Any:
    """Value and derivative of ``hardtanh``."""
    return np.clip(input, low, high)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """``input`` kept within ``[min_val, max_val]``.

    d input = g strictly between the bounds, else 0 (``clamp`` passes g at the bounds too).
    """
    if inplace:
        return _written(hardtanh, input, min_val, max_val)
    if min_val > max_val:
        raise ValueError(
            f"hardtanh: min_val must not exceed max_val, got min_val {min_val}, max_val {max_val}"
        )
    return _hardtanh(_need_float(input, None, "hardtanh"), float(min_val), float(max_val))


def relu6(input: Any, inplace: bool = False) -> Any:
    """``min(max(input, 0), 6)``.  d input = g where 0 < input < 6, else 0."""
    return _written(relu6, input) if inplace else hardtanh(input, 0.0, 6.0)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """``relu6(input + 3) / 6``, a sigmoid of three lines.  d input = g / 6 where |input| < 3."""
    return _written(hardsigmoid, input) if inplace else relu6(input + 3) / 6.0


@operator(
    input=lambda g, input: where(input >= 3, g, where(input > -3, g * (input / 3.0 + 0.5), 0.0))
)
def _hardswish(input: Any) -> Any:
    """Value and derivative of ``hardswish``."""
    return input * np.clip(input + 3, 0, 6) / 6


def hardswish(input: Any, inplace: bool = False) -> Any:
    """``input · relu6(input + 3) / 6``.

    d input = 0 up to -3, g from 3 on, ``g · (input / 3 + 1/2)`` between.
    """
    if inplace:
        return _written(hardswish, input)
    return _hardswish(_need_float(input, None, "hardswish"))


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """``input`` where it is above ``threshold``, else ``value``.  d input = g there, else 0."""
    if inplace:
        return _written(_threshold, input, threshold, value)
    return _threshold(input, threshold, value)


def _threshold(input: Any, bound: float, value: float) -> Any:
    return where(input <= bound, value, input)


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """``input``, and 0 where ``|input| <= lambd``.  d input = g where the output is not 0."""
    input = _need_float(input, None, "hardshrink")
    return where((input >= -lambd) & (input <= lambd), 0.0, input)


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """``input`` moved towards 0 by ``lambd``, and 0 where ``|input| <= lambd``.

    d input = g where |input| > lambd, else 0.
    """
    if lambd < 0:
        raise RuntimeError(f"softshrink: lambd must be at least 0, got {lambd}")
    input = _need_float(input, None, "softshrink")
    return input - clamp(input, -float(lambd), float(lambd))


# -- with exponentials -----------------------------------------------------------------------------


@operator(
    input=lambda g, input, output, scale, alpha, rate: where(
        input > 0, g * scale, g * ((output + scale * alpha) * rate)
    )
)
def _elu(input: Any, scale: Any, alpha: Any, rate: Any) -> Any:
    """``scale · input`` where positive, else ``scale · alpha · (e^(rate · input) - 1)``."""
    below = np.expm1(np.minimum(input, 0) * rate)
    return np.where(input > 0, input * scale, below * (scale * alpha))


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """``input`` where positive, else ``alpha · (e^input - 1)``.

    d input = g where input > 0, else ``g · (y + alpha)``.
    """
    if inplace:
        return _written(elu, input, alpha)
    return _elu(_need_float(input, None, "elu"), 1.0, float(alpha), 1.0)


def selu(input: Any, inplace: bool = False) -> Any:
    """``scale · elu(input, alpha)`` with the two constants that keep mean 0 and variance 1.

    Klambauer et al., "Self-Normalizing Neural Networks", 2017.
    d input = scale · g where input > 0, else ``g · (y + scale · alpha)``.
    """
    if inplace:
        return _written(selu, input)
    return _elu(_need_float(input, None, "selu"), SELU_SCALE, SELU_ALPHA, 1.0)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """``input`` where positive, else ``alpha · (e^(input / alpha) - 1)``.

    d input = g where input > 0, else ``g · (y / alpha + 1)``.
    """
    if inplace:
        return _written(celu, input, alpha)
    if alpha == 0:
        raise RuntimeError("celu: alpha must not be 0")
    return _elu(_need_float(input, None, "celu"), 1.0, float(alpha), 1 / float(alpha))


@operator(
    input=lambda g, input, beta, threshold: where(
        input * beta > threshold, g, g * sigmoid(input * beta)
    )
)
def _softplus(input: Any, beta: Any, threshold: Any) -> Any:
    """Value and derivative of ``softplus``."""
    scaled = input * beta
    return np.where(scaled > threshold, input, np.logaddexp(scaled, 0.0) / beta)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """``ln(1 + e^(beta · input)) / beta``; ``input`` itself where ``beta · input > threshold``.

    d input = g · σ(beta · input), and g above the threshold.
    """
    return _softplus(_need_float(input, None, "softplus"), float(beta), float(threshold))


@unary(lambda x: -np.logaddexp(-x, 0.0), lambda g, input: g * sigmoid(-input))
def _logsigmoid(input: Any) -> Any:
    """Value and derivative of ``logsigmoid``."""


def logsigmoid(input: Any) -> Any:
    """``ln σ(input)``, without overflow.  d input = g · σ(-input)."""
    return _logsigmoid(_need_float(input, None, "logsigmoid"))


def silu(input: Any, inplace: bool = False) -> Any:
    """``input · σ(input)``, also called swish.  d input = g · (σ + y · (1 - σ))."""
    if inplace:
        return _written(silu, input)
    input = _need_float(input, None, "silu")
    return input * sigmoid(input)


def mish(input: Any, inplace: bool = False) -> Any:
    """``input · tanh(softplus(input))``.  d input = g · (t + input · (1 - t²) · σ), t the tanh."""
    if inplace:
        return _written(mish, input)
    return input * tanh(softplus(input))


@unary(
    lambda x: 0.5 * erf_array(x * ROOT_HALF) + 0.5,
    lambda g, input: g * exp(input * input * -0.5) * (ROOT_TWO_OVER_PI / 2),
)
def _normal_cdf(input: Any) -> Any:
    """Φ: the chance that a standard normal variable is below ``input``.

    d input = g · e^(-input² / 2) / √(2π).
    """


def _tanh_cdf_array(x: Any) -> Any:
    return 0.5 * np.tanh(ROOT_TWO_OVER_PI * (x + 0.044715 * x * x * x)) + 0.5


@unary(
    _tanh_cdf_array,
    lambda g, input, output: (
        g * (output * (1 - output) * (2 * ROOT_TWO_OVER_PI)) * (1 + 3 * 0.044715 * input * input)
    ),
)
def _tanh_cdf(input: Any) -> Any:
    """Φ, nearly: ``(1 + tanh(√(2/π) · (input + 0.044715 · input³))) / 2``."""


def gelu(input: Any, approximate: str = "none") -> Any:
    """``input · Φ(input)``, Φ the standard normal distribution function.

    Args:
        approximate: ``'none'`` computes Φ exactly, ``'tanh'`` by a formula with tanh.

    d input = g · (Φ(input) + input · φ(input)), φ = Φ' the normal density.
    """
    input = _need_float(input, None, "gelu")
    if approximate == "none":
        return input * _normal_cdf(input)
    if approximate == "tanh":
        return input * _tanh_cdf(input)
    raise RuntimeError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")


# -- others ----------------------------------------------------------------------------------------


def softsign(input: Any) -> Any:
    """``input / (1 + |input|)``.  d input = g / (1 + |input|)²."""
    return input / (absolute(input) + 1)


def tanhshrink(input: Any) -> Any:
    """``input - tanh(input)``.  d input = g · tanh²(input)."""
    return input - tanh(input)


def softmin(input: Any, dim: int | None = None, *, dtype: Any = None) -> Any:
    """``softmax(-input)``.  d input = -y · (g - Σ g·y)."""
    if dim is None:
        raise TypeError("softmin: dim is missing; for scores (N, C) it is 1")
    return softmax(-input, dim, dtype=dtype)


def glu(input: Any, dim: int = -1) -> Any:
    """``a · σ(b)`` where ``a`` and ``b`` are the halves of ``input`` along ``dim``.

    d a = g · σ(b),  d b = g · a · σ(b) · (1 - σ(b)).
    """
    input = _need_float(input, None, "glu")
    if input.ndim == 0:
        raise RuntimeError("glu: a 0-d Tensor has no halves; expected at least one dimension")
    size = input.shape[one_dim(dim, input.ndim, "glu")]
    if size % 2:
        raise RuntimeError(f"glu: dim {dim} must be of even size, got {size}")
    first, second = chunk(input, 2, dim)
    return first * sigmoid(second)


# -- dropout ---------------------------------------------------------------------------------------


def _kept(like: np.ndarray, shape: tuple[int, ...], p: float) -> np.ndarray:
    """0 with probability ``p``, else ``1 / (1 - p)``, in the dtype and memory order of ``like``."""
    if p == 1:
        return np.zeros(shape, like.dtype)
    # In the memory order of ``like``, so that the product walks both from end to end.
    order = sorted(range(like.ndim), key=lambda axis: -like.strides[axis])
    drawn = uniform_array([shape[axis] for axis in order], like.dtype)
    kept = np.multiply(drawn >= p, 1 / (1 - p), dtype=like.dtype)
    return kept.transpose(np.argsort(order))


def _dropout(
    input: Any, p: float, training: bool, inplace: bool, name: str, whole_channels: bool = False
) -> Any:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"{name}: p must be a probability between 0 and 1, got {p}")
    input = _need_float(input, None, name)
    if not training or p == 0:
        return input
    array = input.array if isinstance(input, Tensor) else input
    shape = array.shape
    if whole_channels:
        shape = shape[:2] + (1,) * (array.ndim - 2)
    out = input * _kept(array, shape, float(p))
    return assign(input, out, f"{name}_") if inplace else out


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each element becomes 0 with probability ``p``, else is divided by ``1 - p``.

    So the expected value stays the same; with ``training=False`` it is ``input`` itself.  Draws
    from the default generator.  d input = g with the same zeros and the same factor.
    """
    return _dropout(input, p, training, inplace, "dropout")


def _dropout_channels(
    input: Any, p: float, training: bool, inplace: bool, name: str, shape: str
) -> Any:
    if input.ndim != shape.count(",") + 1:
        raise RuntimeError(
            f"{name}: expected input of shape {shape}, got {tuple(input.shape)}; "
            "one sample without a batch needs unsqueeze(0)"
        )
    return _dropout(input, p, training, inplace, name, whole_channels=True)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """``dropout`` of whole channels of ``(N, C, L)``."""
    return _dropout_channels(input, p, training, inplace, "dropout1d", "(N, C, L)")


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """``dropout`` of whole channels of ``(N, C, H, W)``."""
    return _dropout_channels(input, p, training, inplace, "dropout2d", "(N, C, H, W)")


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """``dropout`` of whole channels of ``(N, C, D, H, W)``."""
    return _dropout_channels(input, p, training, inplace, "dropout3d", "(N, C, D, H, W)")
