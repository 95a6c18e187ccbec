"""Training on shares of different lengths: who has run out takes part in what the others exchange.

Every exchange of a group needs all of it.  Within ``Join`` a process that has no batches left stays
until all are through, and does for each step of the others what their exchanges need.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from autotensor.device import device
from autotensor.distributed.collectives import Work, all_reduce
from autotensor.distributed.processes import ProcessGroup
from autotensor.engine.tensor import wrap

__all__ = ["Join", "JoinHook", "Joinable"]

MANY = 1000
"""Steps that one process may be short of before it is said."""


class JoinHook:
    """What a process that has run out does: override both.

    Example:

        >>> from autotensor.distributed.algorithms import JoinHook
        >>> JoinHook().main_hook()
    """

    def main_hook(self) -> None:
        """Once for each step of those who go on: takes part in the exchanges of that step.

        Example:

            >>> from autotensor.distributed.algorithms import JoinHook
            >>> class Adding(JoinHook):
            ...     def main_hook(self):  # the others add up a number in each step
            ...         at.distributed.all_reduce(at.zeros(1))
        """

    def post_hook(self, is_last_joiner: bool) -> None:
        """Once when all have run out; ``is_last_joiner`` where this process was among the last.

        Example:

            >>> from autotensor.distributed.algorithms import JoinHook
            >>> class Telling(JoinHook):
            ...     def post_hook(self, is_last_joiner):
            ...         print("the last" if is_last_joiner else "not the last")
            >>> Telling().post_hook(True)
            the last
        """


class JoinConfig(NamedTuple):
    """What a Joinable is told by the ``Join`` that it is in."""

    enable: bool = False
    throw_on_early_termination: bool = False
    is_first_joinable: bool = False


class Joinable(ABC):
    """What can be within ``Join``, as ``nn.parallel.DistributedDataParallel``.

    Its ``__init__`` calls this one, and it calls ``Join.notify_join_context(self)`` before the
    exchanges of every step.

    Example:

        >>> import autotensor.distributed as dist
        >>> from autotensor.distributed.algorithms import Join, Joinable, JoinHook
        >>> class Counter(Joinable):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.count = 0
        ...     def __call__(self):
        ...         Join.notify_join_context(self)
        ...         self.count += 1
        ...     def join_hook(self, **kwargs):
        ...         return JoinHook()
        ...     join_device = at.device("cpu")
        ...     join_process_group = property(lambda self: dist.group.WORLD)
        >>> dist.init_process_group()
        >>> counter = Counter()
        >>> with Join([counter]):
        ...     for _ in range(3):
        ...         counter()
        >>> counter.count
        3
        >>> dist.destroy_process_group()
    """

    @abstractmethod
    def __init__(self) -> None:
        super().__init__()
        self._join_config = JoinConfig()

    @abstractmethod
    def join_hook(self, **kwargs: Any) -> JoinHook:
        """The hook for this object; ``kwargs`` are those of ``Join``, the same for all in it.

        Example:

            >>> from autotensor.distributed.algorithms import Joinable, JoinHook
            >>> class Counter(Joinable):
            ...     def join_hook(self, **kwargs):
            ...         return JoinHook()
        """

    @property
    @abstractmethod
    def join_device(self) -> device:
        """There is one device."""

    @property
    @abstractmethod
    def join_process_group(self) -> ProcessGroup:
        """Those who exchange."""


class Join:
    """Within it the processes of a group may have different numbers of batches.

    ::

        with Join([model, optimizer]):  # a DistributedDataParallel, a ZeroRedundancyOptimizer
            for images, labels in loader:
                ...

    At its end a process stays, and calls the ``main_hook`` of every Joinable in their order for
    each step of those who go on; when all have come, every ``post_hook``.

    Args:
        joinables: in the order in which a step uses them; all of one group.
        enable: False turns it off, where all have the same number of batches.
        throw_on_early_termination: as soon as one has run out, all raise RuntimeError instead.
        kwargs: for every ``join_hook``.

    Raises:
        ValueError: no joinables, or of several groups.
        RuntimeError: as ``throw_on_early_termination`` says.

    Example:

        >>> from autotensor.distributed.algorithms import Join
        >>> at.distributed.init_process_group()
        >>> model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
        >>> with Join([model]):
        ...     model(at.ones(1, 1)).sum().backward()
        >>> at.distributed.destroy_process_group()
    """

    def __init__(
        self,
        joinables: Sequence[Joinable],
        enable: bool = True,
        throw_on_early_termination: bool = False,
        **kwargs: Any,
    ) -> None:
        if not joinables:
            raise ValueError("Join: at least one joinable is needed")
        for one in joinables:
            if not hasattr(one, "_join_config"):
                raise TypeError(
                    f"Join: every joinable must be a Joinable whose __init__ has called "
                    f"Joinable.__init__, got {type(one).__name__}"
                )
        self._group = joinables[0].join_process_group
        if any(one.join_process_group is not self._group for one in joinables):
            raise ValueError("Join: all joinables must be of the same process group")
        self._joinables = list(joinables)
        self._enable, self._throws = bool(enable), bool(throw_on_early_termination)
        self._hooks = [one.join_hook(**kwargs) for one in joinables]

    def __enter__(self) -> None:
        for number, one in enumerate(self._joinables):
            one._join_config = JoinConfig(self._enable, self._throws, number == 0)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for one in self._joinables:
            one._join_config = JoinConfig()
        if self._enable and kind is None:
            self._follow()

    def _follow(self) -> None:
        """Takes part in the steps of the others until all have come here."""
        steps = 0
        while going_on(self._group, False):
            if self._throws:
                raise RuntimeError(
                    f"Join: rank {self._group.rank()} has run out of batches before others, and "
                    "throw_on_early_termination ends all"
                )
            for hook in self._hooks:
                hook.main_hook()
            steps += 1
            if steps == MANY:
                warnings.warn(
                    f"Join: rank {self._group.rank()} has run out {MANY} steps before others; "
                    "shares of the data that differ so much waste its time",
                    stacklevel=3,
                )
        for hook in self._hooks:
            hook.post_hook(steps == 0)

    @staticmethod
    def notify_join_context(joinable: Joinable) -> Work | None:
        """Tells those who have run out that this process goes on.  Only the first joinable does.

        Returns:
            What is to be waited for; None where nothing is said.

        Raises:
            RuntimeError: some have run out, and ``throw_on_early_termination`` was asked for.

        Example:

            >>> from autotensor.distributed.algorithms import Join
            >>> at.distributed.init_process_group()
            >>> model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
            >>> with Join([model]):
            ...     Join.notify_join_context(model).wait()  # as its forward does
            True
            >>> at.distributed.destroy_process_group()
        """
        config = joinable._join_config
        if not (config.enable and config.is_first_joinable):
            return None
        group = joinable.join_process_group
        if going_on(group, True) < group.size() and config.throw_on_early_termination:
            raise RuntimeError(
                "Join: at least one rank has run out of batches, and throw_on_early_termination "
                "ends all"
            )
        return Work(group, "Join", None, lambda: None)


def going_on(group: ProcessGroup, own: bool) -> int:
    """How many processes of ``group`` have batches left; all must ask, and say whether they do."""
    count = wrap(np.array([own], np.int64))
    all_reduce(count, group=group)
    return int(count.item())
