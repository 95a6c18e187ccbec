"""Activation functions.

``relu``, ``sigmoid`` and ``tanh`` stand with the other elementwise operators, ``softmax`` and
``log_softmax`` with the reductions.  In the formulas ``g`` is the gradient of the output, ``y`` the
output and σ the sigmoid.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.engine.in_place import assign
from autotensor.engine.operator import operator, unary
from autotensor.engine.tensor import method, raw
from autotensor.kernels.elementwise import by_kernel, chosen, log_one_plus_exp, logistic
from autotensor.kernels.special_functions import normal_cdf, normal_cdf_back
from autotensor.machine.threads import PER_ELEMENT
from autotensor.operators.arguments import (
    need_float,
    need_one_of,
    need_tensor,
    number_of,
    one_dim,
)
from autotensor.operators.pointwise.arithmetic import abs as absolute
from autotensor.operators.pointwise.choice import clamp
from autotensor.operators.pointwise.exponential import exp, sigmoid
from autotensor.operators.pointwise.trigonometric import tanh
from autotensor.operators.reductions.reductions import softmax
from autotensor.operators.structure.copying import clone, computed_in_float32, depending, to
from autotensor.operators.structure.joining import chunk
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import reshape
from autotensor.random import uniform_array

__all__ = [
    "celu", "celu_", "elu", "elu_", "gelu", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid",
    "hardswish", "hardtanh", "hardtanh_", "leaky_relu", "leaky_relu_", "logsigmoid", "mish",
    "prelu", "relu6", "rrelu", "rrelu_", "selu", "selu_", "silu", "softmin", "softplus",
    "softshrink", "softsign", "tanhshrink", "threshold", "threshold_",
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


@operator(value=lambda g, input: depending(input, g))
def _bent(value: Any, input: Any) -> Any:
    """``value``, a line with bends over ``input``: its derivative depends on that.  d value = g."""
    return value


def _leaky_by_input(g: Any, input: Any, slope: Any) -> Any:
    def formula(g: Any, input: Any) -> Any:
        return depending(input, where(input > 0, g, g * slope))

    def kernel(out: Any, g: Any, x: Any) -> None:
        # 1 or slope, exactly, in two passes.
        np.maximum(np.greater(x, 0, out=out), slope, out=out)
        np.multiply(out, g, out=out)

    return by_kernel(kernel, formula, g, input) if 0 < slope <= 1 else formula(g, input)


@operator(input=_leaky_by_input)
def _leaky_relu(input: Any, slope: Any) -> Any:
    """Value and derivative of ``leaky_relu``."""
    if 0 < slope <= 1:
        return np.maximum(input, input * slope)
    return chosen(input > 0, input, input * slope)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """``input where input > 0, else negative_slope · input``.

    d input = g where input > 0, else negative_slope · g.

    ``(*) → (*)``.

    Example:

        >>> x = at.tensor([-10.0, 0.0, 5.0], requires_grad=True)
        >>> F.leaky_relu(x, negative_slope=0.1).sum().backward()
        >>> F.leaky_relu(x, negative_slope=0.1).tolist(), x.grad
        ([-1.0, 0.0, 5.0], tensor([0.1000, 0.1000, 1.0000]))
    """
    if inplace:
        return _written(leaky_relu, input, negative_slope)
    return _leaky_relu(need_float(input, None, "leaky_relu"), float(negative_slope))


@operator(input=lambda g, input, slopes: depending(input, g * slopes))
def _random_leaky_relu(input: Any, slopes: Any) -> Any:
    """``input · slopes``, of slopes that are 1 where it is positive.  d input = g · slopes."""
    return input * slopes


def rrelu(
    input: Any,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Any:
    """``leaky_relu`` whose slope is drawn anew for each element, uniform in [lower, upper).

    Outside training it is ``(lower + upper) / 2``.  Draws from the default generator; in a
    checkpoint the same again, unlike PyTorch.
    d input = g where input > 0, else slope · g.

    Xu et al., "Empirical Evaluation of Rectified Activations in Convolutional Network", 2015.

    ``(*) → (*)``.

    Raises:
        RuntimeError: ``lower`` exceeds ``upper``.

    Example:

        >>> F.rrelu(at.tensor([-8.0, 8.0]), lower=0.25, upper=0.75)  # the slope is their mean, ½
        tensor([-4.,  8.])
        >>> y = F.rrelu(-at.ones(1000), lower=0.25, upper=0.75, training=True)
        >>> bool((y.max() <= -0.25) & (y.min() >= -0.75))
        True
    """
    if inplace:
        return _written(rrelu, input, lower, upper, training)
    lower, upper = number_of(lower, "rrelu", "lower"), number_of(upper, "rrelu", "upper")
    if lower > upper:
        raise RuntimeError(f"rrelu: lower must not exceed upper, got {lower} and {upper}")
    input = need_float(input, None, "rrelu")
    if not training:
        return _leaky_relu(input, (lower + upper) / 2)
    array = raw(input)
    drawn = uniform_array(array.shape, array.dtype, None, lower, upper)
    slopes = np.where(array > 0, 1, drawn).astype(array.dtype, copy=False)
    return _random_leaky_relu(input, slopes)


def prelu(input: Any, weight: Any) -> Any:
    """``input where input > 0, else weight · input``; ``weight`` is a Tensor and can be trained.

    Args:
        input: ``(N, C, *)``.
        weight: ``(C)``, one slope for each channel, or ``(1)`` for all.

    d input = g where input > 0, else weight · g;  d weight = Σ (g · input where input ≤ 0, else 0).

    Raises:
        RuntimeError: ``weight`` holds neither one slope nor one for each channel.

    Example:

        >>> x = at.tensor([[-1.0, -2.0], [3.0, -4.0]])
        >>> slopes = at.tensor([0.5, 0.25], requires_grad=True)
        >>> F.prelu(x, slopes).sum().backward()
        >>> F.prelu(x, slopes).tolist(), slopes.grad
        ([[-0.5, -0.5], [3.0, -1.0]], tensor([-1., -6.]))
    """
    input = need_float(input, None, "prelu")
    need_tensor(weight, "prelu", "weight")
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.ndim > 1 or weight.numel() not in (1, channels):
        raise RuntimeError(
            f"prelu: weight must hold 1 slope or one for each of the {channels} channels of input "
            f"{input.shape}, got weight of shape {weight.shape}"
        )
    if weight.ndim and input.ndim > 1:
        weight = reshape(weight, (-1, *(1,) * (input.ndim - 2)))
    out = _bent(where(input > 0, input, input * weight), input)
    return out if out.shape == input.shape else reshape(out, input.shape)


def _hardtanh_by_input(g: Any, input: Any, low: Any, high: Any) -> Any:
    return depending(input, where((input > low) & (input < high), g, 0.0))


@operator(input=_hardtanh_by_input)
def _hardtanh(input: Any, low: Any, high: Any) -> Any:
    """Value and derivative of ``hardtanh``."""
    return np.clip(input, low, high)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """``input`` kept within ``[min_val, max_val]``; integers stay integers.

    d input = g where min_val < input < max_val, else 0; ``clamp`` passes g at the bounds too.

    ``(*) → (*)``.

    Raises:
        ValueError: ``min_val`` exceeds ``max_val``.

    Example:

        >>> x = at.tensor([-3.0, 0.5, 2.0], requires_grad=True)
        >>> F.hardtanh(x).sum().backward()
        >>> F.hardtanh(x).tolist(), x.grad
        ([-1.0, 0.5, 1.0], tensor([0., 1., 0.]))
    """
    if inplace:
        return _written(hardtanh, input, min_val, max_val)
    need_tensor(input, "hardtanh")
    if min_val > max_val:
        raise ValueError(
            f"hardtanh: min_val must not exceed max_val, got min_val {min_val}, max_val {max_val}"
        )
    if input.dtype.kind == "f":
        return _hardtanh(input, float(min_val), float(max_val))
    if input.dtype.kind == "b" or (input.dtype.kind == "u" and min_val < 0):
        raise RuntimeError(
            f"hardtanh: not defined for dtype {input.dtype} with min_val {min_val}; convert first, "
            "e.g. with .float()"
        )
    return _hardtanh(input, int(min_val), int(max_val))


def relu6(input: Any, inplace: bool = False) -> Any:
    """``min(max(input, 0), 6)``.  d input = g where 0 < input < 6, else 0.

    ``(*) → (*)``.

    Example:

        >>> F.relu6(at.tensor([-1.0, 3.0, 9.0]))
        tensor([0., 3., 6.])
    """
    return _written(relu6, input) if inplace else hardtanh(input, 0.0, 6.0)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """``relu6(input + 3) / 6``, a sigmoid of three lines.  d input = g / 6 where |input| < 3, else
    0.

    In float64 the 1/6 has all digits; PyTorch's derivative has those of float32.

    ``(*) → (*)``.

    Example:

        >>> F.hardsigmoid(at.tensor([-4.0, 0.0, 1.5, 3.0]))
        tensor([0.0000, 0.5000, 0.7500, 1.0000])
    """
    return _written(hardsigmoid, input) if inplace else relu6(input + 3) / 6.0


@operator(
    input=lambda g, input: where(input >= 3, g, where(input > -3, g * (input / 3.0 + 0.5), 0.0))
)
def _hardswish(input: Any) -> Any:
    """Value and derivative of ``hardswish``."""
    return input * (np.clip(input + 3, 0, 6) / 6)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """``input · relu6(input + 3) / 6``.

    d input = 0 where input ≤ -3, g where input ≥ 3, else g · (input / 3 + 1/2).

    ``(*) → (*)``.

    Example:

        >>> x = at.tensor([-4.0, 0.0, 3.0], requires_grad=True)
        >>> F.hardswish(x).sum().backward()
        >>> F.hardswish(at.tensor([-1.5, 1.5, 3.0])), x.grad
        (tensor([-0.3750,  1.1250,  3.0000]), tensor([0.0000, 0.5000, 1.0000]))
    """
    if inplace:
        return _written(hardswish, input)
    return _hardswish(need_float(input, None, "hardswish"))


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """``input where input > threshold, else value``.  d input = g where input > threshold, else 0.

    ``(*) → (*)``.

    Example:

        >>> F.threshold(at.tensor([0.5, 1.0, 1.5]), threshold=1.0, value=-7.0)
        tensor([-7.0000, -7.0000,  1.5000])
    """
    if inplace:
        return _written(_threshold, input, threshold, value)
    need_tensor(input, "threshold")
    return _threshold(input, threshold, value)


def _threshold(input: Any, bound: float, value: float) -> Any:
    return _bent(to(where(input <= bound, value, input), input.dtype), input)


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """``0 where |input| ≤ lambd, else input``.  d input = 0 where |input| ≤ lambd, else g.

    ``(*) → (*)``.

    Example:

        >>> F.hardshrink(at.tensor([-2.0, 0.3, 0.5, 0.7]))
        tensor([-2.0000,  0.0000,  0.0000,  0.7000])
    """
    input = need_float(input, None, "hardshrink")
    return _bent(where((input >= -lambd) & (input <= lambd), 0.0, input), input)


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """``input`` moved towards 0 by ``lambd``, and 0 where ``|input| <= lambd``.

    d input = g where |input| > lambd, else 0.

    ``(*) → (*)``.

    Raises:
        RuntimeError: a negative ``lambd``.

    Example:

        >>> F.softshrink(at.tensor([-2.0, 0.25, 0.5, 1.5]))
        tensor([-1.5000,  0.0000,  0.0000,  1.0000])
    """
    if lambd < 0:
        raise RuntimeError(f"softshrink: lambd must be at least 0, got {lambd}")
    input = need_float(input, None, "softshrink")
    moved = input - clamp(input, -float(lambd), float(lambd))
    return _bent(where((input >= -lambd) & (input <= lambd), 0.0, moved), input)


# -- with exponentials -----------------------------------------------------------------------------


def _elu_by_input(g: Any, input: Any, scale: float, alpha: float, rate: float) -> Any:
    # Not from the output, which has no digits left where it is near -alpha.
    slope = exp(where(input > 0, 0.0, input) * rate) * (scale * alpha * rate)
    return where(input > 0, g * scale, g * slope)


@operator(input=_elu_by_input)
def _elu(input: Any, scale: Any, alpha: Any, rate: Any) -> Any:
    """``scale · input where input > 0, else scale · alpha · (e^(rate · input) - 1)``.

    d input = g · scale where input > 0, else g · scale · alpha · rate · e^(rate · input).
    """
    below = np.expm1(np.minimum(input, 0) * rate)
    return chosen(input > 0, input * scale, below * (scale * alpha))


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """``input where input > 0, else alpha · (e^input - 1)``.

    d input = g where input > 0, else g · alpha · e^input.

    ``(*) → (*)``.

    Example:

        >>> x = at.tensor([-1.0, 2.0], requires_grad=True)
        >>> F.elu(at.tensor([-100.0, -1.0, 2.0]))
        tensor([-1.0000, -0.6321,  2.0000])
        >>> F.elu(x).sum().backward()
        >>> x.grad
        tensor([0.3679, 1.0000])
    """
    if inplace:
        return _written(elu, input, alpha)
    return _elu(need_float(input, None, "elu"), 1.0, float(alpha), 1.0)


def selu(input: Any, inplace: bool = False) -> Any:
    """``scale · elu(input, alpha)`` with the two constants that keep mean 0 and variance 1.

    Klambauer et al., "Self-Normalizing Neural Networks", 2017.
    d input = scale · g where input > 0, else g · scale · alpha · e^input.

    ``(*) → (*)``.

    Example:

        >>> F.selu(at.tensor([-100.0, 0.0, 1.0]))  # the lower limit and the scale
        tensor([-1.7581,  0.0000,  1.0507])
    """
    if inplace:
        return _written(selu, input)
    return _elu(need_float(input, None, "selu"), SELU_SCALE, SELU_ALPHA, 1.0)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """``input where input > 0, else alpha · (e^(input / alpha) - 1)``.

    d input = g where input > 0, else g · e^(input / alpha).

    ``(*) → (*)``.

    Raises:
        RuntimeError: ``alpha`` is 0.

    Example:

        >>> F.celu(at.tensor([-100.0, -2.0, 3.0]), alpha=2.0)
        tensor([-2.0000, -1.2642,  3.0000])
    """
    if inplace:
        return _written(celu, input, alpha)
    if alpha == 0:
        raise RuntimeError("celu: alpha must not be 0")
    return _elu(need_float(input, None, "celu"), 1.0, float(alpha), 1 / float(alpha))


@operator(
    input=lambda g, input, beta, limit: where(input * beta > limit, g, g * sigmoid(input * beta))
)
def _softplus(input: Any, beta: Any, limit: Any) -> Any:
    """Value and derivative of ``softplus``."""
    scaled = input * beta
    return chosen(scaled > limit, input, log_one_plus_exp(scaled) / beta)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """``input where beta · input > threshold, else ln(1 + e^(beta · input)) / beta``.

    d input = g where beta · input > threshold, else g · σ(beta · input).

    ``(*) → (*)``.

    Example:

        >>> F.softplus(at.tensor([0.0, 50.0]))  # ln 2, and the input itself
        tensor([ 0.6931, 50.0000])
        >>> x = at.tensor(0.0, requires_grad=True)
        >>> F.softplus(x).backward()  # its derivative is the sigmoid
        >>> x.grad
        tensor(0.5000)
    """
    return _softplus(need_float(input, None, "softplus"), float(beta), float(threshold))


@unary(lambda x: -log_one_plus_exp(-x), lambda g, input: g * sigmoid(-input))
def _logsigmoid(input: Any) -> Any:
    """Value and derivative of ``logsigmoid``."""


def logsigmoid(input: Any) -> Any:
    """``ln σ(input)``, without overflow.  d input = g · σ(-input).

    ``(*) → (*)``.

    Example:

        >>> F.logsigmoid(at.tensor([0.0, -1000.0]))  # the logarithm of a sigmoid that rounds to 0
        tensor([-6.9315e-01, -1.0000e+03])
    """
    return _logsigmoid(need_float(input, None, "logsigmoid"))


def silu(input: Any, inplace: bool = False) -> Any:
    """``input · σ(input)``, also called swish.  d input = g · (σ(input) + y · (1 - σ(input))).

    ``(*) → (*)``.

    Example:

        >>> x = at.tensor(0.0, requires_grad=True)
        >>> F.silu(at.tensor([-1.0, 0.0, 100.0]))
        tensor([ -0.2689,   0.0000, 100.0000])
        >>> F.silu(x).backward()
        >>> x.grad
        tensor(0.5000)
    """
    if inplace:
        return _written(silu, input)
    return _gated(need_float(input, None, "silu"), sigmoid)


@computed_in_float32
def _gated(input: Any, gate: Any) -> Any:
    return input * gate(input)


def mish(input: Any, inplace: bool = False) -> Any:
    """``input · tanh(softplus(input))``.

    With t = tanh(softplus(input)): d input = g · (t + input · (1 - t²) · σ(input)).

    ``(*) → (*)``.

    Example:

        >>> F.mish(at.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.3034,  0.0000,  0.8651])
    """
    if inplace:
        return _written(mish, input)
    return _gated(need_float(input, None, "mish"), _tanh_of_softplus)


def _tanh_of_softplus_by_input(g: Any, input: Any) -> Any:
    power = exp(where(input > 20, 20.0, input))
    under = power * (power + 2) + 2
    return g * where(input > 20, 0.0, 4 * power / under * ((power + 1) / under))


@operator(input=_tanh_of_softplus_by_input)
def _tanh_of_softplus(input: Any) -> Any:
    """``tanh(ln(1 + e^input))``.  d input = g · (1 - y²) · σ(input).

    With p = e^input and n = p · (p + 2) it is n / (n + 2), in which nothing cancels, and 1 from 20
    on; and the derivative is 4 p (p + 1) / (n + 2)².
    """
    power = np.exp(np.minimum(input, 20))
    over = power * (power + 2)
    return over / (over + 2)


@unary(
    normal_cdf,
    lambda g, input: by_kernel(
        normal_cdf_back,
        lambda g, input: g * exp(input * input * -0.5) * (ROOT_TWO_OVER_PI / 2),
        g,
        input,
        4 * PER_ELEMENT,
    ),
)
def _normal_cdf(input: Any) -> Any:
    """``Φ(input)``: the chance that a standard normal variable is below ``input``.

    d input = g · e^(-input² / 2) / √(2π).
    """


@unary(
    lambda x: logistic(2 * ROOT_TWO_OVER_PI * (x + 0.044715 * x * x * x)),
    lambda g, input, output: (
        g
        * (output * _tanh_cdf(-input) * (2 * ROOT_TWO_OVER_PI))
        * (1 + 3 * 0.044715 * input * input)
    ),
)
def _tanh_cdf(input: Any) -> Any:
    """Φ, nearly: ``(1 + tanh(√(2/π) · (input + 0.044715 · input³))) / 2``.

    d input = 2 g · y · (1 - y) · √(2/π) · (1 + 3 · 0.044715 · input²).
    """


def gelu(input: Any, approximate: str = "none") -> Any:
    """``input · Φ(input)``, Φ the standard normal distribution function.

    ``(*) → (*)``.

    Args:
        approximate: ``'none'`` computes Φ exactly, ``'tanh'`` by a formula with tanh.

    d input = g · (Φ(input) + input · φ(input)); φ = Φ' is the normal density.

    Raises:
        RuntimeError: an unknown ``approximate``.

    Example:

        >>> F.gelu(at.tensor([-1.0, 0.0, 1.0, 10.0]))
        tensor([-0.1587,  0.0000,  0.8413, 10.0000])
        >>> F.gelu(at.tensor([-1.0, 1.0]), approximate="tanh")
        tensor([-0.1588,  0.8412])
        >>> x = at.tensor(0.0, requires_grad=True)
        >>> F.gelu(x).backward()
        >>> x.grad
        tensor(0.5000)
    """
    input = need_float(input, None, "gelu")
    need_one_of(approximate, ("none", "tanh"), "gelu", "approximate")
    return _gated(input, _normal_cdf if approximate == "none" else _tanh_cdf)


# -- others ----------------------------------------------------------------------------------------


@unary(
    lambda x: x / (np.abs(x) + 1),
    lambda g, input: g / (absolute(input) + 1) / (absolute(input) + 1),
)
def softsign(input: Any) -> Any:
    """``input / (1 + |input|)``.  d input = g / (1 + |input|)².

    ``(*) → (*)``.

    Example:

        >>> F.softsign(at.tensor([-3.0, 0.0, 1.0]))
        tensor([-0.7500,  0.0000,  0.5000])
    """


def tanhshrink(input: Any) -> Any:
    """``input - tanh(input)``.  d input = g · tanh²(input).

    ``(*) → (*)``.

    Example:

        >>> F.tanhshrink(at.tensor([-10.0, 0.0, 1.0]))
        tensor([-9.0000,  0.0000,  0.2384])
    """
    return input - tanh(input)


def softmin(input: Any, dim: int | None = None, *, dtype: Any = None) -> Any:
    """``softmax(-input)``.  d input = -y · (g - Σ g·y).

    ``(*) → (*)``.

    Raises:
        TypeError: no ``dim``.
        IndexError: no such ``dim``.
        RuntimeError: integers without a floating ``dtype``.

    Example:

        >>> F.softmin(-at.log(at.tensor([1.0, 3.0])), dim=0)
        tensor([0.2500, 0.7500])
    """
    if dim is None:
        raise TypeError("softmin: dim is missing; for scores (N, C) it is 1")
    return softmax(-input, dim, dtype=dtype)


def gumbel_softmax(
    logits: Any, tau: float = 1.0, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Any:
    """``softmax((logits + G) / tau)`` along ``dim``, G drawn from the Gumbel distribution.

    For small ``tau`` it is nearly one-hot, with the chances ``softmax(logits)``.  With ``hard`` it
    is one-hot, but differentiated as if it were not.  ``eps`` has no effect, as in PyTorch.

    With y the softmax: d logits = y · (g - Σ g·y) / tau.

    Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax", 2017.

    ``(*, C, *) → (*, C, *)``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: integers.

    Example:

        >>> logits = at.log(at.tensor([[0.9, 0.1]])).expand(1000, 2)
        >>> choices = F.gumbel_softmax(logits, hard=True)
        >>> choices.sum(dim=1).unique(), bool(abs(choices[:, 0].mean() - 0.9) < 0.1)
        (tensor([1.]), True)
    """
    logits = need_float(logits, None, "gumbel_softmax")
    array = raw(logits)
    at = one_dim(dim, logits.ndim, "gumbel_softmax")
    # A uniform value lies in [0, 1): what is left of 1 has a finite logarithm.
    waiting = -np.log1p(-uniform_array(array.shape, np.float64))
    noise = np.asarray(-np.log(np.maximum(waiting, np.finfo(np.float64).tiny)), array.dtype)
    soft = softmax((logits + noise) / tau, at)
    if not hard:
        return soft
    return _straight_through(soft, np.expand_dims(np.argmax(raw(soft), at), at), at)


@operator(input=lambda g: g)
def _straight_through(input: Any, chosen: Any, dim: Any) -> Any:
    """1 at the positions ``chosen`` along ``dim``, else 0; differentiated as ``input`` itself.

    d input = g.
    """
    out = np.zeros_like(input)
    np.put_along_axis(out, chosen, 1, dim)
    return out


def glu(input: Any, dim: int = -1) -> Any:
    """``a · σ(b)`` where ``a`` and ``b`` are the halves of ``input`` along ``dim``.

    d a = g · σ(b), d b = g · a · σ(b) · (1 - σ(b)).

    ``(…, 2n, …) → (…, n, …)``.

    Raises:
        IndexError: no such ``dim``.
        RuntimeError: ``dim`` is of odd size; a 0-d ``input``.

    Example:

        >>> F.glu(at.tensor([6.0, 8.0, 0.0, 100.0]))  # half open and fully open
        tensor([3., 8.])
        >>> F.glu(at.ones(4, 10)).shape
        torch.Size([4, 5])
    """
    input = need_float(input, None, "glu")
    if input.ndim == 0:
        raise RuntimeError("glu: a 0-d Tensor has no halves; expected at least one dimension")
    size = input.shape[one_dim(dim, input.ndim, "glu")]
    if size % 2:
        raise RuntimeError(f"glu: dim {dim} must be of even size, got {size}")
    first, second = chunk(input, 2, dim)
    return first * sigmoid(second)


# -- in place --------------------------------------------------------------------------------------
# Written out one by one, so that each has a signature of its own.


def celu_(input: Any, alpha: float = 1.0) -> Any:
    """In-place form of ``celu``.

    Example:

        >>> x = at.tensor([-100.0, 3.0])
        >>> F.celu_(x, alpha=2.0) is x, x
        (True, tensor([-2.,  3.]))
    """
    return celu(input, alpha, True)


def elu_(input: Any, alpha: float = 1.0) -> Any:
    """In-place form of ``elu``.

    Example:

        >>> x = at.tensor([-100.0, 3.0])
        >>> F.elu_(x) is x, x
        (True, tensor([-1.,  3.]))
    """
    return elu(input, alpha, True)


def hardtanh_(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """In-place form of ``hardtanh``.

    Example:

        >>> x = at.tensor([-3.0, 0.5, 2.0])
        >>> F.hardtanh_(x) is x, x
        (True, tensor([-1.0000,  0.5000,  1.0000]))
    """
    return hardtanh(input, min_val, max_val, True)


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Any:
    """In-place form of ``leaky_relu``.

    Example:

        >>> x = at.tensor([-10.0, 5.0])
        >>> F.leaky_relu_(x, negative_slope=0.1) is x, x
        (True, tensor([-1.,  5.]))
    """
    return leaky_relu(input, negative_slope, True)


def rrelu_(input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> Any:
    """In-place form of ``rrelu``.

    Example:

        >>> x = at.tensor([-8.0, 8.0])
        >>> F.rrelu_(x, lower=0.25, upper=0.75) is x, x
        (True, tensor([-4.,  8.]))
    """
    return rrelu(input, lower, upper, training, True)


def selu_(input: Any) -> Any:
    """In-place form of ``selu``.

    Example:

        >>> x = at.tensor([-100.0, 1.0])
        >>> F.selu_(x) is x, x
        (True, tensor([-1.7581,  1.0507]))
    """
    return selu(input, True)


def threshold_(input: Any, threshold: float, value: float) -> Any:
    """In-place form of ``threshold``.

    Example:

        >>> x = at.tensor([0.5, 2.0])
        >>> F.threshold_(x, 1.0, -7.0) is x, x
        (True, tensor([-7.,  2.]))
    """
    return _written(_threshold, input, threshold, value)


method(hardshrink, "hardshrink")
method(prelu, "prelu")
