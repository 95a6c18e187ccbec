"""The end of a model, and whether the loss behind it is made for that."""

from __future__ import annotations

from typing import Any

from autotensor import Tensor
from autotensor.extend import Node, parent_of
from nn import losses
from nn.insight.findings import Finding, found

SHAPES = frozenset({
    "reshape", "view", "flatten", "squeeze", "unsqueeze", "transpose", "permute", "movedim",
    "expand", "select", "item_at",
})  # fmt: skip
"""Operators that change nothing but shapes."""
CHANCES = frozenset({"softmax", "log_softmax", "sigmoid"})


def last_operator(output: Tensor) -> str:
    """The operator that made the output, but for those of shapes; "" if none did."""
    node = parent_of(output)
    while isinstance(node, Node) and node.name in SHAPES and node.edges:
        node = node.edges[0][0]
    return node.name if isinstance(node, Node) else ""


def wrong_end(last: str, loss: Any, targets: Any) -> Finding | None:
    """What is wrong with a model that ends in ``last``, if ``loss`` is known and follows."""
    if last in CHANCES:
        if isinstance(loss, losses.CrossEntropyLoss):
            return _chances(last, "cross_entropy", "scores, of which it makes log_softmax itself")
        if isinstance(loss, losses.BCEWithLogitsLoss):
            named = "binary_cross_entropy_with_logits"
            return _chances(last, named, "scores, of which it makes sigmoid itself")
        if isinstance(loss, losses.NLLLoss) and last != "log_softmax":
            return _chances(last, "nll_loss", "log-probabilities, as log_softmax gives them")
    if last == "relu" and (why := _below_zero(loss, targets)):
        return found("ReLU at the end", "the model", why=why)
    return None


def _chances(last: str, loss: str, wanted: str) -> Finding:
    return found("softmax before the loss", "the model", last=last, loss=loss, wanted=wanted)


def _below_zero(loss: Any, targets: Any) -> str:
    """Why the model should give numbers below 0, or "" if it need not."""
    if isinstance(loss, (losses.CrossEntropyLoss, losses.NLLLoss)):
        return "scores of wrong classes should be below 0"
    if isinstance(loss, (losses.BCEWithLogitsLoss, losses.SoftMarginLoss)):
        return "a score below 0 is how it would say no"
    numbers = (losses.MSELoss, losses.L1Loss, losses.SmoothL1Loss, losses.HuberLoss)
    if isinstance(loss, numbers) and isinstance(targets, Tensor) and (targets.array < 0).any():
        return f"there are targets below 0, down to {targets.array.min():.3g}"
    return ""
