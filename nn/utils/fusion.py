"""A layer and the batch normalization after it, in evaluation, as one layer."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, TypeVar

from autotensor import Parameter, Tensor, no_grad, rsqrt
from nn.module import Module

Layer = TypeVar("Layer", bound=Module)


def fuse_conv_bn_eval(conv: Layer, bn: Module, transpose: bool = False) -> Layer:
    """A new convolution that gives what ``bn(conv(input))`` gives.

    Both must be in evaluation, ``bn`` with running statistics; ``transpose`` for a transposed
    convolution.

    Raises:
        ValueError: one that is in training, or without running statistics.

    Example:

        >>> conv, bn = nn.Conv2d(3, 6, 3).eval(), nn.BatchNorm2d(6).eval()
        >>> x = at.ones(2, 3, 8, 8)
        >>> at.allclose(nn.utils.fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)), atol=1e-6)
        True
    """
    _need_evaluation("fuse_conv_bn_eval", conv, bn)
    return _with_weights_of(fuse_conv_bn_weights, conv, bn, transpose)


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """The weight and bias of the convolution that ``fuse_conv_bn_eval`` makes.

    ``(x·w + b - mean) / √(variance + eps) · bn_w + bn_b`` as ``x·weight + bias``.

    Example:

        >>> weight, mean, var = at.ones(1, 2, 3), at.tensor([10.0]), at.tensor([4.0])
        >>> fused, bias = nn.utils.fuse_conv_bn_weights(weight, None, mean, var, 0.0, None, None)
        >>> fused[0, 0].tolist(), bias.tolist()  # divided by 2; -10 / 2
        ([0.5, 0.5, 0.5], [-5.0])
    """
    bias_dtype = conv_w.dtype if conv_b is None else conv_b.dtype
    bias_trained = conv_b is not None and conv_b.requires_grad
    outputs = [1] * conv_w.ndim
    outputs[1 if transpose else 0] = -1
    with no_grad():
        factor = rsqrt(bn_rv + bn_eps)
        if bn_w is not None:
            factor = factor * bn_w
        bias = (-bn_rm if conv_b is None else conv_b - bn_rm) * factor
        if bn_b is not None:
            bias = bias + bn_b
        weight = conv_w * factor.reshape(outputs)
        fused = Parameter(weight.to(conv_w.dtype), conv_w.requires_grad)
        return fused, Parameter(bias.to(bias_dtype), bias_trained)


def fuse_linear_bn_eval(linear: Layer, bn: Module) -> Layer:
    """A new linear layer that gives what ``bn(linear(input))`` gives.

    Both must be in evaluation, ``bn`` with running statistics, of one feature or all.

    Raises:
        ValueError: one that is in training, or without running statistics; sizes that do not fit.

    Example:

        >>> linear, bn = nn.Linear(4, 6).eval(), nn.BatchNorm1d(6).eval()
        >>> x = at.ones(2, 4)
        >>> at.allclose(nn.utils.fuse_linear_bn_eval(linear, bn)(x), bn(linear(x)), atol=1e-6)
        True
    """
    _need_evaluation("fuse_linear_bn_eval", linear, bn)
    outputs, features = getattr(linear, "out_features", None), getattr(bn, "num_features", None)
    if features not in (1, outputs):
        raise ValueError(
            "fuse_linear_bn_eval: bn.num_features must be 1 or linear.out_features "
            f"({outputs}), got {features}"
        )
    return _with_weights_of(fuse_linear_bn_weights, linear, bn)


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """The weight and bias of the linear layer that ``fuse_linear_bn_eval`` makes.

    Example:

        >>> weight, mean, var = at.ones(1, 2), at.tensor([10.0]), at.tensor([4.0])
        >>> fused, bias = nn.utils.fuse_linear_bn_weights(weight, None, mean, var, 0.0, None, None)
        >>> fused.tolist(), bias.tolist()  # divided by 2; -10 / 2
        ([[0.5, 0.5]], [-5.0])
    """
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def _need_evaluation(function: str, layer: Module, bn: Any) -> None:
    if layer.training or bn.training:
        raise ValueError(f"{function}: both modules must be in evaluation; call eval() first")
    if bn.running_mean is None or bn.running_var is None:
        raise ValueError(f"{function}: the batch normalization has no running statistics")


def _with_weights_of(fuse: Callable[..., Any], layer: Any, bn: Any, *options: Any) -> Any:
    """A copy of ``layer`` with the weight and bias that ``fuse`` computes."""
    fused: Any = copy.deepcopy(layer)
    statistics = bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    fused.weight, fused.bias = fuse(fused.weight, fused.bias, *statistics, *options)
    return fused
