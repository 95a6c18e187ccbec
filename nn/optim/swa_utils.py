"""Averages of a model over the steps of its training."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from typing import Any

from autotensor import Tensor, int64, is_floating_point, no_grad, tensor
from autotensor.extend import need_cpu, published
from nn.layers.normalization import BATCH_NORMS
from nn.module import Module
from nn.optim.lr_scheduler.base import (
    LRScheduler,
    Rates,
    asked_by_step,
    check_annealing,
    for_groups,
)
from nn.optim.optimizer import Optimizer

Average = Callable[[Tensor, Tensor, Any], Tensor]
"""(average so far, parameter, how many were averaged) to the new average."""
MultiAverage = Callable[[list[Tensor], list[Tensor], Any], None]
"""The same for lists of one dtype, in place."""


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The exponential moving average: decay · average + (1 − decay) · parameter.

    Example:

        >>> from nn.optim.swa_utils import get_ema_avg_fn
        >>> get_ema_avg_fn(0.75)(at.tensor(0.0), at.tensor(8.0), 1)
        tensor(2.)
    """
    _check_decay(decay)
    return partial(_moved, decay)


def get_swa_avg_fn() -> Average:
    """The mean of all so far: average + (parameter − average) / (averaged + 1).

    Example:

        >>> from nn.optim.swa_utils import get_swa_avg_fn
        >>> get_swa_avg_fn()(at.tensor(2.0), at.tensor(8.0), at.tensor(2))  # of 2, 2 and 8
        tensor(4.)
    """
    return _mean_with


def get_ema_multi_avg_fn(decay: float = 0.999) -> MultiAverage:
    """The exponential moving average of lists: decay · average + (1 − decay) · parameter.

    Example:

        >>> from nn.optim.swa_utils import get_ema_multi_avg_fn
        >>> averages = [at.tensor(0.0)]
        >>> get_ema_multi_avg_fn(0.75)(averages, [at.tensor(8.0)], 1)
        >>> averages
        [tensor(2.)]
    """
    _check_decay(decay)
    return partial(_all_moved, decay)


def get_swa_multi_avg_fn() -> MultiAverage:
    """The mean of all so far, of lists.

    Example:

        >>> from nn.optim.swa_utils import get_swa_multi_avg_fn
        >>> averages = [at.tensor(2.0)]
        >>> get_swa_multi_avg_fn()(averages, [at.tensor(8.0)], at.tensor(2))
        >>> averages
        [tensor(4.)]
    """
    return _all_means_with


def _check_decay(decay: float) -> None:
    if not 0 <= decay <= 1:
        raise ValueError(
            f"Invalid decay value {decay} provided. Please provide a value in [0,1] range."
        )


# Functions of this module, and no local ones, so that an AveragedModel can be pickled.


@no_grad()
def _moved(decay: float, average: Tensor, current: Tensor, averaged: Any) -> Tensor:
    return decay * average + (1 - decay) * current


@no_grad()
def _mean_with(average: Tensor, current: Tensor, averaged: Any) -> Tensor:
    return average + (current - average) / (averaged + 1)


def _all_moved(decay: float, averages: list[Tensor], currents: list[Tensor], averaged: Any) -> None:
    _mix(averages, currents, 1 - decay)


def _all_means_with(averages: list[Tensor], currents: list[Tensor], averaged: Any) -> None:
    _mix(averages, currents, 1 / (int(averaged) + 1))


