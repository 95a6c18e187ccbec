"""Losses."""

from __future__ import annotations

from typing import Any

import numpy as np

import nn.functional as F
from nn.onnx.aligning import Value
from nn.onnx.converters.pointwise import as_operands
from nn.onnx.converters.reductions import reduced
from nn.onnx.converters.registry import converts
from nn.onnx.graph import Graph

_OLD = {"size_average": None, "reduce": None}


def _of_classes(arguments: dict[str, Any]) -> bool:
    """Whether the targets are numbers of classes, as in ONNX's loss."""
    plain = all(arguments[name] is None for name in _OLD)
    whole = arguments["target"].dtype.kind in "iu" and arguments["input"].ndim > 1
    return plain and whole


@converts(F.cross_entropy, F.nll_loss, when=_of_classes)
def _class_loss(
    g: Graph,
    input: Value,
    target: Value,
    weight: Any,
    ignore_index: Any,
    reduction: str,
    label_smoothing: Any = 0.0,
) -> Any:
    if label_smoothing:
        return _smoothed(g, input, target, weight, ignore_index, reduction, label_smoothing)
    kind = "SoftmaxCrossEntropyLoss" if g.name == "cross_entropy" else "NegativeLogLikelihoodLoss"
    return g.op(kind, input, target, weight, ignore_index=int(ignore_index), reduction=reduction)


def _smoothed(
    g: Graph,
    input: Value,
    target: Value,
    weight: Any,
    ignore_index: Any,
    reduction: str,
    smoothing: float,
) -> Any:
    """Cross-entropy with targets of which a part is spread over all classes."""
    kind, classes = input.dtype, g.number(input.shape[1])
    logarithms = g.op("LogSoftmax", input, axis=1)
    settings: dict[str, Any] = {"ignore_index": int(ignore_index), "reduction": "none"}
    right = g.op("NegativeLogLikelihoodLoss", logarithms, target, weight, **settings)
    spread = logarithms
    if weight is not None:
        shape = (
            g.op("Unsqueeze", weight, list(range(1, input.ndim - 1))) if input.ndim > 2 else weight
        )
        spread = g.op("Mul", logarithms, shape)
    spread = g.op("Neg", reduced(g, "Sum", spread, [1], False))
    number = g.scalar(ignore_index, target.dtype)
    ignored = g.op("Equal", target, number)
    zero = g.scalar(0, kind)
    spread = g.op("Where", ignored, zero, spread)
    total = g.op(
        "Add",
        g.op("Mul", right, g.scalar(1 - smoothing, kind)),
        g.op("Mul", spread, g.scalar(smoothing / classes, kind)),
    )
    if reduction == "none":
        return total
    dims = list(range(target.ndim))
    summed = reduced(g, "Sum", total, dims, False)
    if reduction == "sum":
        return summed
    share: Any = g.scalar(1, kind)
    if weight is not None:
        there = g.op("Where", ignored, g.scalar(0, target.dtype), target)
        share = g.op("Gather", weight, there)
    return g.op("Div", summed, reduced(g, "Sum", g.op("Where", ignored, zero, share), dims, False))


def _rows(arguments: dict[str, Any]) -> bool:
    return arguments["input"].ndim == 2 and all(arguments[name] is None for name in _OLD)


@converts(F.multi_margin_loss, when=_rows)
def _multi_margin(
    g: Graph, input: Value, target: Value, p: Any, margin: Any, weight: Any, reduction: str
) -> Any:
    kind, classes = input.dtype, g.number(input.shape[1])
    places = g.op("Unsqueeze", target, [1])
    right = g.op("GatherElements", input, places, axis=1)
    short = g.op("Add", g.op("Sub", g.scalar(margin, kind), right), input)
    short = g.op("Relu", short)
    short = g.op("Mul", short, short) if p == 2 else short
    own = g.op("Equal", np.arange(classes, dtype=target.dtype), places)
    each = reduced(g, "Mean", g.op("Where", own, g.scalar(0, kind), short), [1], False)
    if weight is not None:
        each = g.op("Mul", each, g.op("Gather", weight, target))
    if reduction == "none":
        return each
    return reduced(g, "Mean" if reduction == "mean" else "Sum", each, [0], False)


@converts("binary_cross_entropy")
def _binary_cross_entropy(g: Graph, input: Value, target: Value, output: Value) -> Any:
    x, t, one, least = as_operands(g, output.dtype, input, target, 1, -100)
    yes = g.op("Max", g.op("Log", x), least)
    no = g.op("Max", g.op("Log", g.op("Sub", one, x)), least)
    total = g.op("Add", g.op("Mul", t, yes), g.op("Mul", g.op("Sub", one, t), no))
    return g.op("Neg", total)


def _plain(arguments: dict[str, Any]) -> bool:
    given = arguments["weight"] is None and arguments["input"].shape == arguments["target"].shape
    return given and all(arguments[name] is None for name in _OLD)


@converts(F.mse_loss, when=_plain)
def _mean_error(
    g: Graph, input: Value, target: Value, reduction: str, squared: bool, output: Value
) -> Any:
    apart = g.op("Sub", *as_operands(g, output.dtype, input, target))
    each = g.op("Mul", apart, apart) if squared else g.op("Abs", apart)
    if reduction == "none":
        return each
    kind = "Mean" if reduction == "mean" else "Sum"
    return reduced(g, kind, each, list(range(input.ndim)), False) if input.ndim else each


@converts("huber")
def _huber(g: Graph, difference: Value, delta: Any) -> Any:
    low, high, half = as_operands(g, difference.dtype, -delta, delta, 0.5)
    bounded = g.op("Clip", difference, low, high)
    return g.op("Mul", bounded, g.op("Sub", difference, g.op("Mul", bounded, half)))


@converts("smooth_l1")
def _smooth_l1(g: Graph, difference: Value, beta: Any) -> Any:
    low, high, half, scale = as_operands(g, difference.dtype, -beta, beta, 0.5, beta)
    bounded = g.op("Clip", difference, low, high)
    rest = g.op("Sub", difference, g.op("Mul", bounded, half))
    return g.op("Mul", g.op("Div", bounded, scale), rest)
