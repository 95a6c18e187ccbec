"""Losses as layers: each holds the settings of the function of that name.

``reduction`` is ``'mean'``, ``'sum'`` or ``'none'``; PyTorch's outdated ``size_average`` and
``reduce`` stand in their places and mean what they mean there.

For who sums up many batches, a loss of scores and targets also tells

- ``count(scores, targets)``: what its mean divides by for these, so that ``Σ mean · count / Σ
  count`` over batches is the mean over all of them at once;
- ``answers``: what scores mean to it.  ``"class"``: the largest of several is the answer;
  ``"label"``: yes above ``threshold``, else no; ``None``: they are numbers, not answers.

``nn.training.fit`` and ``evaluate`` ask for this, also a loss of your own that has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend import read_reduction
from nn.functional import linear_cross_entropy
from nn.layers.arguments import keep, listed, refuse, settings
from nn.layers.base import Face
from nn.layers.distance import PairwiseDistance
from nn.layers.linear import Linear

if TYPE_CHECKING:
    from autotensor.types import Device, DType


class _Loss(Face):
    """A loss and how its values become one."""

    more_reductions: tuple[str, ...] = ()

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        self.reduction = read_reduction(
            type(self).__name__, reduction, size_average, reduce, *self.more_reductions
        )

    def _of(self, *inputs: Any) -> Tensor:
        """``compute`` of these, with the settings that are its ``options``."""
        options = {name: getattr(self, name) for name in self._options}
        return self._compute(*inputs, reduction=self.reduction, **options)


class _PlainLoss(_Loss):
    """A loss of one input and its target."""

    reduction: str
    answers: Literal["class", "label"] | None = None
    threshold: float = 0.0

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return self._of(input, target)

    def count(self, input: Tensor, target: Tensor) -> float:
        """What the mean divides by for these: how many numbers there are."""
        return max(input.numel(), target.numel())


def _samples(input: Tensor) -> float:
    """How many samples there are in ``(N, *)``; ``(C)`` is one."""
    return input.shape[0] if input.ndim > 1 else 1


def _classes_that_count(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int | None
) -> float:
    """Σ weight over the class numbers that are not ignored; with probabilities how many rows."""
    if target.dtype.kind == "f":
        classes = input.shape[1 if input.ndim > 1 else 0]
        return input.numel() / max(classes, 1)
    numbers = target.array
    ignored = numbers == (-100 if ignore_index is None else ignore_index)
    if weight is None:
        return numbers.size - int(np.count_nonzero(ignored))
    return float(weight.detach().array[numbers[~ignored]].sum(dtype=np.float64))


class _WeightedLoss(_PlainLoss, options=("weight",)):
    """A loss with a ``weight``, kept as a buffer: part of the state, not trained."""

    weight: Tensor

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


# -- of numbers ------------------------------------------------------------------------------------


class MSELoss(_PlainLoss, compute=at.mse_loss):
    """``(input - target)²``, averaged: ``(*), (*) → ()``.

    Raises:
        ValueError: an unknown ``reduction``.
        RuntimeError: in ``forward``, shapes that do not broadcast.

    Example:

        >>> predicted = at.tensor([2.0, 5.0], requires_grad=True)
        >>> nn.MSELoss(reduction="none")(predicted, at.tensor([1.0, 8.0])).tolist()
        [1.0, 9.0]
        >>> nn.MSELoss()(predicted, at.tensor([1.0, 8.0])).backward()
        >>> predicted.grad
        tensor([ 1., -3.])
    """


class L1Loss(_PlainLoss, compute=at.l1_loss):
    """``|input - target|``, averaged: ``(*), (*) → ()``.

    Raises:
        ValueError: an unknown ``reduction``.
        RuntimeError: in ``forward``, shapes that do not broadcast.

    Example:

        >>> nn.L1Loss()(at.tensor([2.0, 5.0]), at.tensor([1.0, 8.0]))
        tensor(2.)
    """


class SmoothL1Loss(_PlainLoss, compute=at.smooth_l1_loss, options=("beta",)):
    """With d = input - target: ``d² / (2 beta)`` where ``|d| < beta``, else ``|d| - beta / 2``.

    Averaged: ``(*), (*) → ()``.

    Raises:
        ValueError: a negative ``beta``, or an unknown ``reduction``.
        RuntimeError: in ``forward``, shapes that do not broadcast.

    Example:

        >>> nn.SmoothL1Loss(beta=2.0, reduction="none")(at.tensor([1.0, 10.0]), at.zeros(2))
        tensor([0.2500, 9.0000])
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        refuse(self, beta < 0, f"beta must be at least 0, got {beta}")
        self.beta = beta


