"""A loss of samples that count differently."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor import Tensor
from nn.training.reading import UNKNOWN, known

__all__ = ["WeightedLoss"]


class WeightedLoss:
    """The mean of ``loss`` over samples of which each has a weight: 2 counts as two of it, 0 as
    none.

    With it ``fit`` and ``evaluate`` take batches ``(inputs, (targets, weights))``, weights ``(N)``
    of the dtype of the scores.  The value is ``Σ wᵢ lᵢⱼ / Σ wᵢ cᵢⱼ``, l the losses of single
    elements and c what the mean of ``loss`` counts: 1, or the weight of the class, or 0 where the
    target is ignored.  With ``reduction="sum"`` it is ``Σ wᵢ lᵢⱼ``.  Accuracy counts with the
    weights as well; ``metrics`` of ``fit`` see targets without weights.

    Args:
        loss: one of ``nn`` as a module, a function or a ``functools.partial`` of one; or one of
            your own with an argument or an attribute ``reduction``, which with ``"none"`` gives
            ``(N, *)``.

    Attributes:
        loss: as given.

    Raises:
        TypeError: ``loss`` cannot give one number for each sample; or targets that are no pair.
        ValueError: ``loss`` has ``reduction="none"``, or weights that are not ``(N)``.

    Example:

        >>> from nn.training import WeightedLoss
        >>> scores, targets = at.tensor([[0.0], [0.0]]), at.tensor([[1.0], [3.0]])
        >>> WeightedLoss(F.mse_loss)(scores, (targets, at.tensor([3.0, 1.0])))  # (3·1 + 1·9) / 4
        tensor(3.)
        >>> repeated = at.tensor([[1.0], [1.0], [1.0], [3.0]])
        >>> F.mse_loss(at.zeros(4, 1), repeated)
        tensor(3.)
    """

    #: Tells ``fit`` that targets are pairs.
    weighted = True

    def __init__(self, loss: Callable[[Any, Any], Tensor]) -> None:
        self.loss = loss
        self._known: Any = known(loss)
        settings = getattr(loss, "keywords", {}) if self._known is None else vars(self._known)
        self.reduction = str(settings.get("reduction", getattr(loss, "reduction", "mean")))
        if self.reduction == "none":
            raise ValueError(
                "WeightedLoss: the loss must be one number, but it has reduction='none'; "
                "use reduction='mean'"
            )
        self._each = _unreduced(loss)
        self.answers = getattr(self._known, "answers", UNKNOWN)
        self.ignore_index = getattr(self._known, "ignore_index", None)
        self.threshold = getattr(self._known, "threshold", 0.0)

    def __call__(self, scores: Any, targets: Any) -> Tensor:
        right, weights = self._parted(targets)
        losses = self._each(scores, right)
        if losses.shape[:1] != weights.shape:
            raise ValueError(
                f"WeightedLoss: with reduction='none' the loss gave shape {tuple(losses.shape)}, "
                f"expected (N, *) with N = {len(weights)} weights"
            )
        total = (losses * weights.reshape(-1, *[1] * (losses.ndim - 1))).sum()
        if self.reduction == "sum":
            return total
        elements = losses.numel() // max(len(weights), 1)
        return total / self._weighed(
            right, weights, 1 if self.reduction == "batchmean" else elements
        )

    def count(self, scores: Any, targets: Any) -> float:
        """What the mean counts: ``Σ wᵢ cᵢ``, as far as samples differ."""
        return self._weighed(*self._parted(targets), 1)

    def _weighed(self, right: Any, weights: Tensor, elements: int) -> float:
        """``Σ wᵢ cᵢⱼ`` where each sample has so many elements."""
        weighed, counts = weights.detach().array, _class_weights(self._known, right)
        if counts is None:
            return float(weighed.sum(dtype=np.float64)) * elements
        return float((counts.reshape(len(weighed), -1).sum(1) * weighed).sum(dtype=np.float64))

    @staticmethod
    def _parted(targets: Any) -> tuple[Any, Tensor]:
        if isinstance(targets, (tuple, list)) and len(targets) == 2:
            right, weights = targets
            if isinstance(weights, Tensor):
                if weights.ndim == 1 and weights.shape[:1] == getattr(right, "shape", (-1,))[:1]:
                    return right, weights
                raise ValueError(
                    f"WeightedLoss: weights must be (N), one for each of the targets of shape "
                    f"{getattr(right, 'shape', None)}, got {tuple(weights.shape)}"
                )
        raise TypeError(
            "WeightedLoss: targets must be a pair of Tensors (targets, weights), got "
            f"{type(targets).__name__}"
        )


def _class_weights(loss: Any, targets: Any) -> np.ndarray | None:
    """What each target of a loss of classes counts; None where all of them count the same."""
    if not hasattr(loss, "ignore_index") or targets.dtype.kind == "f":
        return None
    numbers = targets.array
    counts = numbers != (-100 if loss.ignore_index is None else loss.ignore_index)
    if getattr(loss, "weight", None) is None:
        return counts
    return loss.weight.detach().array[np.where(counts, numbers, 0)] * counts


def _unreduced(loss: Any) -> Callable[[Any, Any], Tensor]:
    """``loss`` with ``reduction="none"``."""
    if hasattr(loss, "reduction"):
        each = copy.copy(loss)
        each.reduction = "none"
        return each
    if callable(loss) and not isinstance(loss, type):
        try:
            known_names: Any = inspect.signature(loss).parameters
        except (TypeError, ValueError):
            known_names = {}
        if "reduction" in known_names:
            return functools.partial(loss, reduction="none")
    what = loss.__name__ if hasattr(loss, "__name__") else type(loss).__name__
    raise TypeError(
        f"WeightedLoss: weights need the loss of each sample, but {what} has no argument or "
        "attribute reduction that could be 'none'"
    )
