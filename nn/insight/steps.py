"""Seeing the steps of an optimizer, also of one that nobody here has made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn.optim import Optimizer

Hook = Callable[[Any, Any, Any], None]


class _Wrapped:
    """``step`` of an optimizer without hooks, with something before and after it."""

    def __init__(self, optimizer: Any, before: Hook, after: Hook) -> None:
        self.optimizer = optimizer
        self.own = vars(optimizer).get("step")
        step = optimizer.step

        def watched(*args: Any, **kwargs: Any) -> Any:
            before(optimizer, args, kwargs)
            result = step(*args, **kwargs)
            after(optimizer, args, kwargs)
            return result

        self.watched = watched
        optimizer.step = watched

    def remove(self) -> None:
        if vars(self.optimizer).get("step") is not self.watched:
            return  # another has taken its place
        if self.own is None:
            del self.optimizer.step
        else:
            self.optimizer.step = self.own


def watch_steps(optimizer: Any, before: Hook, after: Hook) -> list[Any]:
    """Calls ``before`` and ``after`` around every step, until each of the list is removed.

    Raises:
        TypeError: the optimizer has neither hooks nor a ``__dict__`` to put a ``step`` in.
    """
    if isinstance(optimizer, Optimizer):
        return [
            optimizer.register_step_pre_hook(before),
            optimizer.register_step_post_hook(after),
        ]
    if not hasattr(optimizer, "__dict__"):
        raise TypeError(
            f"Doctor: the steps of {type(optimizer).__name__} cannot be watched, because it has "
            "__slots__; derive it from optim.Optimizer"
        )
    return [_Wrapped(optimizer, before, after)]
