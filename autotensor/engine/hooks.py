"""Hooks: functions of the user's that see, and may replace, a gradient on its way back.

How they are registered stands in ``autotensor/hooks.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.engine.graph import Node
from autotensor.engine.modes import call_out, scope, walks
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.machine.threads import one_at_a_time

__all__ = ["at_the_end", "attend", "awaited", "finish", "is_awaited", "run_hooks"]

awaited: list[bool] = []
"""Holds something as soon as anything has waited for the end of a walk.  It is asked first, as that
is quicker than to ask a thread's own modes."""


def attend(node: Node, g: Any, create_graph: bool, pending: dict[Any, Any]) -> Any:
    """Runs the hooks of ``node`` and keeps its gradient where that was asked for; shows what is
    ``pending`` to who waits for the walk to come by: what younger nodes add to is complete."""
    notes = node.notes or {}
    for look in notes.pop("passing", ()):
        call_out(look, node, pending)
    if "hooks" in notes:
        g = run_hooks(notes["hooks"], g, create_graph, repr(node))
    tensor = notes["retain"]() if "retain" in notes else None
    if tensor is not None:
        kept = g if create_graph else wrap(np.array(g))
        with one_at_a_time[0]:
            tensor._grad = kept if tensor._grad is None else tensor._grad + kept
    return g


def run_hooks(hooks: dict[int, Any], gradient: Any, create_graph: bool, where: str) -> Any:
    """``gradient`` as the hooks, one after the other, leave it."""
    for hook in list(hooks.values()):
        given = gradient if isinstance(gradient, Tensor) else wrap(np.asarray(gradient))
        scope.enter(hook, {"grad_enabled": create_graph})
        try:
            result = call_out(hook, given)
        finally:
            scope.leave(hook)
        if result is None:
            continue
        if not isinstance(result, Tensor) or result.shape != given.shape:
            raise RuntimeError(
                f"a hook on {where} must return None or a Tensor of shape {given.shape}, "
                f"got {getattr(result, 'shape', type(result).__name__)}"
            )
        gradient = result if create_graph else raw(result)
    return gradient


def at_the_end(function: Callable[[bool], None]) -> None:
    """For a hook: has ``function`` called when the walk that it runs in is over, with whether that
    has filled the ``grad`` of leaves.

    Example:

        >>> from autotensor.extend import at_the_end
        >>> x = at.tensor(3.0, requires_grad=True)
        >>> handle = x.register_hook(lambda gradient: at_the_end(lambda filled: print(x.grad)))
        >>> (x * x).backward()
        tensor(6.)
    """
    awaited[:] = [True]
    walks.waiting += ((walks.calls, function),)


def is_awaited(function: Callable[[bool], None]) -> bool:
    """Whether a walk that is going on will call ``function`` at its end.

    Example:

        >>> from autotensor.extend import at_the_end, is_awaited
        >>> def end(filled):
        ...     print("the end")
        >>> def once(gradient):
        ...     if not is_awaited(end):
        ...         at_the_end(end)
        >>> a, b = (at.ones(2, requires_grad=True) for _ in range(2))
        >>> handles = [one.register_hook(once) for one in (a, b)]
        >>> (a * b).sum().backward()
        the end
    """
    return any(one is function and depth <= walks.calls for depth, one in walks.waiting)


def finish(filled: bool | None) -> None:
    """Ends a walk: calls what waits for that; with None, at the beginning of a walk, only forgets
    it, for it is of one that an error has ended."""
    calls = walks.calls
    due = [function for depth, function in walks.waiting if depth > calls]
    walks.waiting = tuple(one for one in walks.waiting if one[0] <= calls)
    if filled is not None:
        for function in due:
            function(filled)
