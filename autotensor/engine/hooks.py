"""Hooks: functions of the user's that see, and may replace, a gradient on its way back.

How they are registered stands in ``autotensor/hooks.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.engine.graph import Node
from autotensor.engine.modes import Switch, call_out, scope, walks
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.machine.threads import one_at_a_time

__all__ = ["attend", "awaited", "finish", "run_hooks"]

awaited: list[bool] = []
"""Holds something as soon as anything has waited for the end of a walk.  It is asked first, as that
is quicker than to ask a thread's own modes."""


def attend(node: Node, g: Any, create_graph: bool, pending: dict[Any, Any] | None) -> Any:
    """Runs the hooks of ``node`` and keeps its gradient where that was asked for; shows what is
    ``pending`` to who waits for the walk to come by: what younger nodes add to is complete.  It is
    None in a walk that seeks some gradients only."""
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
    """``gradient`` as the hooks, one after the other, leave it.  One with a ``reached`` is told
    that the walk has come there, and not shown the gradient."""
    for hook in list(hooks.values()):
        if hasattr(hook, "reached"):
            call_out(hook.reached)
            continue
        given = gradient if isinstance(gradient, Tensor) else wrap(np.asarray(gradient))
        scope.enter(hook, {"grad_enabled": create_graph})
        try:
            result = call_out(hook, given)
        finally:
            scope.leave(hook)
        if result is None:
            continue
        like, got = given.array, getattr(result, "array", None)
        if got is None or (got.shape, got.dtype) != (like.shape, like.dtype):
            raise RuntimeError(
                f"a hook on {where} must return None or a Tensor of shape {like.shape} and dtype "
                f"{like.dtype}, got {result if got is None else (*got.shape, str(got.dtype))}"
            )
        gradient = result if create_graph else raw(result)
    return gradient


def finish(filled: bool | None, create_graph: bool = False) -> None:
    """Ends a walk: calls what waits for that, in the grad mode of hooks; with None, at the
    beginning of a walk, only forgets it, for it is of one that an error has ended."""
    due = [function for depth, function in walks.waiting if depth > walks.calls]
    walks.waiting = tuple(one for one in walks.waiting if one[0] <= walks.calls)
    if filled is not None:
        with Switch(grad_enabled=create_graph):
            for function in due:
                function(filled)
