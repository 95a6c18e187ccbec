"""What all schedules share."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

from autotensor import Tensor
from autotensor.extend import on_first_call, type_name
from nn.arguments import need, parts_of, refuse
from nn.optim.optimizer import NUMBER, Group, Optimizer, need_number

__all__ = ["LRScheduler"]

OTHER_LENGTH = (
    "{name} must have the same length as optimizer.param_groups. {name} has {given} values, "
    "param_groups has {groups}."
)
EPOCH_DEPRECATION_WARNING = (
    "the argument epoch of a schedule's step is deprecated: call step once an epoch, without it"
)
Rates = list[Any]
"""One number for each group; a Tensor where the group's own is one."""


class LRScheduler:
    """The base of all schedules: a subclass computes the rates of all groups in ``get_lr``.

    Where a new rate follows from the one before, a subclass may also give the formula that needs
    only the initial rate, as ``_get_closed_form_lr``; ``SequentialLR`` begins with it.

    Args:
        optimizer: the one whose rates change.
        last_epoch: −1 to begin; to resume, the number of the last epoch that was finished (the
            groups must still have the ``"initial_lr"`` that the first schedule noted there).

    Attributes:
        last_epoch: how often ``step`` was called, plus where it began.
        base_lrs: the rate of each group at the beginning.

    Example:

        >>> class Halving(optim.lr_scheduler.LRScheduler):
        ...     def get_lr(self):
        ...         return [base / 2**self.last_epoch for base in self.base_lrs]
        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = Halving(optimizer)
        >>> for epoch in range(3):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> scheduler.get_last_lr(), optimizer.param_groups[0]["lr"]
        ([0.125], 0.125)
    """

    _parts: ClassVar[str | None] = None
    """The attribute that holds functions or schedules: of those ``state_dict`` has the states."""
    _is_initial = False
    """Whether this is the first step, which only arrives at the first epoch: a rate that would be
    computed from the one before stays what it is."""

    _get_lr_called_within_step = False
    """Whether it is ``step`` that calls ``get_lr``: many a schedule for PyTorch asks for it."""

    _repr_html_ = on_first_call("nn.seeing.modules", "schedule_page")

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        for index, group in enumerate(groups_of(optimizer)):
            if last_epoch == -1:
                group.setdefault("initial_lr", _copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{index}] when resuming "
                    "an optimizer; load its state_dict first"
                )
        self.optimizer = optimizer
        self.base_lrs: Rates = values(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        self._last_lr: Rates  # the first step sets it, so that states have the order of PyTorch's
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> Rates:
        """The rates of all groups in epoch ``last_epoch``; ``step`` calls it.

        Example:

            >>> class Inverse(optim.lr_scheduler.LRScheduler):
            ...     def get_lr(self):
            ...         return [base / (1 + self.last_epoch) for base in self.base_lrs]
            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
            >>> scheduler = Inverse(optimizer)
            >>> optimizer.step()
            >>> scheduler.step()
            >>> optimizer.param_groups[0]["lr"]
            0.5
        """
        raise NotImplementedError(f"{type(self).__name__} must define get_lr()")

    def get_last_lr(self) -> Rates:
        """The rates that the last ``step`` set, one for each group.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
            >>> scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
            >>> optimizer.step()
            >>> scheduler.step()
            >>> scheduler.get_last_lr()
            [0.5]
        """
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Goes on to the next epoch and sets its rates.

        ``epoch`` goes to that one, from the initial rate where the schedule has a formula for it.
        It is on its way out in PyTorch, and warns.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
            >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
            >>> for epoch in range(3):  # after the optimizer's steps of an epoch
            ...     optimizer.step()
            ...     scheduler.step()
            >>> optimizer.param_groups[0]["lr"], scheduler.last_epoch
            (0.5, 3)
        """
        if self._step_count == 1 and not self.optimizer._stepped:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`: call them in "
                "the opposite order, or the first rate of the schedule is skipped",
                stacklevel=3,
            )
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, stacklevel=3)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        compute = self.get_lr
        if epoch is None:
            self.last_epoch += 1
        else:
            self.last_epoch = epoch
            compute = getattr(self, "_get_closed_form_lr", compute)
        self._set_rates(compute)

    def _set_rates(self, compute: Callable[[], Rates]) -> None:
        self._get_lr_called_within_step = True
        try:
            rates = list(compute())
        finally:
            self._get_lr_called_within_step = False
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            set_value(group, "lr", lr)
        self._last_lr = values(self.optimizer, "lr")

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer.

        Of schedules within there are the states; of objects that are called, what they hold; of
        functions, which cannot be saved, None.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
            >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2)
            >>> scheduler.state_dict()["step_size"], scheduler.state_dict()["last_epoch"]
            (2, 0)
        """
        state = {name: value for name, value in self.__dict__.items() if name != "optimizer"}
        if self._parts is not None:
            state[self._parts] = _saved_state(state[self._parts])
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what ``state_dict`` gave; the optimizer's rates come with its own.

        Raises:
            TypeError, ValueError: not what ``state_dict`` gives, or something of another type or
                length in it.  Nothing was changed then.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=1.0)
            >>> scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
            >>> scheduler.load_state_dict({**scheduler.state_dict(), "last_epoch": 10})
            >>> scheduler.last_epoch
            10
        """
        self._check_state(f"{type(self).__name__}.load_state_dict", state_dict)
        for name, value in state_dict.items():
            if name == self._parts:
                _load_into(getattr(self, name), value)
            else:
                setattr(self, name, value)

    def _check_state(self, owner: str, state: Any) -> None:
        """Refuses what this schedule could not go on with."""
        parts_of(owner, state)
        for name, value in state.items():
            need(owner, "every name", name, str, "a str")
            here = vars(self).get(name)
            if value is None and name not in ("last_epoch", "_step_count"):
                continue
            if name == self._parts:
                _check_parts(owner, name, here, value)
            elif isinstance(here, (int, float, np.number, Tensor)) and not isinstance(here, bool):
                need_number(owner, name, value)
            elif isinstance(here, str):
                need(owner, repr(name), value, str, "a str")
            elif isinstance(here, Mapping):
                need(owner, repr(name), value, Mapping, "a dict")
            elif isinstance(here, (list, tuple)):
                need(owner, repr(name), value, (list, tuple), "a list")
                count, groups = len(value), len(self.optimizer.param_groups)
                message = f"{name!r} must have one value for each of {groups} groups, got {count}"
                refuse(owner, name in ("base_lrs", "_last_lr") and count != groups, message)
                for one in value if here and all(isinstance(one, NUMBER) for one in here) else ():
                    need_number(owner, name, one)

    def _scaled(self, factor: float) -> Rates:
        """The present rates times ``factor``."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def _from_base(self, factor: float) -> Rates:
        """The initial rates times ``factor``."""
        return [base * factor for base in self.base_lrs]