@no_grad()
def _mix(averages: list[Tensor], currents: list[Tensor], weight: float) -> None:
    for average, current in zip(averages, currents, strict=True):
        if is_floating_point(average):
            average.lerp_(current, weight)
        else:
            average.copy_(average * (1 - weight) + current * weight)


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's.

    ::

        averaged = AveragedModel(model)
        for epoch in range(90):
            train(model)
            if epoch >= 60:
                averaged.update_parameters(model)
        update_bn(batches, averaged)

    The first ``update_parameters`` copies; the further ones average.

    Izmailov et al., Averaging weights leads to wider optima and better generalization, 2018.

    Args:
        model: the one to copy.
        device: accepted as in PyTorch: None or ``"cpu"``.
        avg_fn: ``avg_fn(average, parameter, averaged)`` gives the new average; see
            ``get_ema_avg_fn``.
        multi_avg_fn: does the same for lists of one dtype, in place; see ``get_ema_multi_avg_fn``.
            Without either, the mean of all so far.
        use_buffers: whether buffers are averaged too, rather than copied.

    Attributes:
        module: the copy.
        n_averaged: how many models were averaged, a buffer.

    Raises:
        ValueError: both ``avg_fn`` and ``multi_avg_fn``.

    Example:

        >>> from nn.optim.swa_utils import AveragedModel
        >>> model = nn.Linear(1, 1, bias=False)
        >>> averaged = AveragedModel(model)
        >>> for weight in (1.0, 2.0, 6.0):
        ...     _ = nn.init.constant_(model.weight, weight)
        ...     averaged.update_parameters(model)
        >>> averaged(at.ones(1)).detach(), averaged.n_averaged
        (tensor([3.]), tensor(3))
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: MultiAverage | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise ValueError("Only one of avg_fn and multi_avg_fn should be provided")
        need_cpu(device)
        self.module = copy.deepcopy(model)
        self.register_buffer("n_averaged", tensor(0, dtype=int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model gives.

        Example:

            >>> from nn.optim.swa_utils import AveragedModel
            >>> model = nn.Linear(2, 1)
            >>> bool((AveragedModel(model)(at.ones(2)) == model(at.ones(2))).all())
            True
        """
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Takes the present parameters of ``model`` into the average.

        Example:

            >>> from nn.optim.swa_utils import AveragedModel
            >>> model = nn.Linear(2, 1)
            >>> averaged = AveragedModel(model)
            >>> averaged.update_parameters(model)
            >>> bool((averaged.module.weight == model.weight).all())
            True
        """
        pairs = list(zip(self._averaged(self.module), self._averaged(model), strict=True))
        if self.n_averaged == 0:
            for average, current in pairs:
                average.copy_(current)
        elif self.avg_fn is not None:
            for average, current in pairs:
                average.copy_(self.avg_fn(average, current, self.n_averaged))
        else:
            update = self.multi_avg_fn or get_swa_multi_avg_fn()
            for dtype in dict.fromkeys(average.dtype for average, _ in pairs):
                alike = [pair for pair in pairs if pair[0].dtype == dtype]
                update([mine for mine, _ in alike], [its for _, its in alike], self.n_averaged)
        if not self.use_buffers:
            for mine, other in zip(self.module.buffers(), model.buffers(), strict=True):
                mine.copy_(other)
        self.n_averaged += 1

    def _averaged(self, model: Module) -> list[Tensor]:
        buffers = model.buffers() if self.use_buffers else ()
        return [one.detach() for one in chain(model.parameters(), buffers)]


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Computes the running mean and variance of batch normalization anew, as means over batches.

    Averaged parameters need it, because the statistics on the way were those of other parameters.

    Args:
        loader: batches; of a list or tuple, the first element is the model's input.
        model: called with every batch, in training mode; a model without batch normalization is
            not called at all.
        device: accepted as in PyTorch.

    Example:

        >>> from nn.optim.swa_utils import update_bn
        >>> model = nn.Sequential(nn.BatchNorm1d(1))
        >>> update_bn([at.tensor([[0.0], [2.0]]), at.tensor([[4.0], [6.0]])], model)
        >>> model[0].running_mean
        tensor([3.])
    """
    norms = [module for module in model.modules() if isinstance(module, BATCH_NORMS)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    was_training = model.training
    model.train()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    for batch in loader:
        model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Goes from the present rate to ``swa_lr`` in ``anneal_epochs`` epochs, and stays there.

    Args:
        optimizer: the one whose rates change.
        swa_lr: where it goes; a list has one for each group.
        anneal_epochs: how long that takes.
        anneal_strategy: ``"cos"`` for half a cosine, ``"linear"`` for a line.
        last_epoch: the number of the last epoch, to resume.

    Raises:
        ValueError: an option out of range.

    Example:

        >>> from nn.optim.swa_utils import SWALR
        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = SWALR(optimizer, swa_lr=0.5, anneal_epochs=2, anneal_strategy="linear")
        >>> rates = []
        >>> for epoch in range(4):
        ...     optimizer.step()
        ...     scheduler.step()
        ...     rates.append(optimizer.param_groups[0]["lr"])
        >>> rates
        [0.75, 0.5, 0.5, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        rates = for_groups("swa_lr", optimizer, swa_lr)
        check_annealing(anneal_strategy)
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["swa_lr"] = rate
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _gone(self, step: int) -> float:
        """The share of the way that is behind after so many steps."""
        share = max(0, min(1, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * share)) / 2 if self._anneal_strategy == "cos" else share

    @asked_by_step
    def get_lr(self) -> Rates:
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._gone(step - 1), self._gone(step)
        rates = []
        for group in self.optimizer.param_groups:
            lr, end = group["lr"], group["swa_lr"]
            # Where the way began, told by the rate before.
            start = end if before == 1 else (lr - before * end) / (1 - before)
            rates.append(end * now + start * (1 - now))
        return rates


globals()["__all__"] = published(__name__)
