"""What Tensors on the same memory share, so that a write through one is noticed by all.

Two counters do it.  ``written`` is the *version counter* of the field, kept as a time instead of a
number of writes: a node knows when it was recorded, so "was this array written since?" is one
comparison.  ``generation`` counts how often an in-place operator has changed the graph behind the
memory: a view with an older generation replays itself from its base (``Tensor.refresh``).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from autotensor.machine.threads import one_at_a_time

if TYPE_CHECKING:
    from autotensor.engine.tensor import Tensor

__all__ = ["Storage", "View", "lay_in_order", "storage_of"]

clock = count(1)
"""One clock for the whole process: it numbers nodes as they are recorded and stamps writes."""


class Storage:
    """What all Tensors on the same memory share; made when a second one or a write appears."""

    __slots__ = ("generation", "parts", "shared", "writes", "written")

    def __init__(self) -> None:
        self.written = 0
        """The clock's time of the last write."""
        self.parts: Any = None
        """Where parts were written one by one, which and when; see ``overlaps.py``."""
        self.writes = 0
        self.shared = False
        """Whether there was ever a second Tensor on this memory."""
        self.generation = 0
        """How often an in-place operator has changed the graph behind this memory."""


Step = Callable[[Any], Any]


class View:
    """How a view was made: ``replay()(base)`` makes it again, differentiably.

    ``step`` made it from another view, that of ``before``, or else from the base; or it says why
    it cannot be made again.
    """

    __slots__ = ("_base", "before", "generation", "step")

    def __init__(
        self, base: Tensor, step: Step | str, generation: int, before: View | None = None
    ) -> None:
        self._base = base
        self.step = step
        self.generation = generation
        self.before = before

    def replay(self) -> Callable[[Any], Any]:
        """A function that makes the view from its base again, and holds neither.

        It takes the steps one after the other, not one inside the other: there may be thousands.
        """
        steps = []
        view: View | None = self
        while view is not None:
            if isinstance(view.step, str):
                raise RuntimeError(view.step)
            steps.append(view.step)
            view = view.before
        return lambda base: functools.reduce(lambda made, step: step(made), reversed(steps), base)

    @property
    def base(self) -> Tensor:
        """What has the shape that ``replay`` starts from.  A base that was given another shape in
        place (``t_``) has become a view of what it was."""
        if self._base.view_of is not None:
            self._base = self._base.view_of.base
        return self._base


def storage_of(tensor: Tensor, shared: bool = True) -> Storage:
    """The storage of ``tensor``, made if it has none yet; ``shared`` for another Tensor on it."""
    storage = tensor._storage
    if storage is None:
        with one_at_a_time[0]:  # two threads may come to make it
            storage = tensor._storage = tensor._storage or Storage()
        if tensor.node is not None:
            # The node may have kept this very array for its rule: let it see later writes.
            tensor.node.storage = storage
    storage.shared |= shared
    return storage


def lay_in_order(tensor: Tensor, copy: np.ndarray | None = None) -> bool:
    """Gives ``tensor`` the row-major order that PyTorch would have given it, or a ``copy`` that has
    it, if nobody else uses its memory, whose order the operator that made it chose for speed.
    Whether that could be done."""
    with one_at_a_time[0]:
        if tensor.view_of is not None or (tensor._storage is not None and tensor._storage.shared):
            return False
        tensor.array = np.ascontiguousarray(tensor.array) if copy is None else copy
    return True
