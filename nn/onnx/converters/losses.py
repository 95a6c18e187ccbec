"""Losses."""

from __future__ import annotations

from typing import Any

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
    return plain and whole and not arguments.get("label_smoothing")


@converts(F.cross_entropy, F.nll_loss, when=_of_classes)
def _class_loss(
    g: Graph, input: Value, target: Value, weight: Any, ignore_index: Any, reduction: str
) -> Any:
    kind = "SoftmaxCrossEntropyLoss" if g.name == "cross_entropy" else "NegativeLogLikelihoodLoss"
    return g.op(kind, input, target, weight, ignore_index=int(ignore_index), reduction=reduction)


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