def asked_by_step(get_lr: Callable[[Any], Rates]) -> Callable[[Any], Rates]:
    """A ``get_lr`` that warns others who ask: many compute the next rate from the present one."""

    @functools.wraps(get_lr)
    def asked(self: LRScheduler) -> Rates:
        if not self._get_lr_called_within_step:
            warnings.warn(
                f"{type(self).__name__}.get_lr computes what step is to set; for the rates that "
                "were set last, call get_last_lr()",
                stacklevel=3,
            )
        return get_lr(self)

    return asked


def groups_of(optimizer: Optimizer) -> list[Group]:
    """The groups of what must be an optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"{type_name(optimizer)} is not an Optimizer; pass one, as optim.SGD(...) makes"
        )
    return optimizer.param_groups


def _saved_state(part: Any) -> Any:
    """The state of a schedule or of an object that is called, or of each in a list."""
    if isinstance(part, LRScheduler):
        return part.state_dict()
    if isinstance(part, Sequence):
        return [_saved_state(one) for one in part]
    if part is None or isinstance(part, FunctionType):
        return None
    return dict(getattr(part, "__dict__", {}))


def _check_parts(owner: str, name: str, part: Any, state: Any) -> None:
    """Refuses what ``_load_into`` could not take over."""
    if isinstance(part, LRScheduler):
        part._check_state(f"{owner}: {name!r}: {type(part).__name__}", state)
    elif isinstance(part, Sequence):
        need(owner, repr(name), state, (list, tuple), f"a list of {len(part)} states")
        message = f"{name!r} must have {len(part)} states, got {len(state)}"
        refuse(owner, len(state) != len(part), message)
        for one, saved in zip(part, state, strict=True):
            _check_parts(owner, name, one, saved)
    elif state and part is not None:
        need(owner, repr(name), state, Mapping, "a dict for each object that is called, or None")


def _load_into(part: Any, state: Any) -> None:
    """The reverse of ``_saved_state``."""
    if isinstance(part, LRScheduler):
        part.load_state_dict(state)
    elif isinstance(part, Sequence):
        for one, saved in zip(part, state, strict=True):
            _load_into(one, saved)
    elif state and part is not None:
        part.__dict__.update(state)


def for_groups(
    name: str, optimizer: Optimizer, value: Any, complaint: str = OTHER_LENGTH
) -> list[Any]:
    """One value for each group, given one for all or one for each."""
    groups = groups_of(optimizer)
    if not isinstance(value, (list, tuple)):
        return [_copied(value) for _ in groups]
    if len(value) != len(groups):
        raise ValueError(complaint.format(name=name, given=len(value), groups=len(groups)))
    return [_copied(one) for one in value]


def check_annealing(strategy: str) -> None:
    """Refuses a way between two rates that is neither half a cosine nor a line."""
    if strategy not in ("cos", "linear"):
        raise ValueError(
            f"anneal_strategy must be one of 'cos' or 'linear', instead got {strategy}"
        )


def values(optimizer: Optimizer, key: str) -> list[Any]:
    """An option of every group; Tensors are copied, because they are changed in place."""
    return [_copied(group[key]) for group in optimizer.param_groups]


def set_value(group: Group, key: str, value: Any) -> None:
    """Sets an option; one that is a Tensor remains that Tensor."""
    if isinstance(group[key], Tensor):
        group[key].fill_(float(value))
    else:
        group[key] = value


def _copied(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value
