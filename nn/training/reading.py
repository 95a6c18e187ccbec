"""How a loss reads scores and targets: what it counts, and what it takes for an answer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from nn import losses
from nn.training.answers import above, best, fit_together, one_score, without_channel

__all__: list[str] = []  # helpers, which no package shows

UNKNOWN = "unknown"

MODULES: dict[Any, type[Any]] = {
    at.mse_loss: losses.MSELoss,
    at.l1_loss: losses.L1Loss,
    at.smooth_l1_loss: losses.SmoothL1Loss,
    at.huber_loss: losses.HuberLoss,
    at.poisson_nll_loss: losses.PoissonNLLLoss,
    at.cross_entropy: losses.CrossEntropyLoss,
    at.nll_loss: losses.NLLLoss,
    at.binary_cross_entropy: losses.BCELoss,
    at.binary_cross_entropy_with_logits: losses.BCEWithLogitsLoss,
    at.kl_div: losses.KLDivLoss,
    at.hinge_embedding_loss: losses.HingeEmbeddingLoss,
    at.soft_margin_loss: losses.SoftMarginLoss,
    at.multilabel_soft_margin_loss: losses.MultiLabelSoftMarginLoss,
    at.multi_margin_loss: losses.MultiMarginLoss,
    at.multilabel_margin_loss: losses.MultiLabelMarginLoss,
}
"""The functions of scores and targets, with the module that has the same settings."""

WITHOUT_WEIGHT = (at.mse_loss, at.l1_loss, at.huber_loss)
"""Functions whose modules have no ``weight``.  It has the shape of the scores, so that all batches
are of one size, and each counts the same with it and without."""


class Judgement:
    """How many answers there were, and how many of them were right; weighted ones by weight."""

    __slots__ = ("judged", "logits", "refused", "right", "right_of_logits")

    def __init__(self) -> None:
        self.judged: float = 0
        self.right: float = 0
        self.right_of_logits: float = 0
        """How many, if single scores are logits rather than probabilities."""
        self.logits = False
        """Whether one of them can be no probability."""
        self.refused = False
        """Whether single scores had other targets than 0 and 1."""

    @property
    def accuracy(self) -> float | None:
        if not self.judged or self.refused:
            return None
        return (self.right_of_logits if self.logits else self.right) / self.judged


class Reading:
    """What is known of a loss; ``fit`` tells what that is.

    Args:
        loss: a loss of ``nn`` as a module, as a function or as a ``functools.partial`` of one, any
            object with a method ``count(scores, targets)``; of others nothing is known.

    Raises:
        ValueError: the loss has ``reduction='none'``, or ``answers`` that there are not.
    """

    def __init__(self, loss: Any, caller: str) -> None:
        self.loss = known(loss)
        reduction = getattr(self.loss, "reduction", "mean")
        if isinstance(reduction, str) and reduction == "none":
            raise ValueError(
                f"{caller}: the loss must be one number, but it has reduction='none'; "
                "use reduction='mean'"
            )
        self.summed = reduction == "sum"
        self.weighted = bool(getattr(self.loss, "weighted", False))
        """Whether targets are pairs ``(targets, weights)``: the loss is a ``WeightedLoss``."""
        self.threshold = float(getattr(self.loss, "threshold", 0.0))
        # No methods of its own: a name for one would be a reference cycle.
        judges: dict[Any, Callable[..., None]] = {
            "class": functools.partial(_judge_classes, getattr(self.loss, "ignore_index", None)),
            "label": functools.partial(_judge_labels, self.threshold),
            None: _judge_nothing,
            UNKNOWN: _judge_unknown,
        }
        answers = getattr(self.loss, "answers", UNKNOWN)
        if answers not in judges:
            raise ValueError(
                f"{caller}: answers of the loss must be 'class', 'label' or None, got {answers!r}"
            )
        self.judge = judges[answers]

    def count(self, scores: Any, targets: Any) -> float:
        """What the mean of the loss divides by; how many samples where nothing is known."""
        if self.loss is not None:
            return float(self.loss.count(scores, targets))
        return targets.shape[0] if isinstance(targets, Tensor) and targets.ndim else 1


def _judge_classes(
    ignored: Any, scores: Any, targets: Any, judgement: Judgement, weights: Any = None
) -> None:
    """The largest score is the answer."""
    if not (isinstance(scores, Tensor) and isinstance(targets, Tensor)):
        return
    values, right = scores.array, targets.array
    axis = 1 if values.ndim > 1 else 0
    said = best(values, axis)
    if right.dtype.kind == "f":
        counts = right.any(axis)  # a row of zeros names no class
        right = right.argmax(axis)
    else:
        counts = right != ignored
    _note(judgement, said, right, counts, weights=weights)


def _judge_labels(
    threshold: float, scores: Any, targets: Any, judgement: Judgement, weights: Any = None
) -> None:
    """Each score is an answer; targets are 0 and 1, between, or −1 and 1."""
    if isinstance(scores, Tensor) and isinstance(targets, Tensor):
        said, right = above(scores.array, threshold), targets.array > 0.5
        _note(judgement, said, right, np.True_, weights=weights)


def _judge_unknown(scores: Any, targets: Any, judgement: Judgement, weights: Any = None) -> None:
    """Integer targets of several scores are classes; those of single ones 0 and 1."""
    if not (isinstance(scores, Tensor) and isinstance(targets, Tensor)):
        return
    if targets.dtype.kind not in "iub" or scores.dtype.kind not in "fiu":
        return
    values, right = scores.array, targets.array
    if fit_together(values, right) and values.shape[1] > 1:
        _note(judgement, best(values), right, right >= 0, weights=weights)
        return
    single = one_score(values.shape)
    values, right = without_channel(values, right)
    if values.shape == right.shape and single and values.dtype.kind == "f":
        counts = right >= 0
        judgement.refused |= bool((right > 1).any())
        judgement.logits |= bool(((values < 0) | (values > 1))[counts].any())
        _note(judgement, above(values, 0.5), right, counts, above(values, 0.0), weights)


def _judge_nothing(scores: Any, targets: Any, judgement: Judgement, weights: Any = None) -> None:
    """For a loss of numbers."""


def _note(
    judgement: Judgement,
    said: np.ndarray,
    right: np.ndarray,
    counts: np.ndarray | np.bool[bool],
    said_of_logits: np.ndarray | None = None,
    weights: Any = None,
) -> None:
    of_logits = said if said_of_logits is None else said_of_logits
    if weights is not None:
        weighed = weights.array.reshape(-1, *[1] * (said.ndim - 1)) * counts
        judgement.judged += float(np.broadcast_to(weighed, said.shape).sum(dtype=np.float64))
        judgement.right += float((weighed * (said == right)).sum(dtype=np.float64))
        judgement.right_of_logits += float((weighed * (of_logits == right)).sum(dtype=np.float64))
        return
    judgement.judged += int(np.count_nonzero(np.broadcast_to(counts, said.shape)))
    judgement.right += int(np.count_nonzero((said == right) & counts))
    judgement.right_of_logits += int(np.count_nonzero((of_logits == right) & counts))


def known(loss: Any) -> Any:
    """``loss`` as an object with ``count``, or None where nothing is known of it."""
    settings: dict[str, Any] = {}
    function = loss
    if isinstance(loss, functools.partial) and not loss.args:
        function, settings = loss.func, loss.keywords
    if inspect.isroutine(function) and function in MODULES:
        left_out = ("weight",) if function in WITHOUT_WEIGHT else ()
        settings = {name: one for name, one in settings.items() if name not in left_out}
        try:
            return MODULES[function](**settings)
        except (TypeError, ValueError, RuntimeError):
            return None  # settings that there are not: calling it says which
    counts, forward = owner_of(loss, "count"), owner_of(loss, "forward")
    # Who writes another forward counts in another way, unless he says that too.
    if (
        counts is None
        or not callable(loss.count)
        or (forward is not None and not issubclass(counts, forward))
    ):
        return None
    return loss


def owner_of(loss: Any, name: str) -> type | None:
    """The class that a method comes from."""
    return next((one for one in type(loss).__mro__ if name in vars(one)), None)