class HuberLoss(_PlainLoss, compute=at.huber_loss, options=("delta",)):
    """With d = input - target: ``d² / 2`` where ``|d| <= delta``, else ``delta · (|d| - delta/2)``.

    Averaged: ``(*), (*) → ()``.

    Raises:
        ValueError: ``delta`` is not above 0, or an unknown ``reduction``.
        RuntimeError: in ``forward``, shapes that do not broadcast.

    Example:

        >>> nn.HuberLoss(reduction="none")(at.tensor([0.5, 10.0]), at.zeros(2))  # parabola, line
        tensor([0.1250, 9.5000])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        refuse(self, delta <= 0, f"delta must be greater than 0, got {delta}")
        self.delta = delta


class PoissonNLLLoss(_Loss, compute=at.poisson_nll_loss, options=("log_input", "full", "eps")):
    """Counts against the logarithm of the rate expected: ``e^input - target · input``, averaged.

    Args:
        log_input: if False, ``input`` is the rate itself: ``input - target · ln(input + eps)``.
        full: adds Stirling's approximation of ln(target!).

    Example:

        >>> rate = at.tensor([2.0, 5.0])
        >>> loss = nn.PoissonNLLLoss(log_input=False, reduction="none")
        >>> at.isclose(loss(rate, at.zeros(2)), rate)  # how unlikely nothing is
        tensor([True, True])
    """

    reduction: str
    log_input: bool
    full: bool
    eps: float

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        keep(self, log_input=log_input, full=full, eps=eps)

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return self._of(log_input, target)

    def count(self, log_input: Tensor, target: Tensor) -> float:
        """What the mean divides by for these: how many numbers there are.

        Example:

            >>> nn.PoissonNLLLoss().count(at.zeros(5, 4), at.zeros(5, 4))
            20
        """
        return max(log_input.numel(), target.numel())


class GaussianNLLLoss(_Loss, compute=at.gaussian_nll_loss, options=("full", "eps")):
    """Values against a mean and a variance: ``(ln var + (input - target)² / var) / 2``, averaged.

    Args:
        full: adds the constant ``ln(2π) / 2``.
        eps: what variances count at least.

    Example:

        >>> loss = nn.GaussianNLLLoss(reduction="none")
        >>> mean, target, var = at.zeros(2), at.full((2,), 2.0), at.tensor([1.0, 4.0])
        >>> loss(mean, target, var)  # (0 + 4/1) / 2; (ln 4 + 4/4) / 2
        tensor([2.0000, 1.1931])
    """

    reduction: str
    full: bool
    eps: float

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        keep(self, full=full, eps=eps)

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        return self._of(input, target, var)


# -- of probabilities ------------------------------------------------------------------------------


class CrossEntropyLoss(_WeightedLoss):
    """Scores against classes: ``-ln softmax(input)[target]``, averaged.

    ``(C)``, ``(N, C)`` or ``(N, C, d1, …)`` with class numbers ``()``, ``(N)`` or ``(N, d1, …)``,
    or with probabilities in the shape of ``input``.

    Args:
        weight: ``(C)``, a factor for each class.
        ignore_index: a class number that marks elements without loss.
        label_smoothing: from 0 to 1, the part of each target that is spread over all classes.

    Raises:
        ValueError: an unknown ``reduction``; in ``forward``, shapes that do not fit.
        IndexError: in ``forward``, a class number that is not among the classes.
        RuntimeError: in ``forward``, a ``weight`` or a ``label_smoothing`` that does not fit.

    Example:

        >>> loss = nn.CrossEntropyLoss()
        >>> scores = at.zeros(2, 4, requires_grad=True)  # two samples, four classes, all alike
        >>> loss(scores, at.tensor([1, 3])).backward()
        >>> scores.grad  # (softmax - one-hot) / 2
        tensor([[ 0.1250, -0.3750,  0.1250,  0.1250],
                [ 0.1250,  0.1250,  0.1250, -0.3750]])
        >>> at.exp(loss(at.zeros(8, 10), at.zeros(8).long())).round()  # ten classes
        tensor(10.)
    """

    ignore_index: int
    label_smoothing: float
    answers = "class"

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        outside = not 0.0 <= label_smoothing <= 1.0
        refuse(self, outside, f"label_smoothing must be from 0 to 1, got {label_smoothing}")
        keep(self, ignore_index=ignore_index, label_smoothing=label_smoothing)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return at.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )

    def count(self, input: Tensor, target: Tensor) -> float:
        """What the mean divides by: Σ weight over the classes of ``target`` that count."""
        return _classes_that_count(input, target, self.weight, self.ignore_index)


class LinearCrossEntropyLoss(_WeightedLoss):
    """A linear layer without activation, and the cross-entropy of its scores.

    Args:
        in_features: I of the inputs ``(N, I)``.
        num_classes, out_features: C and ``*`` of the scores ``(N, C, *)``.
        bias: whether the linear layer has one.
        weight, ignore_index, label_smoothing: as for ``CrossEntropyLoss``; None ignores -100.
        options: how PyTorch may save memory; without effect here.

    The layer is the attribute ``linear``.

    Example:

        >>> loss = nn.LinearCrossEntropyLoss(16, 100)  # 16 features, 100 words
        >>> loss(at.zeros(5, 16), at.tensor([3, 1, 4, 1, 5])).exp().detach().round()
        tensor(100.)
    """

    num_classes: int
    out_features: tuple[int, ...]
    options: object
    ignore_index: int | None
    label_smoothing: float

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Device | None = None,
        dtype: DType | None = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: object = None,
    ) -> None:
        if weight is not None and weight.shape != (num_classes,):
            message = f"weight must have shape ({num_classes},), got {weight.shape}"
            raise RuntimeError(f"LinearCrossEntropyLoss: {message}")
        if not 0.0 <= label_smoothing <= 1.0:
            message = f"label_smoothing must be from 0 to 1, got {label_smoothing}"
            raise RuntimeError(f"LinearCrossEntropyLoss: {message}")
        super().__init__(weight, None, None, reduction)
        keep(self, num_classes=num_classes, out_features=tuple(out_features), options=options)
        keep(self, ignore_index=ignore_index, label_smoothing=label_smoothing)
        scores = math.prod(out_features, start=num_classes)
        self.linear = Linear(in_features, scores, bias=bias, device=device, dtype=dtype)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        scores = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return linear_cross_entropy(
            input,
            self.linear.weight.reshape(*scores, -1),
            target,
            linear_bias=None if bias is None else bias.reshape(scores),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )

    def count(self, input: Tensor, target: Tensor) -> float:
        """What the mean divides by: Σ weight over the classes of ``target`` that count."""
        if target.dtype.kind == "f":
            return target.numel() / self.num_classes
        return _classes_that_count(input, target, self.weight, self.ignore_index)

    def extra_repr(self) -> str:
        return listed(
            settings(self.linear, "in_features"),
            settings(self, "num_classes", "out_features"),
            f"bias={self.linear.bias is not None}",
            settings(self, "reduction", "ignore_index", "label_smoothing", "options"),
        )


class NLLLoss(_WeightedLoss, compute=at.nll_loss, options=("weight", "ignore_index")):
    """Log-probabilities of the right classes: ``-input[target]``, averaged.

    Shapes and arguments as for ``CrossEntropyLoss`` with class numbers.

    Raises:
        ValueError: an unknown ``reduction``; in ``forward``, shapes that do not fit.
        IndexError: in ``forward``, a class number that is not among the classes.

    Example:

        >>> log_probs = at.log(at.tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]))
        >>> nn.NLLLoss(reduction="none")(log_probs, at.tensor([0, 2])).neg().exp()
        tensor([0.5000, 0.8000])
    """

    answers = "class"

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def count(self, input: Tensor, target: Tensor) -> float:
        """What the mean divides by: Σ weight over the classes of ``target`` that count."""
        return _classes_that_count(input, target, self.weight, self.ignore_index)


class NLLLoss2d(NLLLoss):
    """PyTorch's old name of ``NLLLoss``, which takes any number of dimensions.

    Example:

        >>> log_probs = at.log(at.full((2, 4, 8, 8), 0.25))
        >>> nn.NLLLoss2d()(log_probs, at.zeros(2, 8, 8).long())  # ln 4
        tensor(1.3863)
    """


class BCELoss(_WeightedLoss, compute=at.binary_cross_entropy):
    """Probabilities against 0 or 1: ``-(t · ln p + (1 - t) · ln(1 - p))``, averaged.

    ``(*), (*) → ()``.  With scores instead of probabilities use ``BCEWithLogitsLoss``.

    Raises:
        ValueError: an unknown ``reduction``; in ``forward``, shapes that differ.
        RuntimeError: in ``forward``, numbers that are no probabilities.

    Example:

        >>> probs = at.tensor([0.5, 0.25], requires_grad=True)
        >>> nn.BCELoss()(probs, at.tensor([1.0, 0.0])).backward()
        >>> probs.grad  # -1 / 0.5 and 1 / 0.75, halved
        tensor([-1.0000,  0.6667])
    """

    answers = "label"
    threshold = 0.5


class BCEWithLogitsLoss(
    _WeightedLoss,
    compute=at.binary_cross_entropy_with_logits,
    options=("weight", "pos_weight"),
):
    """``BCELoss`` of ``sigmoid(input)``, exact also where that is nearly 0 or 1.

    Args:
        weight: a factor for each element; is broadcast.
        pos_weight: a factor for the positive part; is broadcast.

    Raises:
        ValueError: an unknown ``reduction``; in ``forward``, shapes that differ.

    Example:

        >>> loss = nn.BCEWithLogitsLoss(reduction="none")
        >>> loss(at.tensor([0.0, 100.0]), at.tensor([1.0, 0.0]))  # unsure; sure and wrong
        tensor([  0.6931, 100.0000])
        >>> nn.BCEWithLogitsLoss(pos_weight=at.tensor([10.0]))(at.zeros(1), at.ones(1))
        tensor(6.9315)
    """

    pos_weight: Tensor
    answers = "label"

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)


class KLDivLoss(_PlainLoss, compute=at.kl_div, options=("log_target",)):
    """Divergence of probabilities from log-probabilities: ``target · (ln target - input)``.

    Args:
        reduction: ``'batchmean'``, the sum over N, is the divergence itself; also ``'mean'``,
            ``'sum'``, ``'none'``.
        log_target: whether ``target`` holds logarithms.

    Example:

        >>> log_q, p = at.log(at.tensor([[0.5, 0.5]])), at.tensor([[1.0, 0.0]])
        >>> nn.KLDivLoss(reduction="batchmean")(log_q, p)  # ln 2
        tensor(0.6931)
    """

    more_reductions = ("batchmean",)

    def count(self, input: Tensor, target: Tensor) -> float:
        """What the mean divides by: how many numbers there are, or samples for the batchmean.

        Example:

            >>> nn.KLDivLoss(reduction="batchmean").count(at.zeros(5, 4), at.zeros(5, 4))
            5
        """
        if self.reduction == "batchmean":
            return input.shape[0] if input.ndim else 1
        return max(input.numel(), target.numel())

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target


class CTCLoss(_Loss, compute=at.ctc_loss, options=("blank", "zero_infinity")):
    """How likely a sequence of labels is, wherever in time they stand; see ``ctc_loss``.

    Log-probabilities ``(T, N, C)`` or ``(T, C)``, targets ``(N, S)`` or one after another, and the
    lengths of both.

    Args:
        blank: the class number that stands for no label.
        zero_infinity: makes infinite losses, those of targets too long for their input, 0.

    Example:

        >>> log_probs = at.log(at.full((2, 1, 2), 0.5))  # two times, one sample; blank and "a"
        >>> loss = nn.CTCLoss()(log_probs, at.tensor([[1]]), at.tensor([2]), at.tensor([1]))
        >>> at.exp(-loss)  # "a" may be spelled a-, -a and aa, not --
        tensor(0.7500)
    """

    reduction: str
    blank: int
    zero_infinity: bool

    def __init__(
        self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False
    ) -> None:
        super().__init__(reduction=reduction)
        keep(self, blank=blank, zero_infinity=zero_infinity)

    def forward(
        self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any
    ) -> Tensor:
        return self._of(log_probs, targets, input_lengths, target_lengths)


# -- with a margin ---------------------------------------------------------------------------------


class HingeEmbeddingLoss(_PlainLoss, compute=at.hinge_embedding_loss, options=("margin",)):
    """``input`` where target is 1, ``[margin - input]₊`` where it is -1, averaged.

    Example:

        >>> target = at.tensor([1.0, -1.0, -1.0])  # near is right; too near; far enough
        >>> nn.HingeEmbeddingLoss(reduction="none")(at.tensor([0.25, 0.25, 3.0]), target)
        tensor([0.2500, 0.7500, 0.0000])
    """

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin


class _PairLoss(_Loss, options=("margin",)):
    """A loss of two inputs, with a margin beyond which a difference costs nothing."""

    reduction: str

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return self._of(input1, input2, target)


class SoftMarginLoss(_PlainLoss, compute=at.soft_margin_loss):
    """``ln(1 + e^(-target · input))``, target 1 or -1, averaged.

    Example:

        >>> nn.SoftMarginLoss(reduction="none")(at.tensor([0.0, 50.0]), at.tensor([1.0, -1.0]))
        tensor([ 0.6931, 50.0000])
    """

    answers = "label"


class MultiLabelSoftMarginLoss(_WeightedLoss, compute=at.multilabel_soft_margin_loss):
    """``BCEWithLogitsLoss`` of scores ``(*, C)``, several classes being right at once.

    Args:
        weight: ``(C)``, a factor for each class.

    Example:

        >>> scores = at.tensor([[50.0, -50.0, 50.0], [50.0, 50.0, -50.0]])
        >>> target = at.tensor([[1.0, 0.0, 1.0], [1.0, 0.0, 1.0]])  # all right; two of three wrong
        >>> nn.MultiLabelSoftMarginLoss(reduction="none")(scores, target).round(decimals=2)
        tensor([ 0.0000, 33.3300])
    """

    answers = "label"


class MarginRankingLoss(_PairLoss, compute=at.margin_ranking_loss):
    """``[margin - target · (input1 - input2)]₊``, averaged: target 1 wants the first larger.

    Example:

        >>> better, worse = at.tensor([3.0, 1.0]), at.tensor([2.5, 4.0])
        >>> nn.MarginRankingLoss(margin=1.0, reduction="none")(better, worse, at.ones(2))
        tensor([0.5000, 4.0000])
    """


class MultiMarginLoss(
    _WeightedLoss, compute=at.multi_margin_loss, options=("p", "margin", "weight")
):
    """``Σ_{i≠t} [margin - x_t + x_i]₊^p / C`` for scores x ``(N, C)`` and right classes t ``(N)``.

    Args:
        p: 1 or 2.
        weight: ``(C)``, a factor for each right class.

    Raises:
        ValueError: another ``p``, or an unknown ``reduction``.

    Example:

        >>> scores = at.tensor([[5.0, 1.0, 4.5]])
        >>> nn.MultiMarginLoss()(scores, at.tensor([0]))  # only class 2 comes within 1: ½ / 3
        tensor(0.1667)
    """

    p: int
    margin: float
    answers = "class"

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        refuse(self, p not in (1, 2), f"p must be 1 or 2, got {p}")
        keep(self, p=p, margin=margin)

    def count(self, input: Tensor, target: Tensor) -> float:
        """What the mean divides by: how many samples there are."""
        return _samples(input)


class MultiLabelMarginLoss(_PlainLoss, compute=at.multilabel_margin_loss):
    """``Σ_t Σ_i [1 - x_t + x_i]₊ / C`` over right classes t and all others i, averaged.

    Scores ``(N, C)``; targets ``(N, C)`` list the right classes, and -1 ends a list.

    Example:

        >>> scores = at.tensor([2.0, 0.0, 3.0, 1.5])
        >>> nn.MultiLabelMarginLoss()(scores, at.tensor([0, 2, -1, -1]))  # (1 - 2 + 1.5) / 4
        tensor(0.1250)
    """

    def count(self, input: Tensor, target: Tensor) -> float:
        """What the mean divides by: how many samples there are.

        Example:

            >>> nn.MultiLabelMarginLoss().count(at.zeros(5, 4), at.zeros(5, 4).long())
            5
        """
        return _samples(input)


class CosineEmbeddingLoss(_PairLoss, compute=at.cosine_embedding_loss):
    """``1 - cos`` where target is 1, ``[cos - margin]₊`` where it is -1, averaged.

    cos is the cosine of the angle between two vectors: ``(N, D), (N, D)`` with target ``(N)``.

    Example:

        >>> x1, x2 = at.tensor([[1.0, 0.0], [1.0, 0.0]]), at.tensor([[0.0, 3.0], [5.0, 0.0]])
        >>> nn.CosineEmbeddingLoss(reduction="none")(x1, x2, at.tensor([1.0, -1.0]))
        tensor([1., 1.])
    """


class TripletMarginLoss(
    _Loss, compute=at.triplet_margin_loss, options=("margin", "p", "eps", "swap")
):
    """``[margin + d(anchor, positive) - d(anchor, negative)]₊``, averaged; d is a p-norm.

    Args:
        eps: added to every difference.
        swap: uses d(positive, negative) instead of d(anchor, negative) where it is smaller.

    Raises:
        ValueError: ``margin`` is not above 0, or an unknown ``reduction``.

    Example:

        >>> anchor, positive = at.tensor([[0.0, 0.0]]), at.tensor([[0.0, 3.0]])
        >>> loss = nn.TripletMarginLoss()
        >>> loss(anchor, positive, at.tensor([[2.0, 0.0]])).round(decimals=3)  # 1 + 3 - 2
        tensor(2.)
        >>> loss(anchor, positive, at.tensor([[9.0, 0.0]]))
        tensor(0.)
    """

    reduction: str
    margin: float
    p: float
    eps: float
    swap: bool

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        refuse(self, margin <= 0, f"margin must be greater than 0, got {margin}")
        keep(self, margin=margin, p=p, eps=eps, swap=swap)

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return self._of(anchor, positive, negative)


class TripletMarginWithDistanceLoss(
    _Loss,
    compute=at.triplet_margin_with_distance_loss,
    options=("distance_function", "margin", "swap"),
):
    """``TripletMarginLoss`` with any ``distance_function(a, b)``; else ``PairwiseDistance()``.

    Raises:
        ValueError: ``margin`` is not above 0, or an unknown ``reduction``.

    Example:

        >>> loss = nn.TripletMarginWithDistanceLoss(
        ...     distance_function=lambda a, b: (a - b).abs().sum(dim=-1)
        ... )
        >>> loss(at.zeros(1, 2), at.tensor([[1.0, 2.0]]), at.ones(1, 2))  # 1 + 3 - 2
        tensor(2.)
    """

    reduction: str
    margin: float
    swap: bool

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        refuse(self, margin <= 0, f"margin must be greater than 0, got {margin}")
        self.distance_function = distance_function or PairwiseDistance()
        keep(self, margin=margin, swap=swap)

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return self._of(anchor, positive, negative)
